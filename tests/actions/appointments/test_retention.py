from __future__ import annotations

from sqlalchemy import select

from actions.appointments.booking import Bookings
from actions.appointments.models import AppointmentRow, QuotaRow
from actions.appointments.port import State
from actions.appointments.retention import Retention
from actions.clock import FixedClock
from actions.database import Database

from .conftest import at, phone


def book(bookings: Bookings, conversation: str, index: int, day: int = 25) -> tuple[str, str]:
    made = bookings.book(
        branch_id="CN01",
        starts_at=at(9, day=day),
        conversation=conversation,
        phone=phone(index),
        consent=True,
        idempotency_key=f"key-{index}",
        name="Nguyễn Văn An",
    )
    return made.id, made.secret


def personal(database: Database, appointment_id: str) -> list[str | None]:
    with database.begin() as session:
        row = session.get_one(AppointmentRow, appointment_id)
        return [row.name, row.phone, row.phone_hash, None if row.conversation == "erased" else row.conversation]


def test_past_appointments_lose_their_personal_data(
    bookings: Bookings, database: Database, clock: FixedClock
) -> None:
    old, _ = book(bookings, "web:a", 1)
    retention = Retention(database, clock, days=30)
    clock.advance(days=31)
    assert retention.erase_past() == 0
    clock.advance(days=2)
    assert retention.erase_past() == 1
    assert retention.erase_past() == 0
    assert personal(database, old) == [None] * 4
    with database.begin() as session:
        assert session.scalars(select(QuotaRow)).all() == []


def test_a_person_may_ask_sooner(bookings: Bookings, database: Database, clock: FixedClock) -> None:
    mine, secret = book(bookings, "web:a", 1)
    other, _ = book(bookings, "web:b", 2)
    retention = Retention(database, clock, days=30)
    assert retention.erase_conversation("web:a") == 1
    name, number, limit, conversation = personal(database, mine)
    assert (name, number, conversation) == (None, None, None)
    assert limit is not None
    assert None not in personal(database, other)
    moved = bookings.move(mine, secret, at(10, day=26))
    assert (moved.state, moved.starts_at) == (State.CONFIRMED, at(10, day=26))
    clock.advance(days=40)
    assert retention.erase_past() == 2
    assert personal(database, mine) == [None] * 4
