"""Branches, slots and appointments over HTTP.  Times in answers: ISO 8601 with +07:00."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from actions.appointments.branches import Branch, Branches
from actions.appointments.opening import Lane
from actions.appointments.port import Appointment, BookingPort
from actions.appointments.ticket import calendar_file as file_of
from actions.appointments.ticket import ticket_calendar, ticket_message
from actions.messages import FileMessage, TicketMessage
from assistant.api.pages import PRIVATE
from knowledge_base.errors import ErrorCode, Refused

API_CONVERSATION = "api:http"
_CALENDAR: dict[str, object] = {"content": {"text/calendar": {}}, "description": "iCalendar, RFC 5545"}
SecretHeader = Annotated[str, Header(alias="X-Booking-Secret", min_length=6, max_length=40)]
IdempotencyHeader = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=128)]
ViewKey = Annotated[str, Query(min_length=8, max_length=64, description="Read-only key, from the ticket's link")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BranchOut(Model):
    """`address` is empty unless it was verified.  `lat`, `lon`: centre of the ward, not the building."""

    id: str
    name: str
    short_name: str
    number: int | None
    ward: str
    address: str
    lat: float | None
    lon: float | None
    bookable: bool


class BranchList(Model):
    branches: list[BranchOut]


class SlotOut(Model):
    starts_at: dt.datetime
    ends_at: dt.datetime
    capacity: int
    free: int


class SlotList(Model):
    branch_id: str
    date: dt.date
    slots: list[SlotOut]


class BookingIn(Model):
    branch_id: str = Field(max_length=16)
    starts_at: AwareDatetime
    procedure_code: str | None = Field(default=None, pattern=r"^\d\.\d{6}$")
    name: str | None = Field(default=None, max_length=200)
    lane: Lane = Field(default=Lane.ORDINARY, description="`priority`: the person is 75 or older")
    phone: str = Field(max_length=40)
    consent: bool = Field(description="The person agreed to the consent text; must be true")


class CancelIn(Model):
    secret: str = Field(min_length=6, max_length=40)


class MoveIn(CancelIn):
    starts_at: AwareDatetime


class AppointmentOut(Model):
    id: str
    branch_id: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str
    number: str
    procedure_code: str
    lane: Lane


class BookedOut(AppointmentOut):
    """`secret` changes and cancels the appointment; it is given in this answer only (and in its repeats)."""

    secret: str
    ticket: TicketMessage
    calendar: FileMessage | None


def router(booking: BookingPort, branches: Branches, public_url: str = "") -> APIRouter:
    """Routes over a booking system.  They are plain functions: the server runs them in threads."""
    routes = APIRouter(tags=["appointments"])

    @routes.get("/api/v1/branches")
    def list_branches(bookable: bool = True) -> BranchList:
        """Branches of the Center; with `bookable=false` also the points that take no bookings."""
        return BranchList(branches=[_branch(branch) for branch in branches.all(bookable=True if bookable else None)])

    @routes.get("/api/v1/branches/{branch_id}/slots")
    def list_slots(branch_id: str, date: dt.date, lane: Lane = Lane.ORDINARY) -> SlotList:
        """Slots of a day (`YYYY-MM-DD`, Hanoi) and lane that may be booked now, full ones with `free` 0."""
        slots = booking.slots(branch_id, date, lane)
        return SlotList(
            branch_id=branch_id,
            date=date,
            slots=[
                SlotOut(starts_at=slot.starts_at, ends_at=slot.ends_at, capacity=slot.capacity, free=slot.free)
                for slot in slots
            ],
        )

    @routes.post("/api/v1/appointments", status_code=201)
    def book(wanted: BookingIn, response: Response, idempotency_key: IdempotencyHeader) -> BookedOut:
        """Books a slot.  The same `Idempotency-Key` with the same body gets the same answer."""
        made = booking.book(
            branch_id=wanted.branch_id,
            starts_at=wanted.starts_at,
            conversation=API_CONVERSATION,
            phone=wanted.phone,
            consent=wanted.consent,
            idempotency_key=idempotency_key,
            procedure_code=wanted.procedure_code,
            name=wanted.name,
            lane=wanted.lane,
        )
        response.headers.update(PRIVATE)
        ticket = ticket_message(made, branches.get(made.branch_id), made.secret, public_url)
        file = file_of(made, public_url)
        return BookedOut(**_appointment(made).model_dump(), secret=made.secret, ticket=ticket, calendar=file)

    @routes.post("/api/v1/appointments/{appointment_id}/cancel")
    def cancel(appointment_id: str, proof: CancelIn, response: Response) -> AppointmentOut:
        """Cancels a coming appointment."""
        response.headers.update(PRIVATE)
        return _appointment(booking.cancel(appointment_id, proof.secret))

    @routes.post("/api/v1/appointments/{appointment_id}/move")
    def move(appointment_id: str, wanted: MoveIn, response: Response) -> AppointmentOut:
        """Another time at the same branch; on any error the old time stays."""
        response.headers.update(PRIVATE)
        return _appointment(booking.move(appointment_id, wanted.secret, wanted.starts_at))

    @routes.get("/api/v1/appointments/{appointment_id}")
    def read(appointment_id: str, secret: SecretHeader, response: Response) -> AppointmentOut:
        """An appointment, for who holds its secret."""
        response.headers.update(PRIVATE)
        return _appointment(booking.get(appointment_id, secret))

    @routes.get("/ve/{appointment_id}.ics", response_class=Response, responses={200: _CALENDAR})
    def calendar_file(
        appointment_id: str,
        key: ViewKey | None = None,
        secret: Annotated[str | None, Header(alias="X-Booking-Secret", max_length=40)] = None,
    ) -> Response:
        """The appointment as a calendar entry: by the link's read-only `key`, or by the secret in the header.

        The secret is never taken from the address: addresses end up in logs.
        """
        found = _found(appointment_id, key, secret)
        text = ticket_calendar(found, branches.get(found.branch_id))
        name = {"Content-Disposition": f'attachment; filename="{found.id}.ics"'}
        return Response(text, media_type="text/calendar", headers={**PRIVATE, **name})

    def _found(appointment_id: str, key: str | None, secret: str | None) -> Appointment:
        if key:
            return booking.view(appointment_id, key)
        if secret:
            return booking.get(appointment_id, secret)
        raise Refused(ErrorCode.BOOKING_SECRET_WRONG)

    return routes


def _branch(branch: Branch) -> BranchOut:
    return BranchOut(
        id=branch.id,
        name=branch.name,
        short_name=branch.short_name,
        number=branch.number,
        ward=branch.ward.full_name if branch.ward else "",
        address=branch.shown_address,
        lat=branch.lat,
        lon=branch.lon,
        bookable=branch.bookable,
    )


def _appointment(appointment: Appointment) -> AppointmentOut:
    return AppointmentOut(
        id=appointment.id,
        branch_id=appointment.branch_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        state=appointment.state.value,
        number=appointment.number,
        procedure_code=appointment.procedure_code,
        lane=appointment.lane,
    )
