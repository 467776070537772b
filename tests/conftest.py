"""Shared fixtures: a real PostgreSQL and a real Redis for whoever needs one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from actions.database import normalise_url

POSTGRES_USER = "postgres"


def _postgres_program(name: str) -> str:
    """`initdb` or `pg_ctl`, from the newest installed version or PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(name)
    if not found:
        pytest.fail(f"{name} not found: install the postgresql package, the tests run against a real server")
    return found


def _as_postgres(*command: str) -> None:
    """Runs a server program; PostgreSQL refuses to run as root, so root steps down first."""
    prefix = ["runuser", "-u", POSTGRES_USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an own, temporary PostgreSQL that listens on a Unix socket only.  For a database of one test, see
    `postgres_database`."""
    home = Path(tempfile.mkdtemp(prefix="tthc-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(POSTGRES_USER)
        os.chown(home, owner.pw_uid, owner.pw_gid)
    data = home / "data"
    # durable off: what these tests kill is the client, never the server
    options = f"-c listen_addresses='' -k {home} -c fsync=off -c max_connections=100 -c deadlock_timeout=200ms"
    try:
        new = ["-U", POSTGRES_USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        _as_postgres(_postgres_program("initdb"), "-D", str(data), *new)
        log = str(home / "log")
        _as_postgres(_postgres_program("pg_ctl"), "-D", str(data), "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{POSTGRES_USER}@/postgres?host={home}"
        finally:
            _as_postgres(_postgres_program("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(normalise_url(postgres_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres_url.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Address of an own, temporary Redis on a free loopback port.  Tests keep apart by prefixes of their keys."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("redis-server not found: install the redis-server package, the tests run against a real server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="tthc-redis-"))
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(home)]
    server = subprocess.Popen([program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        said = []
        for line in server.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                break
        else:
            pytest.fail(f"redis-server did not start: {''.join(said)}")
        with Redis.from_url(f"redis://127.0.0.1:{port}/0") as client:
            assert client.ping()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout is not None:
            server.stdout.close()
        shutil.rmtree(home, ignore_errors=True)
