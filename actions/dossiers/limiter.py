"""Limiting wrong tries: dossier codes are guessable, four digits are not many."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from actions.clock import Clock
from knowledge_base.errors import ErrorCode, Refused

TRIES = 5
WINDOW = dt.timedelta(minutes=15)
SWEEP_EVERY = 1000  # reservations between two sweeps of what has aged out


@dataclass(frozen=True)
class Ticket:
    """One try under way, to be given back when it did not fail."""

    id: int
    keys: tuple[str, ...]


class AttemptLimiter(Protocol):
    """Counts failures by key.  A try counts from its start, so that many at once cannot slip through together."""

    async def take(self, keys: Sequence[str]) -> Ticket:
        """Begins a try under all `keys`, or none.

        Raises:
            Refused: DOSSIER_TOO_MANY_TRIES; data `minutes`: whole minutes to wait, at least 1.
        """

    async def give_back(self, ticket: Ticket) -> None:
        """The try did not fail: it no longer counts."""


class MemoryAttemptLimiter:
    """For one process; safe among tasks and threads."""

    def __init__(self, clock: Clock, tries: int = TRIES, window: dt.timedelta = WINDOW) -> None:
        self._clock = clock
        self._tries = tries
        self._window = window
        self._lock = threading.Lock()
        self._taken: dict[str, deque[tuple[int, dt.datetime]]] = {}
        self._next = 0

    async def take(self, keys: Sequence[str]) -> Ticket:
        now = self._clock.now()
        with self._lock:
            self._next += 1
            if self._next % SWEEP_EVERY == 0:
                for key in list(self._taken):
                    self._current(key, now)
            full = [row for key in keys if len(row := self._current(key, now)) >= self._tries]
            if full:
                wait = max(row[-self._tries][1] for row in full) + self._window - now
                raise Refused(ErrorCode.DOSSIER_TOO_MANY_TRIES, minutes=max(1, math.ceil(wait.total_seconds() / 60)))
            ticket = Ticket(self._next, tuple(dict.fromkeys(keys)))
            for key in ticket.keys:
                self._taken.setdefault(key, deque()).append((ticket.id, now))
            return ticket

    async def give_back(self, ticket: Ticket) -> None:
        with self._lock:
            for key in ticket.keys:
                left = deque(row for row in self._taken.get(key, ()) if row[0] != ticket.id)
                if left:
                    self._taken[key] = left
                else:
                    self._taken.pop(key, None)

    def _current(self, key: str, now: dt.datetime) -> deque[tuple[int, dt.datetime]]:
        """The tries of `key` still inside the window; an empty row is forgotten."""
        row = self._taken.get(key, deque())
        while row and row[0][1] <= now - self._window:
            row.popleft()
        if not row:
            self._taken.pop(key, None)
        return row

    def __len__(self) -> int:
        return len(self._taken)
