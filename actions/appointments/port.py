"""What the assistant asks of a booking system.  Ours is `booking.Bookings`; the city's own may stand here one day.

All calls are synchronous: callers on the event loop use a thread.  Times are aware, Asia/Ho_Chi_Minh in answers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from actions.appointments.opening import Lane
from actions.appointments.slots import Slot


class State(StrEnum):
    """held -> confirmed | cancelled | expired; confirmed -> cancelled.  Nothing leaves cancelled or expired."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Appointment:
    """One appointment, without personal data.

    `number` is the ticket number the counter calls ("A-017"), empty until confirmed.  `secret` is set only in the
    answer to the call that made the appointment (and in its repeats).  `view_key` opens the ticket read-only.
    `version` grows with every change.  `lane` is told when booking: the priority lane is for people of 75 and over.
    """

    id: str
    branch_id: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: State
    number: str
    procedure_code: str
    expires_at: dt.datetime | None
    updated_at: dt.datetime
    version: int
    view_key: str
    secret: str = ""
    lane: Lane = Lane.ORDINARY


class BookingPort(Protocol):
    """Every call may raise Unavailable(DATABASE_DOWN).

    A repeated `idempotency_key` with the same content gets the same answer; with other content it raises
    Conflict(IDEMPOTENCY_MISMATCH).  A call that failed is not remembered.
    """

    def slots(self, branch_id: str, date: dt.date, lane: Lane = Lane.ORDINARY) -> list[Slot]:
        """Slots of that day and lane that may be booked now, full ones included (`free` 0).

        Raises: NotFound(BRANCH_UNKNOWN).
        """

    def hold(
        self,
        *,
        branch_id: str,
        starts_at: dt.datetime,
        conversation: str,
        idempotency_key: str,
        procedure_code: str | None = None,
        lane: Lane = Lane.ORDINARY,
    ) -> Appointment:
        """A seat kept for ten minutes; earlier holds of the same conversation are given back.

        Raises: what `SlotPlan.check` raises; Conflict(SLOT_TAKEN).
        """

    def confirm(
        self,
        appointment_id: str,
        secret: str,
        *,
        phone: str,
        consent: bool,
        idempotency_key: str,
        name: str | None = None,
        remind: bool = False,
    ) -> Appointment:
        """The held seat becomes an appointment with a ticket number; with `remind` the person agreed to reminders.

        Raises: BadInput(PHONE_MALFORMED, CONSENT_MISSING), NotFound(BOOKING_UNKNOWN), Refused(BOOKING_SECRET_WRONG,
            BOOKING_SECRET_PAUSED, BOOKING_LIMIT, BOOKING_FIELD_LIMIT), Conflict(HOLD_EXPIRED, BOOKING_STATE).
        """

    def book(
        self,
        *,
        branch_id: str,
        starts_at: dt.datetime,
        conversation: str,
        phone: str,
        consent: bool,
        idempotency_key: str,
        procedure_code: str | None = None,
        name: str | None = None,
        lane: Lane = Lane.ORDINARY,
    ) -> Appointment:
        """Hold and confirm in one transaction.  Raises: what both raise."""

    def cancel(self, appointment_id: str, secret: str) -> Appointment:
        """Gives the seat back.  Raises: NotFound, Refused, as `get`; Conflict(BOOKING_STATE) when past or over."""

    def move(self, appointment_id: str, secret: str, new_start: dt.datetime) -> Appointment:
        """Another time at the same branch, in one transaction: on any error the old time stays.

        Raises: as `hold`, as `get`; Refused(BOOKING_LIMIT, BOOKING_FIELD_LIMIT); Conflict(BOOKING_STATE).
        """

    def get(self, appointment_id: str, secret: str) -> Appointment:
        """Raises: NotFound(BOOKING_UNKNOWN), Refused(BOOKING_SECRET_WRONG, BOOKING_SECRET_PAUSED)."""

    def view(self, appointment_id: str, view_key: str) -> Appointment:
        """Read-only, by the key in the ticket's link.  Raises: NotFound(BOOKING_UNKNOWN), also for a wrong key."""

    def expire_holds(self) -> int:
        """Gives back the seats of holds whose time is over; how many.  Safe to run anywhere, any number of times."""
