"""Numbers given at the counter itself, from the same seats, numbers and limits as booked ones (`store.py`).

A walk-in is an appointment without personal data.  A phone, where one is given, counts in that person's daily limit
("at most 2 numbers a person a day, counter and online", Branch 1, 08/05/2025) and is kept as its keyed hash only.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete
from sqlalchemy.orm import Session

from actions.appointments import store
from actions.appointments.models import AppointmentRow, SeatRow
from actions.appointments.opening import Lane
from actions.appointments.port import State
from actions.appointments.slots import Slot, SlotPlan
from actions.personal import PersonalKeys
from knowledge_base.errors import Conflict, ErrorCode

CONVERSATION = "counter:walk-in"


def slots_left(plan: SlotPlan, branch_id: str, now: dt.datetime, lane: Lane) -> list[Slot]:
    """Slots of today and the lane that run or are still to come.  No lead time: the person stands here.

    Raises: NotFound(BRANCH_UNKNOWN), Conflict(COUNTER_CLOSED).
    """
    left = [slot for slot in plan.day(branch_id, now.date(), lane) if slot.ends_at > now]
    if not left:
        raise Conflict(ErrorCode.COUNTER_CLOSED)
    return left


def give_number(
    session: Session, keys: PersonalKeys, appointment_id: str, slots: list[Slot], lane: Lane, now: dt.datetime
) -> AppointmentRow:
    """A confirmed appointment in the first of `slots` with a free seat.  Raises: Conflict(COUNTER_FULL)."""
    first = slots[0]
    row = AppointmentRow(
        id=appointment_id,
        branch_id=first.branch_id,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        day=first.starts_at.date(),
        seat=-1,
        lane=lane,
        state=State.CONFIRMED,
        procedure_code="",
        field="",
        conversation=CONVERSATION,
        secret_hash=keys.secret_hash(appointment_id, keys.secret(appointment_id)),
        secret_tries=0,
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(row)
    session.flush()
    slot, seat = _first_seat(session, row, slots, now)
    number = store.next_number(session, row.branch_id, row.day)
    store.change(session, row, now, starts_at=slot.starts_at, ends_at=slot.ends_at, seat=seat, number=number)
    return row


def _first_seat(session: Session, row: AppointmentRow, slots: list[Slot], now: dt.datetime) -> tuple[Slot, int]:
    taken = store.taken_seats(session, row.branch_id, slots[0].starts_at, slots[-1].starts_at, now)
    for slot in slots:
        if not slot.with_taken(taken.get(slot.starts_at.astimezone(dt.UTC), ())).free:
            continue
        try:
            return slot, store.claim_seat(session, row, slot.starts_at, slot.seats, None, now)
        except Conflict:  # somebody was faster; no statement failed, so the transaction goes on
            continue
    raise Conflict(ErrorCode.COUNTER_FULL)


def take_back(session: Session, row: AppointmentRow, now: dt.datetime) -> None:
    """A number given by mistake: its seat is free at once, the number itself is not given again."""
    session.execute(delete(SeatRow).where(SeatRow.appointment_id == row.id))
    store.drop_quotas(session, row, row.day)
    store.change(session, row, now, state=State.CANCELLED)
