"""The queue of a day: states, codes, walk-ins, undo, search, audit trail.  Every queue is held to this suite: ours on
both databases, and one in memory."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.counter import Counter
from actions.appointments.counter_fake import FakeCounter
from actions.appointments.counter_port import ActKind, CounterPort, Lane, Visit, VisitState
from actions.appointments.opening import opening
from actions.appointments.port import Appointment, State
from actions.appointments.slots import SlotPlan
from actions.appointments.ticket import qr_content
from actions.clock import FixedClock
from actions.database import Database
from actions.personal import PersonalKeys, new_id
from knowledge_base.errors import Conflict, ErrorCode, NotFound, TthcError

from .conftest import BOOKING_KEY, DATA_KEY, at, make_bookings, phone

MEMORY = "memory"
BY, OTHER = "officer-a", "officer-b"
HERE = "CN01"


def make_counter(database: Database, clock: FixedClock) -> CounterPort:
    plan = SlotPlan(branches(), calendar(), opening())
    return Counter(database, plan, clock, PersonalKeys(BOOKING_KEY, DATA_KEY))


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the queue is: on each database, or in memory, as a queue of the city's own would be elsewhere."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'appointments.sqlite'}"
    url: str = request.getfixturevalue("postgres_database") if request.param == "postgresql" else MEMORY
    return url


@pytest.fixture
def counter(request: pytest.FixtureRequest, database_url: str, clock: FixedClock) -> CounterPort:
    if database_url == MEMORY:
        return FakeCounter(SlotPlan(branches(), calendar(), opening()), clock)
    return make_counter(request.getfixturevalue("database"), clock)


@pytest.fixture
def bookings(
    request: pytest.FixtureRequest, database_url: str, counter: CounterPort, clock: FixedClock
) -> Bookings | CitySide:
    """Who makes the appointments that the queue is told of."""
    if isinstance(counter, FakeCounter):
        return CitySide(counter, clock)
    return make_bookings(request.getfixturevalue("database"), clock)


class CitySide:
    """Makes appointments elsewhere and tells the queue in memory of them."""

    def __init__(self, counter: FakeCounter, clock: FixedClock) -> None:
        self._counter = counter
        self._clock = clock
        self._made: dict[str, Appointment] = {}

    def book(
        self,
        *,
        branch_id: str,
        starts_at: dt.datetime,
        phone: str,
        name: str,
        state: State = State.CONFIRMED,
        **_: object,
    ) -> Appointment:
        number = self._counter.next_number(branch_id, starts_at.date()) if state is State.CONFIRMED else ""
        made = Appointment(
            id=new_id(), branch_id=branch_id, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=15),
            state=state, number=number, procedure_code="", expires_at=None, updated_at=self._clock.now(), version=1,
            view_key="0123456789abcdef0123", secret="",
        )  # fmt: skip
        self._counter.expect(made, name, phone)
        self._made[made.id] = made
        return made

    def hold(self, *, branch_id: str, starts_at: dt.datetime, **_: object) -> Appointment:
        return self.book(branch_id=branch_id, starts_at=starts_at, phone="", name="", state=State.HELD)

    def cancel(self, appointment_id: str, _secret: str) -> None:
        self._counter.expect(dataclasses.replace(self._made[appointment_id], state=State.CANCELLED))

    def move(self, appointment_id: str, _secret: str, new_start: dt.datetime) -> Appointment:
        one = self._made[appointment_id]
        number = one.number
        if new_start.date() != one.starts_at.date():
            number = self._counter.next_number(one.branch_id, new_start.date())
        moved = dataclasses.replace(
            one, starts_at=new_start, ends_at=new_start + dt.timedelta(minutes=15), number=number
        )
        self._made[appointment_id] = moved
        self._counter.expect(moved)
        return moved


def book(bookings: Bookings | CitySide, index: int = 1, branch: str = HERE, **when: int) -> Appointment:
    moment = at(**({"hour": 9, "day": 25} | when))
    return bookings.book(
        branch_id=branch, starts_at=moment, conversation="web:a", phone=phone(index), consent=True,
        idempotency_key=f"key-{branch}-{index}-{moment}", name="Nguyễn Văn An",
    )  # fmt: skip


def on_the_day(clock: FixedClock, hour: int = 8, minute: int = 30) -> None:
    clock.moment = at(hour, minute)


def refusal(call: object, *args: object, **more: object) -> ErrorCode:
    with pytest.raises(TthcError) as caught:
        call(*args, **more)  # type: ignore[operator]
    return caught.value.code


def numbers(counter: CounterPort) -> list[str]:
    return [visit.number for visit in counter.day(HERE).visits]


def test_a_whole_visit(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    (expected,) = counter.day(HERE).visits
    assert (expected.state, expected.number, expected.version) == (VisitState.EXPECTED, mine.number, 0)
    assert (expected.name, expected.phone_end) == ("Nguyễn Văn An", phone(1)[-3:])
    here = counter.check_in(HERE, qr_content(mine, "https://tthc.test"), BY)
    assert (here.state, here.arrived_at, here.queued_at) == (VisitState.WAITING, at(8, 30), at(9))
    called = counter.call_next(HERE, BY, "3")
    assert (called.state, called.calls, called.desk) == (VisitState.CALLED, 1, "3")
    served = counter.served(HERE, mine.id, called.version, BY)
    assert served.state is VisitState.SERVED
    assert counter.day(HERE).visits == (served,)


@pytest.mark.parametrize("typed", ["{number}", "{short}", "a{short}", "{number} {id}", "{id}", "  {number}  "])
def test_codes_that_are_read(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock, typed: str
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    code = typed.format(number=mine.number, short=int(mine.number[2:]), id=mine.id)
    assert counter.check_in(HERE, code, BY).appointment_id == mine.id


def test_codes_that_are_refused(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    mine, other, later = book(bookings), book(bookings, 2, branch="CN03"), book(bookings, 3, day=26)
    cancelled = book(bookings, 4, hour=10)
    bookings.cancel(cancelled.id, cancelled.secret)
    held = bookings.hold(branch_id=HERE, starts_at=at(11), conversation="web:h", idempotency_key="hold-0001")
    on_the_day(clock)
    link = qr_content(mine, "https://tthc.test")
    for code, wanted in {
        link.replace(mine.view_key, "0" * 20): ErrorCode.COUNTER_CODE_UNKNOWN,
        link.replace("aa", "â").replace("ee", "ê").replace("ve", "vé"): ErrorCode.COUNTER_CODE_TELEX,
        "A-999": ErrorCode.COUNTER_CODE_UNKNOWN,
        "B-001": ErrorCode.COUNTER_CODE_UNKNOWN,
        "a" * 16: ErrorCode.COUNTER_CODE_UNKNOWN,
        "": ErrorCode.COUNTER_CODE_UNREADABLE,
        "0": ErrorCode.COUNTER_CODE_UNREADABLE,
        "'; drop table": ErrorCode.COUNTER_CODE_UNREADABLE,
        "x" * 900: ErrorCode.COUNTER_CODE_UNREADABLE,
        qr_content(other, ""): ErrorCode.COUNTER_OTHER_BRANCH,
        qr_content(later, ""): ErrorCode.COUNTER_OTHER_DAY,
        qr_content(cancelled, ""): ErrorCode.COUNTER_CANCELLED,
        held.id: ErrorCode.COUNTER_UNCONFIRMED,
    }.items():
        assert refusal(counter.check_in, HERE, code, BY) is wanted, code
    assert counter.acts(HERE, at(8).date()) == []


def test_the_same_person_is_not_checked_in_twice(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    counter.check_in(HERE, mine.number, BY)
    with pytest.raises(Conflict) as caught:
        counter.check_in(HERE, mine.number, OTHER)
    assert caught.value.code is ErrorCode.COUNTER_ALREADY_IN
    assert caught.value.data == {"number": mine.number, "time": "08:30"}


def test_the_order_of_calls(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    """Priority first; then by the later of slot and arrival, so neither early birds nor latecomers jump."""
    nine, ten, late, old = (book(bookings, i, hour=hour) for i, hour in enumerate((9, 10, 9, 11), 1))
    on_the_day(clock)
    for one in (ten, nine):
        counter.check_in(HERE, one.number, BY)
    counter.check_in(HERE, old.number, BY, Lane.PRIORITY)
    on_the_day(clock, 10, 30)
    counter.check_in(HERE, late.number, BY)
    assert numbers(counter) == [one.number for one in (old, nine, ten, late)]
    assert counter.call_next(HERE, BY, lane=Lane.ORDINARY).number == nine.number
    assert [counter.call_next(HERE, BY).number for _ in range(3)] == [one.number for one in (old, ten, late)]
    assert refusal(counter.call_next, HERE, BY) is ErrorCode.COUNTER_NOBODY


def called(counter: CounterPort, visit: Visit, times: int) -> Visit:
    for _ in range(times):
        visit = counter.call(HERE, visit.appointment_id, visit.version, BY)
    return visit


def test_missed_after_three_calls_and_back_again(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    visit = counter.check_in(HERE, mine.number, BY)
    assert refusal(counter.missed, HERE, mine.id, visit.version, BY) is ErrorCode.COUNTER_CHANGED
    visit = called(counter, visit, 2)
    assert refusal(counter.missed, HERE, mine.id, visit.version, BY) is ErrorCode.COUNTER_CALLS_LEFT
    visit = called(counter, visit, 1)
    assert refusal(counter.call, HERE, mine.id, visit.version, BY) is ErrorCode.COUNTER_CALLS_DONE
    visit = counter.missed(HERE, mine.id, visit.version, BY)
    assert visit.state is VisitState.MISSED
    on_the_day(clock, 9, 40)
    back = counter.check_in(HERE, mine.number, BY)
    assert (back.state, back.calls, back.queued_at) == (VisitState.WAITING, 0, at(9, 40))


def test_an_old_version_changes_nothing(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    seen = counter.check_in(HERE, mine.number, BY)
    counter.set_lane(HERE, mine.id, seen.version, OTHER, Lane.PRIORITY)
    before = counter.day(HERE)
    assert refusal(counter.call, HERE, mine.id, seen.version, BY) is ErrorCode.COUNTER_CHANGED
    assert refusal(counter.set_lane, HERE, mine.id, seen.version, BY, Lane.ORDINARY) is ErrorCode.COUNTER_CHANGED
    assert counter.day(HERE) == before


def test_another_branch_and_a_cancelled_one_cannot_be_touched(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    visit = counter.check_in(HERE, mine.number, BY)
    assert refusal(counter.call, "CN02", mine.id, visit.version, BY) is ErrorCode.COUNTER_CODE_UNKNOWN
    assert refusal(counter.phone, "CN02", mine.id, BY) is ErrorCode.COUNTER_CODE_UNKNOWN
    bookings.cancel(mine.id, mine.secret)
    assert refusal(counter.call, HERE, mine.id, visit.version, BY) is ErrorCode.COUNTER_CODE_UNKNOWN
    assert refusal(counter.call_next, HERE, BY) is ErrorCode.COUNTER_NOBODY
    assert counter.day(HERE).visits == ()


def test_moved_to_another_day_begins_anew(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    counter.check_in(HERE, mine.number, BY)
    moved = bookings.move(mine.id, mine.secret, at(9, day=26))
    assert counter.day(HERE).visits == ()
    clock.moment = at(8, day=26)
    assert counter.check_in(HERE, moved.number, BY).state is VisitState.WAITING


def test_undo_goes_back_step_by_step(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    mine = book(bookings)
    on_the_day(clock)
    states = []
    visit = called(counter, counter.check_in(HERE, mine.number, BY), 3)
    counter.missed(HERE, mine.id, visit.version, BY)
    for _ in range(5):
        visit = counter.undo(HERE, BY)
        states.append((visit.state, visit.calls))
    assert states == [
        (VisitState.CALLED, 3), (VisitState.CALLED, 2), (VisitState.CALLED, 1), (VisitState.WAITING, 0),
        (VisitState.EXPECTED, 0),
    ]  # fmt: skip
    assert refusal(counter.undo, HERE, BY) is ErrorCode.COUNTER_NOTHING_TO_UNDO
    assert counter.check_in(HERE, mine.number, BY).state is VisitState.WAITING


def test_undo_is_ones_own_and_not_over_others(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine = book(bookings)
    on_the_day(clock)
    visit = counter.check_in(HERE, mine.number, BY)
    assert refusal(counter.undo, HERE, OTHER) is ErrorCode.COUNTER_NOTHING_TO_UNDO
    counter.call(HERE, mine.id, visit.version, OTHER)
    assert refusal(counter.undo, HERE, BY) is ErrorCode.COUNTER_UNDO_LATE
    assert counter.undo(HERE, OTHER).state is VisitState.WAITING
    assert counter.undo(HERE, BY).state is VisitState.EXPECTED


def test_walk_ins_stop_when_the_day_is_full_or_over(counter: CounterPort, clock: FixedClock) -> None:
    on_the_day(clock, 15, 45)
    for index in range(4):
        assert counter.walk_in(HERE, BY, f"walk-in-{index}").starts_at == at(15, 45)
    assert refusal(counter.walk_in, HERE, BY, "walk-in-5") is ErrorCode.COUNTER_FULL
    on_the_day(clock, 16, 0)
    assert refusal(counter.walk_in, HERE, BY, "walk-in-6") is ErrorCode.COUNTER_CLOSED
    clock.moment = at(9, day=24)  # a holiday
    assert refusal(counter.walk_in, HERE, BY, "walk-in-7") is ErrorCode.COUNTER_CLOSED
    assert len(counter.day(HERE).visits) == 0


def test_search(counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock) -> None:
    mine = [book(bookings, index, hour=9 + index % 2) for index in (101, 102, 2101)]
    on_the_day(clock)

    def found(text: str) -> set[str]:
        return {visit.number for visit in counter.find(HERE, text, BY)}

    one, two, three = (each.number for each in mine)
    assert found("101") == {one, three}
    assert found("2101") == {three}
    assert found("0900 000 102") == {two}
    assert found("+84 900000102") == {two}
    assert found("0900000999") == set()
    assert found("2") == {two}
    assert found("A-003") == {three}
    assert found("000") == set()
    assert found(qr_content(mine[0], "https://tthc.test")) == {one}
    searched = [act for act in counter.acts(HERE, at(8).date()) if act.kind == ActKind.PHONE_SEARCH]
    assert len(searched) == 4
    assert refusal(counter.find, HERE, "Nguyễn", BY) is ErrorCode.COUNTER_CODE_UNREADABLE


def test_a_phone_is_shown_to_the_trail_first(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    mine, later = book(bookings), book(bookings, 2, day=26)
    on_the_day(clock)
    assert counter.phone(HERE, mine.id, BY) == phone(1)
    (act,) = counter.acts(HERE, at(8).date())
    assert (act.kind, act.officer_id, act.subject, act.number) == (ActKind.PHONE_SHOWN, BY, mine.id, mine.number)
    with pytest.raises(NotFound):
        counter.phone(HERE, later.id, BY)


def test_the_revision_changes_with_everything(
    counter: CounterPort, bookings: Bookings | CitySide, clock: FixedClock
) -> None:
    clock.moment = at(7)
    seen = [counter.revision(HERE)]

    def changed() -> bool:
        seen.append(counter.revision(HERE))
        assert counter.day(HERE).revision == seen[-1]
        return seen[-1] not in seen[:-1]

    mine = book(bookings)
    assert changed()
    bookings.move(mine.id, mine.secret, at(10))
    assert changed()
    visit = counter.check_in(HERE, mine.number, BY)
    assert changed()
    counter.call(HERE, mine.id, visit.version, BY)
    assert changed()
    counter.undo(HERE, BY)
    assert changed()
    assert not changed()


def test_an_unknown_branch(counter: CounterPort) -> None:
    assert refusal(counter.day, "CN99") is ErrorCode.BRANCH_UNKNOWN
    assert refusal(counter.walk_in, "CN99", BY, "walk-in-1") is ErrorCode.BRANCH_UNKNOWN
