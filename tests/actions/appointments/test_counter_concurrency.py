"""Many officers at once: nobody is checked in, called, counted or numbered twice."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from actions.appointments.booking import Bookings
from actions.appointments.counter_port import ActKind, CounterPort, Lane, Visit, VisitState
from actions.clock import FixedClock
from knowledge_base.errors import ErrorCode, TthcError

from .conftest import at
from .test_counter import HERE, book, counter, on_the_day

__all__ = ["counter"]
THREADS = 32
TODAY = at(8).date()


def at_once(call: Callable[[int], Any], count: int = THREADS) -> tuple[list[Any], Tally[ErrorCode]]:
    start = threading.Barrier(count)

    def run(index: int) -> Any:
        start.wait()
        try:
            return call(index)
        except TthcError as error:
            return error.code

    with ThreadPoolExecutor(count) as pool:
        results = list(pool.map(run, range(count)))
    done = [result for result in results if not isinstance(result, ErrorCode)]
    return done, Tally(result for result in results if isinstance(result, ErrorCode))


def kinds(counter: CounterPort) -> Tally[str]:
    return Tally(act.kind for act in counter.acts(HERE, TODAY))


def test_one_ticket_scanned_by_all(counter: CounterPort, bookings: Bookings, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    done, errors = at_once(lambda index: counter.check_in(HERE, mine.number, f"officer-{index}"))
    assert len(done) == 1
    assert errors == {ErrorCode.COUNTER_ALREADY_IN: THREADS - 1}
    assert kinds(counter) == {"check_in": 1}


def test_all_call_the_same_person(counter: CounterPort, bookings: Bookings, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    seen = counter.check_in(HERE, mine.number, "a")
    done, errors = at_once(lambda index: counter.call(HERE, mine.id, seen.version, f"officer-{index}"))
    assert len(done) == 1
    assert errors == {ErrorCode.COUNTER_CHANGED: THREADS - 1}
    assert counter.day(HERE).visits == (done[0],)
    assert kinds(counter) == {"check_in": 1, "call": 1}


def test_all_press_next(counter: CounterPort, clock: FixedClock) -> None:
    on_the_day(clock)
    waiting = {counter.walk_in(HERE, "a", f"walk-in-{index}").number for index in range(12)}
    done, errors = at_once(lambda index: counter.call_next(HERE, f"officer-{index}", str(index)))
    assert {visit.number for visit in done} == waiting
    assert len(done) == len(waiting)
    assert errors == {ErrorCode.COUNTER_NOBODY: THREADS - len(waiting)}


def test_many_walk_ins(counter: CounterPort, clock: FixedClock) -> None:
    on_the_day(clock, 15, 20)  # three slots of four seats are left
    done, errors = at_once(lambda index: counter.walk_in(HERE, f"officer-{index}", f"walk-in-{index}"))
    assert len({visit.number for visit in done}) == len(done) == 12
    assert set(Tally(visit.starts_at for visit in done).values()) == {4}
    assert errors == {ErrorCode.COUNTER_FULL: THREADS - 12}


def test_one_walk_in_pressed_many_times(counter: CounterPort, clock: FixedClock) -> None:
    on_the_day(clock)
    done, errors = at_once(lambda index: counter.walk_in(HERE, "a", "the-same-key"))
    assert not errors
    assert {visit.number for visit in done} == {"A-001"}
    assert len(counter.day(HERE).visits) == 1
    assert kinds(counter) == {"walk_in": 1}


def test_walk_ins_and_bookings_share_the_seats(counter: CounterPort, bookings: Bookings, clock: FixedClock) -> None:
    on_the_day(clock, 15, 10)

    def take(index: int) -> Any:
        if index % 2:
            return counter.walk_in(HERE, "a", f"walk-in-{index}")
        return book(bookings, index, hour=15, minute=45)

    done, errors = at_once(take)
    assert len({one.number for one in done}) == len(done) == 16  # 15:00, 15:15, 15:30, 15:45
    assert sum(errors.values()) == THREADS - 16
    assert set(errors) <= {ErrorCode.COUNTER_FULL, ErrorCode.SLOT_TAKEN}


def test_one_act_is_undone_once(counter: CounterPort, bookings: Bookings, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    counter.check_in(HERE, mine.number, "a")
    done, errors = at_once(lambda index: counter.undo(HERE, "a"))
    assert [visit.state for visit in done] == [VisitState.EXPECTED]
    assert set(errors) <= {ErrorCode.COUNTER_UNDO_LATE, ErrorCode.COUNTER_NOTHING_TO_UNDO}
    assert kinds(counter) == {"check_in": 1, "undo": 1}


def test_a_cancellation_races_a_check_in(counter: CounterPort, bookings: Bookings, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)

    def change(index: int) -> Any:
        if index % 2:
            return bookings.cancel(mine.id, mine.secret)
        return counter.check_in(HERE, mine.number, "a")

    _, errors = at_once(change, 8)
    assert ErrorCode.DATABASE_DOWN not in errors
    assert counter.day(HERE).visits == ()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_busy_morning(counter: CounterPort, bookings: Bookings, clock: FixedClock, seed: int) -> None:
    """Twelve officers do anything, in any order; the trail of each appointment is one unbroken chain."""
    for index in range(12):
        book(bookings, index, hour=9 + index % 3)
    on_the_day(clock)

    def work(index: int) -> None:
        dice, me = random.Random(f"{seed}-{index}"), f"officer-{index}"
        for step in range(12):
            visits = counter.day(HERE).visits
            one: Visit = dice.choice(visits)
            try:
                match dice.choice(["in", "in", "walk", "next", "next", "call", "missed", "served", "lane", "undo"]):
                    case "in":
                        counter.check_in(HERE, one.number, me)
                    case "walk":
                        counter.walk_in(HERE, me, f"walk-{index}-{step}")
                    case "next":
                        counter.call_next(HERE, me, str(index))
                    case "call":
                        counter.call(HERE, one.appointment_id, one.version, me)
                    case "missed":
                        counter.missed(HERE, one.appointment_id, one.version, me)
                    case "served":
                        counter.served(HERE, one.appointment_id, one.version, me)
                    case "lane":
                        counter.set_lane(HERE, one.appointment_id, one.version, me, dice.choice(list(Lane)))
                    case "undo":
                        counter.undo(HERE, me)
            except TthcError as error:
                assert error.code not in (ErrorCode.DATABASE_DOWN, ErrorCode.INTERNAL)  # noqa: PT017

    at_once(work, 12)
    chains: dict[str, list[Any]] = {}
    for act in counter.acts(HERE, TODAY):
        chains.setdefault(act.subject, []).append(act)
    for chain in chains.values():
        for earlier, later in itertools.pairwise(chain):
            assert later.before == earlier.after
            if later.kind == ActKind.CALL:
                assert int(str(later.after["calls"])) == int(str(later.before["calls"])) + 1
    assert any(len(chain) > 3 for chain in chains.values())
