"""The priority lane for people of 75 and over, and fields that a branch takes: both are configuration."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from actions.appointments.booking import Bookings
from actions.appointments.branches import Branches, branches
from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter import Counter
from actions.appointments.counter_port import VisitState
from actions.appointments.opening import PRIORITY_SEATS, Lane, Opening, opening
from actions.appointments.port import Appointment, State
from actions.appointments.slots import SlotPlan
from actions.appointments.ticket import ticket_text
from actions.clock import FixedClock
from actions.database import Database
from actions.personal import PersonalKeys
from knowledge_base.errors import ErrorCode, TthcError

from .conftest import BOOKING_KEY, DATA_KEY, at, make_bookings, phone

DEFAULT: dict[str, object] = {
    "weekdays": ["08:00-12:00", "13:00-17:00"], "saturday": ["08:00-12:00"], "sunday": [], "counters": 2,
}  # fmt: skip
OLD, YOUNG = Lane.PRIORITY, Lane.ORDINARY


def make_plan() -> SlotPlan:
    """Branch 1: two counters and one for the old; branch 2 takes civil status (hộ tịch) only."""
    offices: dict[str, dict[str, object]] = {"CN01": {"priority_counters": 1}, "CN02": {"fields": ["Hộ tịch"]}}
    hours = Opening(DEFAULT, offices, opening().rules)
    return SlotPlan(Branches.load(hours=hours), WorkingCalendar.load(hours=hours), hours)


@pytest.fixture
def lanes(database: Database, clock: FixedClock) -> Bookings:
    return make_bookings(database, clock, plan=make_plan())


def book(lanes: Bookings, index: int, lane: Lane, branch: str = "CN01", procedure: str = "") -> Appointment:
    return lanes.book(
        branch_id=branch, starts_at=at(9), conversation="api:test", phone=phone(index), consent=True,
        idempotency_key=f"key-{index}", lane=lane, procedure_code=procedure or None,
    )  # fmt: skip


def free(lanes: Bookings, lane: Lane) -> tuple[int, int]:
    slot = next(slot for slot in lanes.slots("CN01", at(9).date(), lane) if slot.starts_at == at(9))
    return slot.capacity, slot.free


def test_capacity_is_the_open_counters_of_the_lane(lanes: Bookings) -> None:
    assert (free(lanes, YOUNG), free(lanes, OLD)) == ((2, 2), (3, 3))
    book(lanes, 1, YOUNG)
    assert (free(lanes, YOUNG), free(lanes, OLD)) == ((2, 1), (3, 2))
    first = book(lanes, 2, OLD)  # takes the lane's own seat first
    assert (free(lanes, YOUNG), free(lanes, OLD)) == ((2, 1), (3, 1))
    assert lanes.get(first.id, first.secret).lane is OLD
    book(lanes, 3, OLD)
    assert (free(lanes, YOUNG), free(lanes, OLD)) == ((2, 0), (3, 0))
    for index, lane in ((4, YOUNG), (5, OLD)):
        with pytest.raises(TthcError) as caught:
            book(lanes, index, lane)
        assert caught.value.code is ErrorCode.SLOT_TAKEN


def test_nobody_younger_gets_the_lane_s_seat_at_any_concurrency(lanes: Bookings) -> None:
    def one(index: int) -> Appointment | None:
        try:
            return book(lanes, index, OLD if index % 2 else YOUNG)
        except TthcError as error:
            assert error.code is ErrorCode.SLOT_TAKEN  # noqa: PT017
            return None

    with ThreadPoolExecutor(16) as pool:
        made = [one for one in pool.map(one, range(32)) if one]
    assert len(made) == 3
    assert sum(one.lane is YOUNG for one in made) <= 2
    assert free(lanes, OLD) == (3, 0)


def test_a_move_stays_in_its_lane_and_a_cancelled_seat_comes_back_to_it(lanes: Bookings, clock: FixedClock) -> None:
    mine = book(lanes, 1, OLD)
    moved = lanes.move(mine.id, mine.secret, at(10))
    assert moved.lane is OLD
    assert free(lanes, OLD) == (3, 2)  # withheld against trading
    clock.advance(minutes=10)
    assert free(lanes, OLD) == (3, 3)
    for index in (2, 3):
        book(lanes, index, YOUNG)
    assert book(lanes, 4, OLD).state is State.CONFIRMED  # the seat that was withheld, taken over
    assert lanes.cancel(mine.id, mine.secret).state is State.CANCELLED


def test_who_booked_the_lane_is_called_first(lanes: Bookings, database: Database, clock: FixedClock) -> None:
    plan = make_plan()
    counter = Counter(database, plan, clock, PersonalKeys(BOOKING_KEY, DATA_KEY))
    young, old = book(lanes, 1, YOUNG), book(lanes, 2, OLD)
    clock.moment = at(8, 30)
    assert {visit.number: visit.lane for visit in counter.day("CN01").visits} == {young.number: YOUNG, old.number: OLD}
    for one in (young, old):
        counter.check_in("CN01", one.number, "officer-a")
    assert [counter.call_next("CN01", "officer-a").number for _ in range(2)] == [old.number, young.number]
    given = [counter.walk_in("CN01", "officer-a", f"walk-in-{index}", OLD) for index in range(3)]
    assert [visit.starts_at for visit in given] == [at(8, 30)] * 3
    assert all(visit.state is VisitState.WAITING for visit in given)


def test_a_branch_takes_bookings_for_its_fields_only(lanes: Bookings) -> None:
    with pytest.raises(TthcError) as caught:
        book(lanes, 1, YOUNG, "CN02", "1.000003")  # land
    assert caught.value.code is ErrorCode.BRANCH_FIELD
    assert book(lanes, 2, YOUNG, "CN02", "1.000001").state is State.CONFIRMED
    assert book(lanes, 3, YOUNG, "CN02").state is State.CONFIRMED  # what for is not known
    assert book(lanes, 4, YOUNG, "CN01", "1.000003").state is State.CONFIRMED


def test_our_own_branches_take_everything_and_have_no_counters_of_the_lane() -> None:
    for branch in branches().all(bookable=True):
        hours = opening().of(branch.id)
        assert hours.takes("Đất đai")
        assert hours.seats(OLD) == hours.seats(YOUNG)
        assert hours.counters < PRIORITY_SEATS


def test_the_ticket_names_the_lane(lanes: Bookings) -> None:
    branch = branches().get("CN01")
    assert "Luồng ưu tiên (người từ 75 tuổi)" in ticket_text(book(lanes, 1, OLD), branch)
    assert "ưu tiên" not in ticket_text(book(lanes, 2, YOUNG), branch)
