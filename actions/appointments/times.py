"""Dates and times as people say them in Vietnamese, with and without accents: "sáng thứ 5 tuần sau", "mai 9h".

Pure functions; standard library and `knowledge_base.text` only, and runs on Python 3.10.  Everything is relative to
the given moment, in its time zone (Asia/Ho_Chi_Minh for our callers).  Weeks begin on Monday.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from actions.appointments.times_reader import Clock, Reader
from knowledge_base.errors import BadInput, ErrorCode

_DAY = dt.timedelta(days=1)
_NOON = 12
_LAST_MINUTE = dt.time(23, 59)


class Granularity(str, Enum):
    """How much was said."""

    NOTHING = "nothing"
    MOMENT = "moment"  # a day and a time
    DAY = "day"  # a day, maybe with a part of it
    DAYS = "days"  # several days in a row: `date` to `last_date`
    TIME = "time"  # a time of day without a day
    PART = "part"  # a part of the day without a day


class PartOfDay(str, Enum):
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"

    @property
    def hours(self) -> tuple[dt.time, dt.time]:
        """From, to (not included)."""
        return _HOURS[self]


_HOURS = {
    PartOfDay.MORNING: (dt.time(0), dt.time(12)),
    PartOfDay.NOON: (dt.time(11), dt.time(14)),
    PartOfDay.AFTERNOON: (dt.time(12), dt.time(18)),
    PartOfDay.EVENING: (dt.time(18), _LAST_MINUTE),
}


class ProblemKind(str, Enum):
    IMPOSSIBLE_DATE = "impossible_date"  # 30/2
    IMPOSSIBLE_TIME = "impossible_time"  # 25h
    PAST = "past"
    LUNAR_DATE = "lunar_date"  # a day of the lunar calendar: ask for the solar one
    CONTRADICTION = "contradiction"  # two days or times, or a weekday that is not the date's


@dataclass(frozen=True)
class Problem:
    """`reason` is for logs and for choosing words: "february has 28 days", "no month 13", …"""

    kind: ProblemKind
    reason: str = ""


@dataclass(frozen=True)
class When:
    """What was understood.  Times are naive times of day in the zone of the moment given.

    `last_time` is set for a span ("8h đến 10h", "sau 3h chiều").  `assumed_afternoon`: the hour was said without a
    part of the day and read as afternoon ("3 giờ" -> 15:00), because counters open from 8 to 17.
    """

    granularity: Granularity
    date: dt.date | None = None
    last_date: dt.date | None = None
    time: dt.time | None = None
    last_time: dt.time | None = None
    part: PartOfDay | None = None
    assumed_afternoon: bool = False
    problems: tuple[Problem, ...] = ()

    def problem(self, kind: ProblemKind) -> Problem | None:
        return next((problem for problem in self.problems if problem.kind is kind), None)

    def require(self) -> When:
        """Itself, when nothing is wrong with it.

        Raises: BadInput(DATE_IMPOSSIBLE, SLOT_IN_PAST, DATE_UNCLEAR), the reason in `detail`.
        """
        for problem in self.problems:
            raise BadInput(_CODES[problem.kind], problem.reason)
        return self

    @property
    def hours(self) -> tuple[dt.time, dt.time] | None:
        """The stretch of the day that was meant: a span, or a part of the day; None for a single time or none."""
        if self.time and self.last_time:
            return self.time, self.last_time
        return self.part.hours if self.part and not self.time else None


_CODES = {
    ProblemKind.IMPOSSIBLE_DATE: ErrorCode.DATE_IMPOSSIBLE,
    ProblemKind.IMPOSSIBLE_TIME: ErrorCode.DATE_IMPOSSIBLE,
    ProblemKind.PAST: ErrorCode.SLOT_IN_PAST,
    ProblemKind.LUNAR_DATE: ErrorCode.DATE_UNCLEAR,
    ProblemKind.CONTRADICTION: ErrorCode.DATE_UNCLEAR,
}


def parse_when(text: str, now: dt.datetime) -> When:
    """What `text` says about day and time, seen from `now` (aware).

    Never raises for any text; what is wrong with the day or time is in `problems`.
    """
    reader = Reader(text, now)
    reader.read()
    problems = [Problem(ProblemKind(kind), reason) for kind, reason in reader.problems]
    part = PartOfDay(reader.part) if reader.part else None
    first, last, assumed = _times(reader, part, problems)
    if reader.moment:
        day: dt.date | None = reader.moment.date()
        first = reader.moment.time().replace(second=0, microsecond=0)
    else:
        day = _day(reader, first, now, problems)
    last_day = None
    if day is None and reader.days:
        day, last_day = reader.days
    if _is_past(day, last_day, last or first, now):
        problems.append(Problem(ProblemKind.PAST))
    return When(
        granularity=_granularity(day, last_day, first, part),
        date=day,
        last_date=last_day,
        time=first,
        last_time=last,
        part=part,
        assumed_afternoon=assumed,
        problems=tuple(dict.fromkeys(problems)),
    )


def _day(reader: Reader, time: dt.time | None, now: dt.datetime, problems: list[Problem]) -> dt.date | None:
    """The one day meant: an explicit date before a relative word before a weekday, which must agree."""
    today = now.date()
    dates = list(dict.fromkeys(reader.dates))
    if len(dates) > 1:
        problems.append(Problem(ProblemKind.CONTRADICTION, "several days"))
    for weekday in reader.weekdays:
        if dates and weekday.index != dates[0].weekday():
            problems.append(Problem(ProblemKind.CONTRADICTION, "weekday is not the date's"))
    if dates:
        return dates[0]
    found = [weekday.resolve(today) for weekday in reader.weekdays]
    if len(set(found)) > 1:
        problems.append(Problem(ProblemKind.CONTRADICTION, "several days"))
    if not found:
        return None
    over = found[0] == today and time is not None and time <= now.time()
    return found[0] + 7 * _DAY if over and reader.weekdays[0].open else found[0]


def _times(
    reader: Reader, part: PartOfDay | None, problems: list[Problem]
) -> tuple[dt.time | None, dt.time | None, bool]:
    read: list[tuple[dt.time, bool]] = []
    for clock in reader.clocks:
        time, assumed, reason = _time_of(clock, part)
        if time is None:
            problems.append(Problem(ProblemKind.IMPOSSIBLE_TIME, reason))
        else:
            read.append((time, assumed))
    if not read:
        return None, None, False
    first, assumed = read[0]
    if len(read) > 1 and reader.span:
        last = read[1][0]
        if last > first:
            return first, last, assumed
        problems.append(Problem(ProblemKind.CONTRADICTION, "span ends before it begins"))
    elif len({time for time, _ in read}) > 1:
        problems.append(Problem(ProblemKind.CONTRADICTION, "several times"))
    if reader.bound == "after":
        return first, _LAST_MINUTE, assumed
    if reader.bound == "before" and first > dt.time(0):
        return dt.time(0), first, assumed
    return first, None, assumed


def _time_of(clock: Clock, part: PartOfDay | None) -> tuple[dt.time | None, bool, str]:
    """Time of day, whether afternoon was assumed, and why it is impossible."""
    hour, minute = clock.hour, clock.minute
    if hour > 23:
        return None, False, f"no hour {hour}"
    if minute > 59:
        return None, False, f"no minute {minute}"
    assumed = False
    said = PartOfDay(clock.part) if clock.part else part
    if hour <= _NOON and not clock.literal:
        if said is PartOfDay.MORNING:
            hour %= _NOON
        elif said is PartOfDay.NOON:
            hour += _NOON if hour < 4 else 0
        elif said is PartOfDay.AFTERNOON:
            hour = hour % _NOON + _NOON
        elif said is PartOfDay.EVENING:
            hour = hour % _NOON + (_NOON if 4 < hour < _NOON else 0)
        elif 1 <= hour <= 6:
            hour, assumed = hour + _NOON, True
    moment = dt.datetime(2000, 1, 2, hour, minute) - dt.timedelta(minutes=clock.less)  # noqa: DTZ001  time of day only
    return moment.time(), assumed, ""


def _is_past(day: dt.date | None, last_day: dt.date | None, time: dt.time | None, now: dt.datetime) -> bool:
    if day is None:
        return False
    end = last_day or day
    return end < now.date() or (end == now.date() and time is not None and time <= now.time())


def _granularity(
    day: dt.date | None, last_day: dt.date | None, time: dt.time | None, part: PartOfDay | None
) -> Granularity:
    if last_day:
        return Granularity.DAYS
    if day:
        return Granularity.MOMENT if time else Granularity.DAY
    if time:
        return Granularity.TIME
    return Granularity.PART if part else Granularity.NOTHING
