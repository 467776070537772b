from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.appointments.branches import branches
from actions.appointments.calendar import WorkingCalendar, calendar
from actions.appointments.opening import Interval, Opening, opening

DATES = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("2026-11-23", True),  # the Monday before Culture Day: the swap was not adopted
        ("2026-11-24", False),  # Culture Day
        ("2026-11-28", False),  # an ordinary Saturday
        ("2026-01-02", False),  # swapped
        ("2026-01-10", True),  # the Saturday worked for it
        ("2026-08-22", True),
        ("2026-08-31", False),
        ("2027-02-03", True),
        *[(f"2027-02-{number:02d}", False) for number in range(4, 11)],  # Tết Đinh Mùi
        ("2027-02-11", True),
        ("2027-05-03", False),  # made up, derived from the law
        ("2028-01-01", False),  # fixed holidays hold in a year not listed yet
        ("2028-05-01", False),
        ("2028-01-04", True),
    ],
)
def test_working_days(date: str, works: bool) -> None:
    assert calendar().is_working_day(day(date)) is works


def test_names_and_coverage() -> None:
    assert calendar().holiday(day("2026-11-24")) == "Ngày Văn hóa Việt Nam"
    assert calendar().holiday(day("2026-11-25")) is None
    assert calendar().holiday(day("2029-09-02")) == ""
    assert calendar().covers(day("2027-12-31"))
    assert not calendar().covers(day("2028-01-01"))


def test_counting() -> None:
    assert calendar().working_days_between(day("2026-11-20"), day("2026-11-27")) == 4
    assert calendar().working_days_between(day("2026-11-27"), day("2026-11-20")) == -4
    assert calendar().add_working_days(day("2027-02-03"), 1) == day("2027-02-11")
    assert calendar().add_working_days(day("2026-11-22"), 0) == day("2026-11-22")


@given(DATES, st.integers(1, 40))
def test_adding_and_counting_agree(start: dt.date, count: int) -> None:
    end = calendar().add_working_days(start, count)
    assert calendar().is_working_day(end)
    assert calendar().working_days_between(start, end) == count


def intervals(branch: str, date: str, source: WorkingCalendar | None = None) -> list[str]:
    found = (source or calendar()).open_intervals(branches().get(branch), day(date))
    return [f"{one.start:%H:%M}-{one.end:%H:%M}" for one in found]


def test_opening_hours() -> None:
    full = ["08:00-12:00", "13:00-17:00"]
    assert intervals("CN01", "2026-11-25") == full
    assert intervals("CN01", "2026-11-28") == ["08:00-12:00"]
    assert intervals("CN01", "2026-11-29") == []
    assert intervals("CN01", "2026-11-24") == []
    assert intervals("CN01", "2026-08-22") == full  # worked like the day it stands for
    assert intervals("CN01", "2028-03-01") == []  # holidays of that year not known


def test_one_office_may_differ() -> None:
    default = {"weekdays": ["07:30-11:30"], "saturday": [], "sunday": [], "counters": 2}
    hours = Opening(default, {"CN05": {"saturday": ["08:00-10:00"], "confirmed": True}}, opening().rules)
    own = WorkingCalendar.load(hours=hours)
    assert intervals("CN05", "2026-11-28", own) == ["08:00-10:00"]
    assert intervals("CN05", "2026-11-27", own) == ["07:30-11:30"]
    assert intervals("CN06", "2026-11-28", own) == []
    assert hours.of("CN05").confirmed
    assert not hours.of("CN06").confirmed


def test_an_interval_must_end_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        Interval(start=dt.time(9), end=dt.time(9))
