"""Kept lists: the same promises from the database, SQLite or PostgreSQL, and from the fake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from actions.cases.fake import FakeLists
from actions.cases.lists import KEPT, Lists, StoredLists
from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.personal import PersonalKeys
from assistant import migrate
from knowledge_base.errors import ErrorCode, NotFound, Unavailable

NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=HANOI)
ANSWERS = {"viec": "cap_lai", "nguoi": "?"}
KEYS = PersonalKeys("k" * 32, Fernet.generate_key().decode())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'lists.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    migrate.upgrade(url)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def lists(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> Iterator[Lists]:
    if request.param == "fake":
        yield FakeLists(clock)
        return
    url = f"sqlite:///{tmp_path / 'lists.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    migrate.upgrade(url)
    database = Database(url)
    yield StoredLists(database, KEYS, clock)
    database.close()


def test_a_list_is_read_by_its_id_until_it_expires(lists: Lists, clock: FixedClock) -> None:
    kept, other = lists.keep("9.000001", ANSWERS), lists.keep("9.000001", {})
    assert kept.id != other.id
    assert len(kept.id) == 26
    assert (lists.get(kept.id).code, lists.get(kept.id).answers) == ("9.000001", ANSWERS)
    clock.advance(seconds=KEPT.total_seconds())
    with pytest.raises(NotFound) as caught:
        lists.get(kept.id)
    assert caught.value.code is ErrorCode.CHECKLIST_UNKNOWN
    assert lists.forget_expired() == 2
    assert lists.forget_expired() == 0


def test_an_unknown_id_is_not_found(lists: Lists) -> None:
    for wrong in ("a" * 26, "", "'; drop table case_lists; --"):
        with pytest.raises(NotFound):
            lists.get(wrong)


def test_a_list_goes_with_an_appointment_and_outlives_it_by_a_day(lists: Lists, clock: FixedClock) -> None:
    kept = lists.keep("9.000001", ANSWERS)
    starts_at = NOW + KEPT + dt.timedelta(days=5)
    lists.attach(kept.id, "appointment12345", starts_at)
    clock.advance(days=35, hours=23)
    found = lists.of_appointment("appointment12345")
    assert found is not None
    assert found.answers == ANSWERS
    assert lists.of_appointment("another") is None
    clock.advance(hours=1)
    assert lists.of_appointment("appointment12345") is None
    with pytest.raises(NotFound):
        lists.attach(kept.id, "appointment12345", starts_at)


def test_answers_are_not_readable_in_the_database(database: Database, clock: FixedClock) -> None:
    StoredLists(database, KEYS, clock).keep("9.000001", ANSWERS)
    with database.begin() as session:
        (body,) = session.execute(text("SELECT answers FROM case_lists")).one()
    assert "cap_lai" not in body
    assert "viec" not in body


def test_a_database_that_is_gone_is_told_as_such(database: Database, clock: FixedClock) -> None:
    lists = StoredLists(database, KEYS, clock)
    with database.begin() as session:
        session.execute(text("DROP TABLE case_lists"))
    for work in (lambda: lists.keep("9.000001", {}), lambda: lists.get("a" * 26), lists.forget_expired):
        with pytest.raises(Unavailable) as caught:
            work()
        assert caught.value.code is ErrorCode.DATABASE_DOWN
