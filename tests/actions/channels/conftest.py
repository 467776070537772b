"""The channels' tables on each database, and a clock that tests set."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet

from actions.clock import HANOI, FixedClock
from actions.personal import PersonalKeys
from tests.actions.databases import database, database_url

__all__ = ["database", "database_url"]

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=HANOI)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def keys() -> PersonalKeys:
    return PersonalKeys("k" * 32, Fernet.generate_key().decode())
