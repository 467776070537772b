"""Our own queue beside our own bookings: the same seats and limits, and what stands in the tables; both databases."""

from __future__ import annotations

import itertools
import json

from sqlalchemy import select

from actions.appointments.booking import Bookings
from actions.appointments.counter_models import ActRow
from actions.appointments.counter_port import ActKind, CounterPort, Lane, VisitState
from actions.appointments.models import AppointmentRow, QuotaRow
from actions.appointments.port import State
from actions.clock import FixedClock
from actions.database import Database
from knowledge_base.errors import ErrorCode

from .conftest import at, phone
from .test_counter import BY, HERE, OTHER, book, counter, numbers, on_the_day, refusal

__all__ = ["counter"]


def test_an_appointment_that_was_used_is_neither_moved_nor_cancelled(
    counter: CounterPort, bookings: Bookings, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    visit = counter.call(HERE, mine.id, counter.check_in(HERE, mine.number, BY).version, BY)
    for _ in range(2):  # called, then served, both before the hour of the appointment
        assert refusal(bookings.cancel, mine.id, mine.secret) is ErrorCode.BOOKING_STATE
        assert refusal(bookings.move, mine.id, mine.secret, at(9, day=26)) is ErrorCode.BOOKING_STATE
        if visit.state is VisitState.CALLED:
            visit = counter.served(HERE, mine.id, visit.version, BY)
    assert counter.day(HERE).visits == (visit,)


def test_walk_ins_take_the_same_seats_and_numbers(
    counter: CounterPort, bookings: Bookings, clock: FixedClock, database: Database
) -> None:
    booked = [book(bookings, index) for index in range(3)]
    on_the_day(clock, 9, 5)  # inside the slot of nine: one seat of four is left
    made = [counter.walk_in(HERE, BY, f"walk-in-{index}") for index in range(3)]
    assert [visit.starts_at for visit in made] == [at(9), at(9, 15), at(9, 15)]
    assert [visit.number for visit in made] == ["A-004", "A-005", "A-006"]
    assert {visit.state for visit in made} == {VisitState.WAITING}
    assert made[0].walk_in
    assert counter.walk_in(HERE, BY, "walk-in-0").number == "A-004"
    assert len(numbers(counter)) == len(booked) + 3
    clock.moment = at(9, 1)
    free = {slot.starts_at: slot.free for slot in bookings.slots(HERE, at(9).date())}
    assert free[at(9, 45)] == 4
    with database.begin() as session:
        row = session.get_one(AppointmentRow, made[0].appointment_id)
        assert (row.phone, row.name, row.phone_hash) == (None, None, None)


def test_a_walk_in_with_a_phone_counts_in_the_daily_limit(
    counter: CounterPort, bookings: Bookings, clock: FixedClock, database: Database
) -> None:
    book(bookings, 7)
    on_the_day(clock)
    visit = counter.walk_in(HERE, BY, "walk-in-1", phone=phone(7))
    assert refusal(counter.walk_in, HERE, BY, "walk-in-2", phone=phone(7)) is ErrorCode.BOOKING_LIMIT
    assert refusal(counter.walk_in, HERE, BY, "walk-in-3", phone="12") is ErrorCode.PHONE_MALFORMED
    assert len(numbers(counter)) == 2
    assert counter.undo(HERE, BY).number == visit.number
    assert len(numbers(counter)) == 1
    with database.begin() as session:
        row = session.get_one(AppointmentRow, visit.appointment_id)
        assert (row.state, row.phone) == (State.CANCELLED, None)
        assert not session.scalars(select(QuotaRow).where(QuotaRow.appointment_id == row.id)).all()
    assert counter.walk_in(HERE, BY, "walk-in-4", phone=phone(7)).number == "A-003"


def test_the_trail_is_complete_and_without_persons(
    counter: CounterPort, bookings: Bookings, clock: FixedClock, database: Database
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    visit = counter.check_in(HERE, mine.number, BY)
    visit = counter.set_lane(HERE, mine.id, visit.version, BY, Lane.PRIORITY)
    visit = counter.call(HERE, mine.id, visit.version, OTHER, "7")
    counter.served(HERE, mine.id, visit.version, OTHER)
    counter.undo(HERE, OTHER)
    counter.walk_in(HERE, BY, "walk-in-1", phone=phone(9))
    counter.note(HERE, ActKind.EXPORTED, BY)
    acts = counter.acts(HERE, at(8).date())
    assert [(act.kind, act.officer_id) for act in acts] == [
        ("check_in", BY), ("lane", BY), ("call", OTHER), ("served", OTHER), ("undo", OTHER), ("walk_in", BY),
        ("exported", BY),
    ]  # fmt: skip
    assert acts[0].before == {}
    assert (acts[1].before["lane"], acts[1].after["lane"]) == ("ordinary", "priority")
    assert (acts[2].before["state"], acts[2].after["state"], acts[2].after["desk"]) == ("waiting", "called", "7")
    assert acts[4].undoes == acts[3].id
    for earlier, act in itertools.pairwise(acts[:5]):
        assert act.before == earlier.after
    with database.begin() as session:
        told = json.dumps([[row.before, row.after, row.number, row.subject] for row in session.scalars(select(ActRow))])
    for secret in ("Nguyễn", phone(1), phone(9), mine.secret):
        assert secret not in told
