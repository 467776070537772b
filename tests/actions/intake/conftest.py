"""The intake on each database, with a clock that tests set."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet

from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.intake.ratings import Ratings
from actions.intake.requests import Requests
from actions.personal import PersonalKeys
from tests.actions.databases import database, database_url

__all__ = ["database", "database_url"]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 11, 22, 23, 30, tzinfo=HANOI))


@pytest.fixture
def keys() -> PersonalKeys:
    return PersonalKeys("k" * 32, Fernet.generate_key().decode())


@pytest.fixture
def requests(database: Database, keys: PersonalKeys, clock: FixedClock) -> Requests:
    return Requests(database, keys, clock)


@pytest.fixture
def ratings(database: Database, keys: PersonalKeys, clock: FixedClock) -> Ratings:
    return Ratings(database, keys, clock)
