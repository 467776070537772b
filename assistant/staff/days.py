"""Today at a branch as JSON, made once for all pages that look at it.

Reading a busy day takes some 50 ms, mostly decryption; knowing that nothing changed takes less than one.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from actions.appointments.counter_port import CounterPort
from assistant.staff.shapes import VisitOut


@dataclass(frozen=True)
class DayJson:
    """`visits` is a JSON array."""

    revision: str
    date: dt.date
    visits: str

    def body(self, now: dt.datetime) -> str:
        head = json.dumps({"revision": self.revision, "date": self.date.isoformat(), "now": now.isoformat()})
        return f'{head[:-1]}, "visits": {self.visits}}}'


class Days:
    """Keeps the newest reading of each branch, names included, in this process's memory.  Safe among threads."""

    def __init__(self, counter: CounterPort, title_of: Callable[[str], str]) -> None:
        self._counter = counter
        self._title_of = title_of
        self._kept: dict[str, DayJson] = {}
        self._lock = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}

    def read(self, branch_id: str) -> DayJson:
        """Raises: NotFound(BRANCH_UNKNOWN), Unavailable(DATABASE_DOWN)."""
        revision = self._counter.revision(branch_id)
        kept = self._kept.get(branch_id)
        if kept and kept.revision == revision:
            return kept
        with self._lock:
            reading = self._reading.setdefault(branch_id, threading.Lock())
        with reading:  # who waited here finds what the first one read
            kept = self._kept.get(branch_id)
            if kept and kept.revision == revision:
                return kept
            day = self._counter.day(branch_id)
            visits = [VisitOut.of(visit, self._title_of(visit.procedure_code)) for visit in day.visits]
            shown = json.dumps([visit.model_dump(mode="json") for visit in visits], ensure_ascii=False)
            self._kept[branch_id] = DayJson(day.revision, day.date, shown)
            return self._kept[branch_id]
