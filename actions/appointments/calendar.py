"""Working days of state agencies and opening hours of offices, from `data/holidays.yml` and `data/opening.yml`.

Dates are days in Hanoi.  A year whose holidays are not listed yet has only the fixed ones, and no office opens in it:
nobody is sent to a closed door.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.appointments.branches import Branch
from actions.appointments.opening import Interval, Opening, opening

_DATA = Path(__file__).parent / "data" / "holidays.yml"
_SATURDAY = 5
_DAY = dt.timedelta(days=1)


class WorkingCalendar:
    """Source of the rule: Bộ luật Lao động 2019, Điều 111 and 112; each year's notices are named in the data."""

    def __init__(self, raw: dict[str, Any], hours: Opening) -> None:
        self._years = frozenset(raw["years"])
        self._fixed = frozenset(raw["fixed"])
        self._holidays: dict[dt.date, str] = {row["date"]: row["name"] for row in raw["holidays"]}
        self._made_up: dict[dt.date, str] = {row["date"]: row["reason"] for row in raw["working_saturdays"]}
        self._hours = hours

    @classmethod
    def load(cls, path: Path = _DATA, hours: Opening | None = None) -> WorkingCalendar:
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")), hours or opening())

    def covers(self, date: dt.date) -> bool:
        """Whether the holidays of that year are known."""
        return date.year in self._years

    def holiday(self, date: dt.date) -> str | None:
        """The name of the day off in Vietnamese, "" for a fixed one of a year not listed, None on any other day."""
        if date in self._holidays:
            return self._holidays[date]
        return "" if not self.covers(date) and f"{date:%m-%d}" in self._fixed else None

    def is_made_up(self, date: dt.date) -> bool:
        """Whether this Saturday is worked in exchange for another day."""
        return date in self._made_up

    def is_working_day(self, date: dt.date) -> bool:
        """Monday to Friday without holidays, and Saturdays worked in exchange: the days legal time limits count."""
        if self.is_made_up(date):
            return True
        return date.weekday() < _SATURDAY and self.holiday(date) is None

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(1 for day in _days(start + _DAY, end) if self.is_working_day(day))

    def add_working_days(self, start: dt.date, count: int) -> dt.date:
        """The day that is `count` working days after `start` (`count` >= 0; 0 gives `start` itself)."""
        day = start
        while count > 0:
            day += _DAY
            count -= self.is_working_day(day)
        return day

    def open_intervals(self, branch: Branch, date: dt.date) -> list[Interval]:
        """When the office is open that day, Hanoi time of day; empty when it is closed."""
        if not self.covers(date) or self.holiday(date) is not None:
            return []
        return list(self._hours.of(branch.id).hours(date.weekday(), self.is_made_up(date)))


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += _DAY


@cache
def calendar() -> WorkingCalendar:
    """The project's own calendar, read once."""
    return WorkingCalendar.load()
