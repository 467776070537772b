"""Many callers at once: no seat, limit, number or key is ever given twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from actions import transactions
from actions.appointments.booking import Bookings
from actions.appointments.port import Appointment, State
from actions.clock import FixedClock
from actions.database import Database
from knowledge_base.errors import ErrorCode, TthcError

from .conftest import at, make_bookings, phone

THREADS = 32
Check = Callable[[], int]


def at_once(call: Callable[[int], Appointment], count: int = THREADS) -> tuple[list[Appointment], Counter[ErrorCode]]:
    """Runs `call(0..count-1)` from as many threads, all released together: what was made, what was refused."""
    start = threading.Barrier(count)

    def run(index: int) -> Appointment | ErrorCode:
        start.wait()
        try:
            return call(index)
        except TthcError as error:
            return error.code

    with ThreadPoolExecutor(count) as pool:
        results = list(pool.map(run, range(count)))
    made = [result for result in results if isinstance(result, Appointment)]
    return made, Counter(result for result in results if isinstance(result, ErrorCode))


def book(bookings: Bookings, index: int, **changes: object) -> Appointment:
    wanted: dict[str, object] = {"starts_at": at(9), "phone": phone(index), "idempotency_key": f"key-{index}"} | changes
    return bookings.book(branch_id="CN01", conversation="api:test", consent=True, **wanted)  # type: ignore[arg-type]


def test_many_for_one_slot(bookings: Bookings, consistent: Check) -> None:
    made, errors = at_once(lambda index: book(bookings, index))
    assert len(made) == 4
    assert errors == {ErrorCode.SLOT_TAKEN: THREADS - 4}
    assert consistent() == 4


def test_who_loses_a_seat_waits_for_nobody_else(bookings: Bookings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No deadlock that the database must end: each would cost its wait (a second by default) and a new try."""
    again: list[Exception] = []
    worth_again = transactions._worth_again
    monkeypatch.setattr(transactions, "_worth_again", lambda error: again.append(error) or worth_again(error))
    for hour in (9, 10, 11):
        made, _ = at_once(lambda index, hour=hour: book(bookings, 100 * hour + index, starts_at=at(hour)))  # type: ignore[misc]
        assert len(made) == 4
    assert again == []


def test_many_holds_for_one_slot(bookings: Bookings) -> None:
    def hold(index: int) -> Appointment:
        return bookings.hold(
            branch_id="CN01", starts_at=at(9), conversation=f"web:{index}", idempotency_key=f"key-{index}"
        )

    made, errors = at_once(hold)
    assert len(made) == 4
    assert errors == {ErrorCode.SLOT_TAKEN: THREADS - 4}


def test_many_for_the_seats_of_expired_holds(bookings: Bookings, clock: FixedClock, consistent: Check) -> None:
    held = [
        bookings.hold(branch_id="CN01", starts_at=at(9), conversation=f"web:{index}", idempotency_key=f"hold-{index}")
        for index in range(4)
    ]
    clock.advance(minutes=10)

    def rush(index: int) -> Appointment:
        if index < 4:
            mine = held[index]
            return bookings.confirm(mine.id, mine.secret, phone=phone(index), consent=True, idempotency_key="c-000001")
        if index % 8 == 0:
            bookings.expire_holds()
        return book(bookings, index)

    made, errors = at_once(rush)
    assert len(made) == 4
    assert errors[ErrorCode.HOLD_EXPIRED] == 4
    assert errors[ErrorCode.SLOT_TAKEN] == THREADS - 8
    assert {bookings.get(one.id, one.secret).state for one in held} == {State.EXPIRED}
    assert consistent() == 4


def test_callers_with_clocks_that_differ(database: Database, clock: FixedClock, consistent: Check) -> None:
    """One process believes that the holds run, another that they are over: a seat still has one owner."""
    early, late = make_bookings(database, FixedClock(clock.now())), make_bookings(database, clock)
    held = [
        early.hold(branch_id="CN01", starts_at=at(9), conversation=f"web:{index}", idempotency_key=f"hold-{index}")
        for index in range(4)
    ]
    clock.advance(minutes=10)

    def rush(index: int) -> Appointment:
        mine = held[index % 4]
        if index < 8:
            return early.confirm(mine.id, mine.secret, phone=phone(index % 4), consent=True, idempotency_key="c-000001")
        if index < 12:
            late.expire_holds()
        return book(late, index)

    _, errors = at_once(rush, 16)
    assert set(errors) <= {ErrorCode.HOLD_EXPIRED, ErrorCode.SLOT_TAKEN, ErrorCode.BOOKING_STATE}
    assert consistent() == 4


