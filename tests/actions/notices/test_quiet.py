"""Quiet hours, over midnight and not, whatever the machine's zone."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.clock import HANOI
from actions.notices.quiet import QuietHours
from knowledge_base.errors import Misconfigured


def at(text: str) -> dt.datetime:
    return dt.datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("hours", "moment", "morning"),
    [
        ("21:00-07:00", "23 20:59", None),
        ("21:00-07:00", "23 21:00", "24 07:00"),
        ("21:00-07:00", "23 23:59", "24 07:00"),
        ("21:00-07:00", "24 00:00", "24 07:00"),
        ("21:00-07:00", "24 06:59", "24 07:00"),
        ("21:00-07:00", "24 07:00", None),
        ("12:00-13:30", "24 12:00", "24 13:30"),
        ("12:00-13:30", "24 13:30", None),
        ("12:00-13:30", "24 02:00", None),
        ("00:00-06:00", "24 00:00", "24 06:00"),
        ("", "24 02:00", None),
        ("07:00-07:00", "24 07:00", None),
    ],
)
def test_when_the_night_ends(machine_zone: str, hours: str, moment: str, morning: str | None) -> None:
    found = QuietHours.parse(hours).morning_after(at(moment).astimezone(dt.UTC))
    assert found == (at(morning) if morning else None)


@pytest.mark.parametrize("hours", ["21-7", "24:00-07:00", "21:00-07:60", "21:00", "21:00-07:00-"])
def test_what_is_no_span_is_refused(hours: str) -> None:
    with pytest.raises(Misconfigured):
        QuietHours.parse(hours)
