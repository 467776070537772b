"""A booking system on each database, with a clock that tests set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.models import AppointmentRow, QuotaRow, SeatRow
from actions.appointments.opening import Lane, opening
from actions.appointments.port import State
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.personal import PersonalKeys
from tests.actions.databases import database, database_url

__all__ = ["database", "database_url"]

MONDAY = dt.datetime(2026, 11, 23, 7, 30, tzinfo=HANOI)  # Tuesday 24/11 is a holiday
BOOKING_KEY = "k" * 32
DATA_KEY = Fernet.generate_key().decode()
FIELDS = {"1.000001": "Hộ tịch", "1.000002": "Hộ tịch", "1.000003": "Đất đai"}


def at(hour: int, minute: int = 0, day: int = 25) -> dt.datetime:
    """A moment of November 2026 in Hanoi; the 25th is an ordinary Wednesday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


def phone(index: int) -> str:
    return f"09{index:08d}"


def make_bookings(
    database: Database, clock: FixedClock, data_key: str = DATA_KEY, plan: SlotPlan | None = None
) -> Bookings:
    plan = plan or SlotPlan(branches(), calendar(), opening())
    return Bookings(database, plan, clock, PersonalKeys(BOOKING_KEY, data_key), lambda code: FIELDS.get(code, ""))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY)


@pytest.fixture
def bookings(database: Database, clock: FixedClock) -> Bookings:
    return make_bookings(database, clock)


@pytest.fixture
def consistent(database: Database, clock: FixedClock) -> Callable[[], int]:
    """Checks what must hold at every moment; gives the number of confirmed appointments."""

    def check() -> int:
        with database.begin() as session:
            if not database.is_sqlite:  # one snapshot: a killed client's last commit may still be under way
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            rows = {row.id: row for row in session.scalars(select(AppointmentRow))}
            seats = list(session.scalars(select(SeatRow)))
            quotas = list(session.scalars(select(QuotaRow)))
        return check_invariants(rows, seats, quotas, clock.now())

    return check


def check_invariants(
    rows: dict[str, AppointmentRow], seats: list[SeatRow], quotas: list[QuotaRow], now: dt.datetime
) -> int:
    confirmed = [row for row in rows.values() if row.state == State.CONFIRMED]
    places = [(row.branch_id, row.starts_at, row.seat) for row in confirmed]
    assert len(places) == len(set(places)), "double booking"
    taken = [seat for seat in seats if seat.free_at is None]
    booked = {(seat.branch_id, seat.starts_at, seat.seat): seat.appointment_id for seat in taken}
    assert booked == {(row.branch_id, row.starts_at, row.seat): row.id for row in confirmed}
    running = {seat.appointment_id for seat in seats if seat.free_at and seat.free_at > now}
    for row in rows.values():
        if row.state == State.HELD and row.expires_at and row.expires_at > now:
            assert row.id in running, "a running hold without its seat"
        assert any(row.seat in seats for seats in opening().of(row.branch_id).seats(Lane(row.lane)))
    numbers = [(row.branch_id, row.day, row.number) for row in rows.values() if row.number]
    assert len(numbers) == len(set(numbers)), "a ticket number twice"
    assert all(row.number for row in confirmed)
    for row in confirmed:
        days = [quota for quota in quotas if quota.appointment_id == row.id and quota.token.startswith("day:")]
        assert [quota.day for quota in days] == [row.day]
    assert {quota.appointment_id for quota in quotas} == {row.id for row in confirmed}
    return len(confirmed)
