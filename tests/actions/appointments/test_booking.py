"""One caller at a time: every rule of a booking, on both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from sqlalchemy import select

from actions.appointments.booking import Bookings
from actions.appointments.models import AppointmentRow, ConsentRow
from actions.appointments.port import Appointment, State
from actions.clock import FixedClock
from actions.database import Database
from actions.personal import ALPHABET, PersonalKeys
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound, Refused, TthcError

from .conftest import BOOKING_KEY, DATA_KEY, at, phone

Check = Callable[[], int]


def hold(bookings: Bookings, key: str = "hold-1", conversation: str = "web:a", **changes: object) -> Appointment:
    wanted: dict[str, object] = {"branch_id": "CN01", "starts_at": at(9), "procedure_code": "1.000001"} | changes
    return bookings.hold(conversation=conversation, idempotency_key=key, **wanted)  # type: ignore[arg-type]


def book(bookings: Bookings, key: str = "book-1", **changes: object) -> Appointment:
    wanted: dict[str, object] = {"branch_id": "CN01", "starts_at": at(9), "phone": phone(1), "consent": True} | changes
    return bookings.book(conversation="api:test", idempotency_key=key, **wanted)  # type: ignore[arg-type]


def refused(code: ErrorCode, kind: type[TthcError] = TthcError) -> pytest.RaisesExc[TthcError]:
    return pytest.RaisesExc(kind, check=lambda error: error.code is code)


def test_hold_confirm_get_cancel(bookings: Bookings, consistent: Check) -> None:
    held = hold(bookings)
    assert held.state is State.HELD
    assert held.number == ""
    assert held.expires_at == at(7, 40, day=23)
    assert len(held.secret) >= 6
    assert set(held.secret) <= set(ALPHABET)
    done = bookings.confirm(
        held.id, held.secret, phone="+84 912 345 678", consent=True, idempotency_key="c1", name="Nguyễn Thị Hoà"
    )
    assert (done.state, done.number, done.expires_at, done.secret) == (State.CONFIRMED, "A-001", None, "")
    assert bookings.get(held.id, f" {held.secret.lower()[:4]}-{held.secret.lower()[4:]} ") == done
    assert consistent() == 1
    cancelled = bookings.cancel(held.id, held.secret)
    assert cancelled.state is State.CANCELLED
    assert consistent() == 0


def test_personal_fields_are_stored_encrypted_with_proof_of_consent(bookings: Bookings, database: Database) -> None:
    book(bookings, phone="0912345678", name="Trần Văn Bình")
    with database.begin() as session:
        row = session.scalars(select(AppointmentRow)).one()
        consent = session.scalars(select(ConsentRow)).one()
    stored = repr({column.name: getattr(row, column.name) for column in AppointmentRow.__table__.columns})
    assert "912345678" not in stored
    assert "Bình" not in stored
    keys = PersonalKeys(BOOKING_KEY, DATA_KEY)
    assert row.phone is not None
    assert row.name is not None
    assert (keys.decrypt(row.phone), keys.decrypt(row.name)) == ("0912345678", "Trần Văn Bình")
    assert (consent.appointment_id, consent.channel) == (row.id, "api")
    assert consent.text_version.startswith("booking-")
    assert consent.given_at == at(7, 30, day=23)


def test_a_slot_has_as_many_seats_as_counters(bookings: Bookings, consistent: Check) -> None:
    for index in range(4):
        book(bookings, f"key-{index}", phone=phone(index))
    slot = next(slot for slot in bookings.slots("CN01", at(9).date()) if slot.starts_at == at(9))
    assert (slot.capacity, slot.free) == (4, 0)
    with refused(ErrorCode.SLOT_TAKEN, Conflict):
        book(bookings, "key-5", phone=phone(5))
    assert consistent() == 4


def test_hold_runs_out_and_its_seat_goes_to_another(bookings: Bookings, clock: FixedClock, consistent: Check) -> None:
    first = hold(bookings)
    for index in range(3):
        hold(bookings, f"h{index}", f"web:{index}")
    with refused(ErrorCode.SLOT_TAKEN):
        hold(bookings, "late", "web:late")
    clock.advance(minutes=10)
    for index in range(4):
        book(bookings, f"key-{index}", phone=phone(index))
    with refused(ErrorCode.HOLD_EXPIRED, Conflict):
        bookings.confirm(first.id, first.secret, phone=phone(9), consent=True, idempotency_key="c1")
    assert bookings.get(first.id, first.secret).state is State.EXPIRED
    assert consistent() == 4


def test_expire_holds_frees_seats_once(bookings: Bookings, clock: FixedClock, consistent: Check) -> None:
    held = [hold(bookings, f"h{index}", f"web:{index}") for index in range(3)]
    assert bookings.expire_holds() == 0
    clock.advance(minutes=11)
    assert bookings.expire_holds() == 3
    assert bookings.expire_holds() == 0
    assert {bookings.get(one.id, one.secret).state for one in held} == {State.EXPIRED}
    assert all(slot.free == 4 for slot in bookings.slots("CN01", at(9).date()))
    assert consistent() == 0


def test_a_new_hold_gives_back_the_conversations_earlier_one(bookings: Bookings, consistent: Check) -> None:
    first = hold(bookings)
    second = hold(bookings, "hold-2", starts_at=at(10))
    assert bookings.get(first.id, first.secret).state is State.CANCELLED
    assert bookings.get(second.id, second.secret).state is State.HELD
    assert next(slot for slot in bookings.slots("CN01", at(9).date()) if slot.starts_at == at(9)).free == 4
    assert consistent() == 0


def test_a_cancelled_seat_is_withheld_for_ten_minutes(bookings: Bookings, clock: FixedClock, consistent: Check) -> None:
    made = [book(bookings, f"key-{index}", phone=phone(index)) for index in range(4)]
    bookings.cancel(made[0].id, made[0].secret)
    with refused(ErrorCode.SLOT_TAKEN):
        book(bookings, "trade", phone=phone(8))
    clock.advance(minutes=10)
    book(bookings, "trade", phone=phone(8))
    assert consistent() == 4


def test_limits_of_a_person(bookings: Bookings, consistent: Check) -> None:
    book(bookings, "b1", starts_at=at(9), procedure_code="1.000001")
    with refused(ErrorCode.BOOKING_FIELD_LIMIT, Refused):
        book(bookings, "b2", starts_at=at(10), procedure_code="1.000002", phone="84" + phone(1)[1:])
    second = book(bookings, "b3", starts_at=at(10), procedure_code="1.000003")
    with refused(ErrorCode.BOOKING_LIMIT, Refused):
        book(bookings, "b4", starts_at=at(11), branch_id="CN02")
    book(bookings, "b5", starts_at=at(9, day=26), procedure_code="1.000001")
    book(bookings, "b6", phone=phone(2), procedure_code="1.000001")
    bookings.cancel(second.id, second.secret)
    book(bookings, "b7", starts_at=at(11))
    assert consistent() == 4


def test_move_keeps_the_old_time_until_the_new_one_is_sure(
    bookings: Bookings, clock: FixedClock, consistent: Check
) -> None:
    mine = book(bookings, procedure_code="1.000001")
    for index in range(4):
        book(bookings, f"full-{index}", starts_at=at(10), phone=phone(10 + index))
    with refused(ErrorCode.SLOT_TAKEN):
        bookings.move(mine.id, mine.secret, at(10))
    with refused(ErrorCode.SLOT_CLOSED):
        bookings.move(mine.id, mine.secret, at(12, 15))
    assert bookings.get(mine.id, mine.secret).starts_at == at(9)
    moved = bookings.move(mine.id, mine.secret, at(14, 30))
    assert (moved.starts_at, moved.number, moved.state) == (at(14, 30), mine.number, State.CONFIRMED)
    other_day = bookings.move(mine.id, mine.secret, at(8, day=27))
    assert (other_day.starts_at, other_day.number) == (at(8, day=27), "A-001")
    assert bookings.move(mine.id, mine.secret, at(8, day=27)) == other_day
    assert consistent() == 5
    clock.advance(minutes=10)
    book(bookings, "again", starts_at=at(9), procedure_code="1.000001")
    assert consistent() == 6


def test_move_to_a_day_that_is_full_for_the_person(bookings: Bookings, consistent: Check) -> None:
    for index in range(2):
        book(bookings, f"day-{index}", starts_at=at(9 + index, day=26))
    mine = book(bookings, "mine")
    with refused(ErrorCode.BOOKING_LIMIT):
        bookings.move(mine.id, mine.secret, at(14, day=26))
    assert bookings.get(mine.id, mine.secret).starts_at == at(9)
    assert consistent() == 3


def test_idempotency(bookings: Bookings, clock: FixedClock, consistent: Check) -> None:
    first = book(bookings)
    clock.advance(minutes=1)
    assert book(bookings) == first
    with refused(ErrorCode.IDEMPOTENCY_MISMATCH, Conflict):
        book(bookings, starts_at=at(10))
    with refused(ErrorCode.IDEMPOTENCY_MISMATCH, Conflict):
        book(bookings, phone=phone(2))
    held = hold(bookings)
    assert hold(bookings) == held
    done = bookings.confirm(held.id, held.secret, phone=phone(3), consent=True, idempotency_key="c")
    assert bookings.confirm(held.id, held.secret, phone=phone(3), consent=True, idempotency_key="c") == done
    with refused(ErrorCode.IDEMPOTENCY_MISMATCH):
        bookings.confirm(held.id, held.secret, phone=phone(4), consent=True, idempotency_key="c")
    assert consistent() == 2


def test_a_failed_request_is_not_remembered(bookings: Bookings) -> None:
    with refused(ErrorCode.SLOT_CLOSED, BadInput):
        book(bookings, starts_at=at(12, 30))
    assert book(bookings).state is State.CONFIRMED


def test_repeat_is_answered_even_when_the_slot_could_no_longer_be_booked(
    bookings: Bookings, clock: FixedClock
) -> None:
    first = book(bookings)
    clock.advance(days=2, hours=3)
    assert book(bookings) == first


def test_states(bookings: Bookings, clock: FixedClock) -> None:
    held = hold(bookings)
    with refused(ErrorCode.BOOKING_STATE, Conflict):
        bookings.move(held.id, held.secret, at(10))
    bookings.cancel(held.id, held.secret)
    for change in (
        lambda: bookings.cancel(held.id, held.secret),
        lambda: bookings.move(held.id, held.secret, at(10)),
        lambda: bookings.confirm(held.id, held.secret, phone=phone(1), consent=True, idempotency_key="c"),
    ):
        with refused(ErrorCode.BOOKING_STATE, Conflict):
            change()
    made = book(bookings)
    with refused(ErrorCode.BOOKING_STATE):
        bookings.confirm(made.id, made.secret, phone=phone(1), consent=True, idempotency_key="c")
    clock.moment = at(9)
    with refused(ErrorCode.BOOKING_STATE):
        bookings.cancel(made.id, made.secret)
    with refused(ErrorCode.BOOKING_STATE):
        bookings.move(made.id, made.secret, at(14))


def test_wrong_secret_is_refused_and_tries_are_limited(bookings: Bookings, clock: FixedClock) -> None:
    made = book(bookings)
    for wrong in ("AAAAAAAA", made.secret[:-1], "", made.id, made.secret + "2"):
        with refused(ErrorCode.BOOKING_SECRET_WRONG, Refused):
            bookings.cancel(made.id, wrong)
    for said in ("BBBBBBBB", made.secret):
        with refused(ErrorCode.BOOKING_SECRET_PAUSED, Refused):
            bookings.get(made.id, said)
    clock.advance(minutes=15)
    assert bookings.get(made.id, made.secret).state is State.CONFIRMED
    with refused(ErrorCode.BOOKING_SECRET_WRONG):
        bookings.get(made.id, "CCCCCCCC")


def test_a_right_secret_clears_the_count(bookings: Bookings) -> None:
    made = book(bookings)
    for _ in range(3):
        for _ in range(4):
            with refused(ErrorCode.BOOKING_SECRET_WRONG):
                bookings.get(made.id, "AAAAAAAA")
        bookings.get(made.id, made.secret)


def test_the_secret_of_one_opens_no_other(bookings: Bookings) -> None:
    one, other = book(bookings), book(bookings, "b2", phone=phone(2))
    with refused(ErrorCode.BOOKING_SECRET_WRONG):
        bookings.cancel(one.id, other.secret)


def test_unknown_appointments_and_view_keys(bookings: Bookings) -> None:
    made = book(bookings)
    with refused(ErrorCode.BOOKING_UNKNOWN, NotFound):
        bookings.get("nothing", made.secret)
    assert bookings.view(made.id, made.view_key) == dataclasses.replace(made, secret="")
    for key in ("", "0" * 20, made.secret):
        with refused(ErrorCode.BOOKING_UNKNOWN, NotFound):
            bookings.view(made.id, key)


def test_what_cannot_be_booked(bookings: Bookings) -> None:
    for code, changes in (
        (ErrorCode.CONSENT_MISSING, {"consent": False}),
        (ErrorCode.PHONE_MALFORMED, {"phone": "12345"}),
        (ErrorCode.BRANCH_UNKNOWN, {"branch_id": "CN99"}),
        (ErrorCode.SLOT_CLOSED, {"branch_id": "DP00004"}),
        (ErrorCode.SLOT_CLOSED, {"starts_at": at(9, day=24)}),
        (ErrorCode.SLOT_CLOSED, {"starts_at": at(9, 5)}),
        (ErrorCode.SLOT_IN_PAST, {"starts_at": at(7, day=23)}),
        (ErrorCode.SLOT_OUT_OF_WINDOW, {"starts_at": at(9, day=30)}),
        (ErrorCode.BAD_REQUEST, {"starts_at": at(9).replace(tzinfo=None)}),
    ):
        with refused(code):
            book(bookings, **changes)  # type: ignore[arg-type]
