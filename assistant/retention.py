"""Rasa's own record of what was said does not outlive its purpose either.

With Redis, Rasa's tracker store lets conversations expire by itself; its SQLite store keeps every event for ever.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from knowledge_base.errors import ErrorCode, Unavailable

BUSY_S = 1.0  # Rasa writes there in each turn; who finds the file locked comes back later


def forget_tracker_events(tracker: Path, before: dt.datetime) -> int:
    """Deletes the events of Rasa's tracker store `tracker` (SQLite) older than `before`; how many.

    No file, or one that Rasa has not set up yet, is no fault.

    Raises:
        Unavailable: DATABASE_DOWN, the file is locked or damaged.
    """
    return _in_tracker(tracker, "DELETE FROM events WHERE timestamp < ?", [before.timestamp()])


def forget_tracker_of(tracker: Path, conversations: Iterable[str]) -> int:
    """Deletes the events of these conversations; how many.  Raises: as `forget_tracker_events`."""
    names = list(conversations)
    return _in_tracker(tracker, f"DELETE FROM events WHERE sender_id IN ({_marks(names)})", names)  # noqa: S608


def count_tracker_events(tracker: Path, conversations: Iterable[str]) -> int:
    """How many events these conversations have.  Raises: as `forget_tracker_events`."""
    names = list(conversations)
    return _in_tracker(tracker, f"SELECT count(*) FROM events WHERE sender_id IN ({_marks(names)})", names)  # noqa: S608


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _in_tracker(tracker: Path, statement: str, values: list[Any]) -> int:
    """Rows touched, or the number selected."""
    if not tracker.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{tracker.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_S)) as store:
            store.execute("PRAGMA secure_delete = ON")  # overwritten, not just unlinked
            if not store.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'").fetchone():
                return 0
            with store:
                done = store.execute(statement, values)
                count = int(done.fetchone()[0]) if done.description else done.rowcount
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # out of the write-ahead log too
            return count
    except sqlite3.Error as error:
        raise Unavailable(ErrorCode.DATABASE_DOWN, f"{tracker.name}: {type(error).__name__}") from error
