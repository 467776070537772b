"""Shared fixtures: a real PostgreSQL and a real Redis for whoever needs one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.postgres import temporary_database, temporary_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an own, temporary PostgreSQL.  For a database of one test, see `postgres_database`."""
    with temporary_server() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database, dropped after the test."""
    with temporary_database(postgres_url) as url:
        yield url


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
