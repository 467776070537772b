from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.opening import opening
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, FixedClock, SystemClock
from knowledge_base.errors import ErrorCode, NotFound, TthcError

from .conftest import MONDAY, at, phone

SATURDAY = 5
PLAN = SlotPlan(branches(), calendar(), opening())


def code_of(starts_at: dt.datetime, now: dt.datetime, branch: str = "CN01") -> ErrorCode:
    with pytest.raises(TthcError) as caught:
        PLAN.check(branch, starts_at, now)
    return caught.value.code


def test_slots_of_a_day() -> None:
    slots = PLAN.day("CN01", at(9).date())
    starts = [f"{slot.starts_at:%H:%M}" for slot in slots]
    assert len(slots) == 16 + 12
    assert (starts[0], starts[15], starts[16], starts[-1]) == ("08:00", "11:45", "13:00", "15:45")
    assert all(slot.starts_at.tzinfo is HANOI and slot.capacity == slot.free == 4 for slot in slots)
    assert all(slot.ends_at - slot.starts_at == dt.timedelta(minutes=15) for slot in slots)
    assert [slot.capacity for slot in PLAN.day("CN07", at(9).date())][:1] == [11]


def test_days_without_slots() -> None:
    assert PLAN.day("CN01", dt.date(2026, 11, 24)) == []
    assert PLAN.day("CN01", dt.date(2026, 11, 29)) == []
    assert len(PLAN.day("CN01", dt.date(2026, 11, 28))) == 16
    assert PLAN.day("DP00004", at(9).date()) == []  # a point takes no bookings
    with pytest.raises(NotFound):
        PLAN.day("CN13", at(9).date())


def test_today_and_six_days_ahead() -> None:
    dates = [date.day for date in PLAN.open_dates("CN01", MONDAY)]
    assert dates == [23, 25, 26, 27, 28]  # the 24th is a holiday, the 29th a Sunday
    assert code_of(at(9, day=30), MONDAY) is ErrorCode.SLOT_OUT_OF_WINDOW
    assert code_of(at(9, day=22), MONDAY) is ErrorCode.SLOT_IN_PAST


def test_lead_time() -> None:
    now = at(8, 50, day=23)
    assert code_of(at(9, 15, day=23), now) is ErrorCode.SLOT_OUT_OF_WINDOW
    assert PLAN.check("CN01", at(9, 30, day=23), now).starts_at == at(9, 30, day=23)
    assert PLAN.bookable("CN01", now.date(), now)[0].starts_at == at(9, 30, day=23)
    assert code_of(at(8, 45, day=23), now) is ErrorCode.SLOT_IN_PAST


def test_times_that_are_no_slot() -> None:
    for moment in (at(9, 5), at(7, 45), at(12), at(12, 45), at(16), at(9, day=24)):
        assert code_of(moment, MONDAY) is ErrorCode.SLOT_CLOSED
    assert code_of(at(9).replace(tzinfo=None), MONDAY) is ErrorCode.BAD_REQUEST


@pytest.fixture(params=["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The time zone of the machine, which must not matter."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("machine_zone")
def test_midnight_is_hanois(bookings: Bookings, clock: FixedClock) -> None:
    """23:59 and 00:01 in Hanoi are the same day in UTC; the seventh day opens between them."""
    seventh = at(9, day=30).date()
    clock.moment = at(23, 59, day=23)
    assert bookings.slots("CN01", seventh) == []
    clock.advance(minutes=2)
    assert len(bookings.slots("CN01", seventh)) == 28
    # half past six in the morning of the 25th in Hanoi is still the 24th in UTC
    clock.moment = at(6, 30)
    made = bookings.book(
        branch_id="CN01",
        starts_at=dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC),
        conversation="web:a",
        phone=phone(1),
        consent=True,
        idempotency_key="early",
    )
    assert made.starts_at == at(8)
    assert made.starts_at.tzinfo is HANOI
    again = bookings.get(made.id, made.secret)
    assert f"{again.starts_at:%d %H:%M}" == "25 08:00"
    assert bookings.slots("CN01", at(8).date())[0].free == 3


@pytest.mark.usefixtures("machine_zone")
def test_the_system_clock_is_hanois() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == dt.timedelta(hours=7)
    assert abs(now - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


@given(
    date=st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 31)),
    hour=st.integers(0, 23),
    branch=st.sampled_from([branch.id for branch in branches().all(bookable=True)]),
    ahead=st.integers(-1, 8),
)
def test_slots_keep_hours_and_holidays(date: dt.date, hour: int, branch: str, ahead: int) -> None:
    """Whatever the day: no slot on a holiday, a Sunday or in a year not listed; none over lunch or beyond the window;
    none twice; and what may be booked is a part of the day's slots, from now on, today and six days ahead."""
    slots = PLAN.day(branch, date)
    starts = [slot.starts_at for slot in slots]
    assert starts == sorted(set(starts))
    works = PLAN.calendar.is_working_day(date) or date.weekday() == SATURDAY
    if PLAN.calendar.holiday(date) is not None or not PLAN.calendar.covers(date) or not works:
        assert slots == []
    else:
        assert slots, "an open day has slots"
    rules = PLAN.rules
    for slot in slots:
        assert slot.starts_at.date() == slot.ends_at.date() == date
        assert slot.ends_at - slot.starts_at == dt.timedelta(minutes=rules.slot_minutes)
        assert rules.window.start <= slot.starts_at.time() < rules.window.end
        inside = [one for one in PLAN.calendar.open_intervals(branches().get(branch), date)
                  if one.start <= slot.starts_at.time() and slot.ends_at.time() <= one.end]  # fmt: skip
        assert len(inside) == 1
    now = dt.datetime.combine(date - dt.timedelta(days=ahead), dt.time(hour, 7), HANOI)
    offered = PLAN.bookable(branch, date, now)
    lead = dt.timedelta(minutes=rules.lead_minutes)
    within = 0 <= ahead <= rules.days_ahead
    assert offered == [slot for slot in slots if within and slot.starts_at >= now + lead]
    for slot in slots[:3]:
        if slot in offered:
            assert PLAN.check(branch, slot.starts_at, now) == slot
        else:
            assert code_of(slot.starts_at, now, branch) in (ErrorCode.SLOT_IN_PAST, ErrorCode.SLOT_OUT_OF_WINDOW)
