"""The channels' tables on each database, and a clock that tests set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.personal import PersonalKeys
from assistant import migrate

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=HANOI)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def keys() -> PersonalKeys:
    return PersonalKeys("k" * 32, Fernet.generate_key().decode())


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'channels.sqlite'}"
    url = url if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    migrate.upgrade(url)
    database = Database(url)
    yield database
    database.close()
