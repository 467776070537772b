"""Officers are said to be there only within hours that the Center confirmed."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.opening import Opening, opening
from actions.clock import HANOI
from actions.intake.hours import Staffed, staffed

CONFIRMED = Opening(
    {"confirmed": True, "weekdays": ["08:00-12:00", "13:00-17:00"], "saturday": ["08:00-12:00"], "sunday": [],
     "counters": 4},
    {},
    opening().rules,
)  # fmt: skip


def at(day: int, hour: int, minute: int = 0) -> Staffed:
    moment = dt.datetime(2026, 11, day, hour, minute, tzinfo=HANOI)
    return staffed(moment, CONFIRMED, WorkingCalendar.load(hours=CONFIRMED))


def test_hours_that_nobody_confirmed_are_not_told() -> None:
    moment = dt.datetime(2026, 11, 25, 9, tzinfo=HANOI)
    assert not opening().of("").confirmed, "the shipped hours are a default"
    assert staffed(moment, opening(), WorkingCalendar.load()) == Staffed(known=False)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "there"),
    [
        (25, 8, 0, True), (25, 7, 59, False), (25, 12, 0, False), (25, 16, 59, True), (25, 17, 0, False),
        (28, 9, 0, True), (28, 14, 0, False), (29, 9, 0, False), (24, 9, 0, False),  # Tuesday 24/11 is a holiday
    ],
)  # fmt: skip
def test_confirmed_hours_are_kept_to_the_minute(day: int, hour: int, minute: int, there: bool) -> None:
    state = at(day, hour, minute)
    assert (state.known, state.now, state.hours) == (True, there, "08:00–12:00, 13:00–17:00")
