"""An own, temporary PostgreSQL server, for tests and benchmarks."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from actions.database import normalise_url

USER = "postgres"


def _program(name: str) -> str:
    """`initdb` or `pg_ctl`, from the newest installed version or PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(name)
    assert found, f"{name} not found: install the postgresql package, the tests run against a real server"
    return found


def _as_postgres(*command: str) -> None:
    """Runs a server program; PostgreSQL refuses to run as root, so root steps down first."""
    prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


@contextmanager
def temporary_server(durable: bool = False) -> Iterator[str]:
    """URL of a server that listens on a Unix socket only.  Not `durable`: fast, for tests that kill the client only."""
    home = Path(tempfile.mkdtemp(prefix="tthc-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(USER)
        os.chown(home, owner.pw_uid, owner.pw_gid)
    data = home / "data"
    fsync = "on" if durable else "off"
    options = f"-c listen_addresses='' -k {home} -c fsync={fsync} -c max_connections=100 -c deadlock_timeout=200ms"
    try:
        _as_postgres(_program("initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        log = str(home / "log")
        _as_postgres(_program("pg_ctl"), "-D", str(data), "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{USER}@/postgres?host={home}"
        finally:
            _as_postgres(_program("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def temporary_database(server: str, prefix: str = "test") -> Iterator[str]:
    """URL of an empty database on that server, dropped at the end."""
    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    admin = create_engine(normalise_url(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
