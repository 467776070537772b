"""The booking reads a branch's number as the branch's, whatever stands beside it."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest

from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.dialogue import BRANCH, DAY, TIME, BookingDialogue, Draft
from actions.appointments.opening import opening
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, FixedClock

MONDAY = FixedClock(dt.datetime(2026, 11, 23, 7, 30, tzinfo=HANOI))


@pytest.mark.parametrize("text", ["đặt lịch chi nhánh 2 sáng thứ 5", "dat lich cn 2 sang thu 5", "CN2 chiều thứ Năm"])
def test_the_number_of_a_branch_is_no_hour(text: str) -> None:
    nothing_asked = cast(Any, None)
    dialogue = BookingDialogue(branches(), SlotPlan(branches(), calendar(), opening()), nothing_asked, MONDAY)
    reading = dialogue.read(text, {}, Draft(), None)
    assert (reading.updates[BRANCH], reading.updates[DAY]) == ("CN02", "2026-11-26")
    assert TIME not in reading.updates
    assert reading.remarks == []
