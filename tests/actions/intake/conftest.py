"""The intake on each database, with a clock that tests set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.personal import PersonalKeys
from assistant import migrate


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 11, 22, 23, 30, tzinfo=HANOI))


@pytest.fixture
def keys() -> PersonalKeys:
    return PersonalKeys("k" * 32, Fernet.generate_key().decode())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'intake.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    migrate.upgrade(database_url)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def requests(database: Database, keys: PersonalKeys, clock: FixedClock) -> Requests:
    return Requests(database, keys, clock)


@pytest.fixture
def ratings(database: Database, keys: PersonalKeys, clock: FixedClock) -> Ratings:
    return Ratings(database, keys, clock)
