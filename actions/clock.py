"""The clock behind an interface: the real one, and one that tests set."""

from __future__ import annotations

import datetime as dt
from typing import Protocol
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """The present moment, aware, in Asia/Ho_Chi_Minh."""


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(HANOI)


class FixedClock:
    """Stands still until moved."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment.astimezone(HANOI)

    def now(self) -> dt.datetime:
        return self.moment

    def advance(self, **delta: float) -> None:
        self.moment += dt.timedelta(**delta)
