"""Whether officers are there now, as far as the Center itself has said (`appointments/data/opening.yml`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.opening import Interval, Opening
from actions.clock import HANOI

_HOTLINE = "hotline"  # an office of that name in the data has its own hours; without one the default counts


@dataclass(frozen=True)
class Staffed:
    """`known` is False while the hours are a default that nobody confirmed; then `now` and `hours` say nothing."""

    known: bool
    now: bool = False
    hours: str = ""


def staffed(moment: dt.datetime, opening: Opening, calendar: WorkingCalendar) -> Staffed:
    """At `moment` (aware).  Holidays are closed; a Saturday worked in exchange has a weekday's hours."""
    office = opening.of(_HOTLINE)
    if not office.confirmed:
        return Staffed(known=False)
    local = moment.astimezone(HANOI)
    day = local.date()
    made_up = calendar.is_made_up(day)
    closed = (calendar.holiday(day) is not None or not calendar.covers(day)) and not made_up
    today = [] if closed else office.hours(day.weekday(), made_up)
    time = local.time().replace(tzinfo=None)
    return Staffed(
        known=True,
        now=any(interval.start <= time < interval.end for interval in today),
        hours=_said(office.weekdays),
    )


def _said(hours: list[Interval]) -> str:
    return ", ".join(f"{interval.start:%H:%M}–{interval.end:%H:%M}" for interval in hours)
