"""What is deleted in time: Rasa's record of turns, and what housekeeping does about everything else."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from actions.appointments.retention import Retention
from actions.clock import FixedClock
from assistant.app import housekeeping
from assistant.app.channels import make_stores
from assistant.pipeline.transcript import Transcripts
from assistant.retention import forget_tracker_events
from assistant.staff.sessions import StaffSessions
from knowledge_base.errors import ErrorCode, Unavailable
from tests.assistant.fakes import NOW
from tests.assistant.whole_platform import make_settings, make_test_parts

BORDER = NOW - dt.timedelta(days=3)
# as Rasa 3.6 makes it (rasa/core/tracker_store.py, SQLTrackerStore.SQLEvent)
TABLE = """CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), type_name VARCHAR(255),
    timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"""


def make_tracker(path: Path, *hours: float) -> Path:
    """A tracker store with an event so many hours before or after the border."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(TABLE)
        for number, hour in enumerate(hours):
            moment = (BORDER + dt.timedelta(hours=hour)).timestamp()
            data = f'{{"text": "ma H26.16-261103-{number:04}"}}'
            row = ("web:a", "user", moment, data)
            store.execute("INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)", row)
    return path


def left(path: Path) -> int:
    with closing(sqlite3.connect(path)) as store:
        return int(store.execute("SELECT count(*) FROM events").fetchone()[0])


def test_old_events_go_and_are_overwritten(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "tên có dấu #1" / "tracker.sqlite", -500, -1, 0, 1)
    assert forget_tracker_events(tracker, BORDER) == 2
    assert left(tracker) == 2
    assert forget_tracker_events(tracker, BORDER) == 0
    content = tracker.read_bytes()
    assert b"-261103-0000" not in content
    assert b"-261103-0002" in content


def test_no_file_and_an_empty_one_are_no_fault_and_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "tracker.sqlite"
    assert forget_tracker_events(path, BORDER) == 0
    assert not path.exists()
    path.touch()
    assert forget_tracker_events(path, BORDER) == 0


def test_a_damaged_file_is_said_in_the_family(tmp_path: Path) -> None:
    path = tmp_path / "tracker.sqlite"
    path.write_bytes(b"no database at all, and long enough to be looked at" * 40)
    with pytest.raises(Unavailable) as caught:
        forget_tracker_events(path, BORDER)
    assert caught.value.code is ErrorCode.DATABASE_DOWN


def test_a_locked_file_is_left_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.retention.BUSY_S", 0.05)
    tracker = make_tracker(tmp_path / "tracker.sqlite", -1)
    with closing(sqlite3.connect(tracker, isolation_level=None)) as rasa:
        rasa.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            forget_tracker_events(tracker, BORDER)
        rasa.execute("ROLLBACK")
    assert forget_tracker_events(tracker, BORDER) == 1


async def test_housekeeping_does_every_job_whatever_becomes_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, _ = make_test_parts(make_settings(tmp_path))
    done: list[str] = []
    rounds = asyncio.Event()

    def erase_past(retention: Retention) -> int:
        done.append(f"erased after {retention._days} days")
        return 0

    def expire_holds() -> int:
        done.append("holds")
        if done.count("holds") == 3:
            loop.call_soon_threadsafe(rounds.set)
        raise Unavailable(ErrorCode.DATABASE_DOWN)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(Retention, "erase_past", erase_past)
    monkeypatch.setattr(parts.booking, "expire_holds", expire_holds)
    monkeypatch.setattr(housekeeping, "HOUSEKEEPING_S", 0)
    tracker = make_tracker(tmp_path / "rasa" / "tracker.sqlite", -1, 1)
    assert isinstance(parts.clock, FixedClock)
    day = dt.timedelta(days=1)
    sessions = StaffSessions(parts.database, parts.clock, day, day)
    monkeypatch.setattr(sessions, "forget_old", lambda: done.append("sessions"))
    transcripts = Transcripts(parts.database, parts.keys)
    keeper = asyncio.create_task(housekeeping.keep_house(parts, transcripts, sessions, make_stores(parts)))
    await asyncio.wait_for(rounds.wait(), 10)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    assert done.count("erased after 30 days") == 1, "once an hour, not each round"
    assert done.count("sessions") == 1
    assert left(tracker) == 1
    parts.database.close()
