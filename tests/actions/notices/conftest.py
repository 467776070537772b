from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from actions.clock import FixedClock
from actions.database import Database
from tests.actions.appointments.conftest import clock
from tests.actions.databases import database, database_url
from tests.actions.notices.bench import Bench, make_bench

__all__ = ["clock", "database", "database_url"]


@pytest.fixture
def bench(database: Database, clock: FixedClock) -> Bench:
    """On each database."""
    return make_bench(database, clock)


@pytest.fixture(params=["UTC", "Asia/Ho_Chi_Minh"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's own zone, which must never matter."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()
