"""Quiet hours: when no notice goes out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from actions.clock import HANOI
from knowledge_base.errors import ErrorCode, Misconfigured

_SHAPE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end`, local time in Hanoi, over midnight when `start` is later.  Equal: no quiet hours."""

    start: dt.time
    end: dt.time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """`21:00-07:00`; empty for none.  Raises: Misconfigured."""
        if not text.strip():
            return cls(dt.time(), dt.time())
        found = _SHAPE.fullmatch(text.strip())
        if found is None:
            raise Misconfigured(ErrorCode.MISCONFIGURED, "TTHC_QUIET_HOURS: wants HH:MM-HH:MM")
        first, second, third, fourth = map(int, found.groups())
        return cls(dt.time(first, second), dt.time(third, fourth))

    def morning_after(self, moment: dt.datetime) -> dt.datetime | None:
        """When the quiet hours that `moment` lies in end; None when it lies in none."""
        local = moment.astimezone(HANOI)
        time, day = local.time(), local.date()
        if self.start <= self.end:
            if not self.start <= time < self.end:
                return None
        elif time >= self.start:
            day += dt.timedelta(days=1)
        elif time >= self.end:
            return None
        return dt.datetime.combine(day, self.end, HANOI)