def test_one_person_many_times(bookings: Bookings, consistent: Check) -> None:
    made, errors = at_once(lambda index: book(bookings, index, phone=phone(1), starts_at=at(8 + index % 4)), 12)
    assert len(made) == 2
    assert errors == {ErrorCode.BOOKING_LIMIT: 10}
    assert consistent() == 2


def test_one_field_many_times(bookings: Bookings, consistent: Check) -> None:
    made, errors = at_once(
        lambda index: book(bookings, index, phone=phone(1), starts_at=at(8 + index % 4), procedure_code="1.000001"), 12
    )
    assert len(made) == 1
    assert sum(errors.values()) == 11
    assert set(errors) <= {ErrorCode.BOOKING_FIELD_LIMIT, ErrorCode.BOOKING_LIMIT}
    assert consistent() == 1


def test_one_key_many_times(bookings: Bookings, consistent: Check) -> None:
    made, errors = at_once(lambda index: book(bookings, 1))
    assert not errors
    assert len(made) == THREADS
    assert len(set(made)) == 1
    assert consistent() == 1


def test_many_guesses_at_once_count_one_by_one(bookings: Bookings) -> None:
    made = book(bookings, 1)
    _, errors = at_once(lambda index: bookings.get(made.id, f"AAAA22{index:02d}"), 16)
    assert errors == {ErrorCode.BOOKING_SECRET_WRONG: 5, ErrorCode.BOOKING_SECRET_PAUSED: 11}


def test_cancel_and_move_of_one_appointment_at_once(bookings: Bookings, consistent: Check) -> None:
    mine = book(bookings, 1)

    def change(index: int) -> Appointment:
        if index % 2:
            return bookings.cancel(mine.id, mine.secret)
        return bookings.move(mine.id, mine.secret, at(10 + index // 2 % 4 if index // 2 % 4 < 2 else 13))

    _, errors = at_once(change, 8)
    assert set(errors) <= {ErrorCode.BOOKING_STATE}
    assert bookings.get(mine.id, mine.secret).state is State.CANCELLED
    assert consistent() == 0


def test_moves_that_swap_slots(bookings: Bookings, consistent: Check) -> None:
    made = [book(bookings, index, starts_at=at(9 if index % 2 else 10)) for index in range(6)]
    moved, errors = at_once(lambda i: bookings.move(made[i].id, made[i].secret, at(10 if i % 2 else 9)), 6)
    assert len(moved) + sum(errors.values()) == 6
    assert set(errors) <= {ErrorCode.SLOT_TAKEN}
    assert consistent() == 6


@pytest.mark.parametrize("seed", [1, 2])
def test_random_life(bookings: Bookings, clock: FixedClock, consistent: Check, seed: int) -> None:
    """Bookings, holds, confirmations, moves, cancellations and expiry in any order, on few slots."""
    times = [at(9), at(9, 15), at(10), at(14), at(9, day=26)]
    mine: dict[int, Appointment] = {}

    def live(index: int) -> Appointment:
        dice = random.Random(f"{seed}-{index}")
        last: Appointment | None = None
        for step in range(6):
            key, own = f"key-{seed}-{index}-{step}", mine.get(index)
            try:
                action = dice.choice(["book", "hold", "confirm", "move", "cancel", "expire"])
                if action == "book":
                    last = mine[index] = book(bookings, index, starts_at=dice.choice(times), idempotency_key=key)
                elif action == "hold":
                    last = mine[index] = bookings.hold(
                        branch_id="CN01",
                        starts_at=dice.choice(times),
                        conversation=f"web:{index}",
                        idempotency_key=key,
                    )
                elif action == "expire":
                    bookings.expire_holds()
                elif own and action == "confirm":
                    bookings.confirm(own.id, own.secret, phone=phone(index), consent=True, idempotency_key=key)
                elif own and action == "move":
                    bookings.move(own.id, own.secret, dice.choice(times))
                elif own:
                    bookings.cancel(own.id, own.secret)
            except TthcError as error:
                assert error.code not in (ErrorCode.DATABASE_DOWN, ErrorCode.INTERNAL)  # noqa: PT017
        return last or book(bookings, 1000 + index, starts_at=at(15), idempotency_key=f"end-{seed}-{index}")

    for _ in range(2):
        at_once(live, 12)
        consistent()
        clock.advance(minutes=11)
        bookings.expire_holds()
        consistent()
