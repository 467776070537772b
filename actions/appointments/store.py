"""The statements under `booking.py`.  Each claim is one atomic statement on a unique key; see `models.py`.

Order of locks in every transaction: request, seat, quota, appointment, ticket counter; who changes an appointment locks
it first.  What is left of deadlocks (two moves that swap slots) the database ends, and `Transactions` tries again.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence

from sqlalchemy import and_, case, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from actions.appointments.models import AppointmentRow, CounterRow, QuotaRow, RequestRow, SeatRow
from actions.appointments.port import State
from actions.database import UtcDateTime
from actions.transactions import changed, insert
from knowledge_base.errors import Conflict, ErrorCode, Refused


def claim_request(session: Session, key_hash: str, body_hash: str, appointment_id: str, now: dt.datetime) -> str | None:
    """Takes an idempotency key; or the id of the appointment that answered it before.

    A request under way with the same key is waited for.  Raises: Conflict(IDEMPOTENCY_MISMATCH).
    """
    values = {"key_hash": key_hash, "body_hash": body_hash, "appointment_id": appointment_id, "created_at": now}
    statement = insert(session, RequestRow).values(**values).on_conflict_do_nothing().returning(RequestRow.key_hash)
    if session.scalar(statement) is not None:
        return None
    earlier = session.scalars(select(RequestRow).where(RequestRow.key_hash == key_hash)).one()
    if earlier.body_hash != body_hash:
        raise Conflict(ErrorCode.IDEMPOTENCY_MISMATCH)
    return earlier.appointment_id


def taken_seats(
    session: Session, branch_id: str, first: dt.datetime, last: dt.datetime, now: dt.datetime
) -> dict[dt.datetime, set[int]]:
    """Seats not free, by slot start (UTC), from `first` to `last` both included."""
    rows = session.execute(
        select(SeatRow.starts_at, SeatRow.seat).where(
            SeatRow.branch_id == branch_id,
            SeatRow.starts_at.between(first, last),
            or_(SeatRow.free_at.is_(None), SeatRow.free_at > now),
        )
    )
    found: dict[dt.datetime, set[int]] = {}
    for starts_at, seat in rows:
        found.setdefault(starts_at, set()).add(seat)
    return found


def claim_seat(
    session: Session,
    row: AppointmentRow,
    starts_at: dt.datetime,
    seats: Sequence[range],
    free_at: dt.datetime | None,
    now: dt.datetime,
) -> int:
    """One of `seats` of the slot for `row`, earlier ranges first; the seat of a hold that is over, or one withheld long
    enough, may be taken over.

    Seats without a row are inserted, in random order: many who want one slot then rarely wait for each other, and who
    loses keeps no lock (`ON CONFLICT DO UPDATE` would: losers then wait for each other until the database ends it).
    Raises: Conflict(SLOT_TAKEN).
    """
    slot = and_(SeatRow.branch_id == row.branch_id, SeatRow.starts_at == starts_at)
    claim = {"appointment_id": row.id, "free_at": free_at}
    known = set(session.scalars(select(SeatRow.seat).where(slot)))
    fresh = [random.sample(left, len(left)) for numbers in seats if (left := [n for n in numbers if n not in known])]
    for seat in itertools.chain(*fresh):
        values = {"branch_id": row.branch_id, "starts_at": starts_at, "seat": seat, **claim}
        statement = insert(session, SeatRow).values(**values).on_conflict_do_nothing().returning(SeatRow.seat)
        if session.scalar(statement) is not None:
            return seat
    ours = or_(*(SeatRow.seat.between(numbers[0], numbers[-1]) for numbers in seats if numbers))
    over = and_(slot, ours, SeatRow.free_at.is_not(None), SeatRow.free_at <= now)
    chosen = select(SeatRow.seat).where(over).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    taken = session.scalar(
        update(SeatRow)
        .where(over, SeatRow.seat == chosen)
        .values(**claim)
        .returning(SeatRow.seat)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise Conflict(ErrorCode.SLOT_TAKEN)
    _expire_former(session, row, starts_at, taken, now)
    return int(taken)


def _expire_former(session: Session, row: AppointmentRow, starts_at: dt.datetime, seat: int, now: dt.datetime) -> None:
    changed(
        session,
        update(AppointmentRow)
        .where(
            AppointmentRow.branch_id == row.branch_id,
            AppointmentRow.starts_at == starts_at,
            AppointmentRow.seat == seat,
            AppointmentRow.state == State.HELD,
            AppointmentRow.id != row.id,
        )
        .values(state=State.EXPIRED, updated_at=now, version=AppointmentRow.version + 1),
    )


def keep_seat(session: Session, row: AppointmentRow, now: dt.datetime) -> bool:
    """Turns the held seat of `row` into a booked one; False when the hold was over and the seat may be gone."""
    own = and_(SeatRow.appointment_id == row.id, SeatRow.free_at > now)
    return changed(session, update(SeatRow).where(own).values(free_at=None)) == 1


def withhold_seat(session: Session, row: AppointmentRow, until: dt.datetime) -> bool:
    """Gives the booked seat of `row` back at `until`; False when `row` has no such seat any more."""
    own = and_(
        SeatRow.branch_id == row.branch_id,
        SeatRow.starts_at == row.starts_at,
        SeatRow.seat == row.seat,
        SeatRow.appointment_id == row.id,
        SeatRow.free_at.is_(None),
    )
    return changed(session, update(SeatRow).where(own).values(free_at=until)) == 1


def release_hold(session: Session, appointment_id: str, state: State, now: dt.datetime, only_over: bool) -> bool:
    """Ends a hold and frees its seat at once; with `only_over` only where its time is over."""
    seat = and_(SeatRow.appointment_id == appointment_id, SeatRow.free_at.is_not(None))
    hold = and_(AppointmentRow.id == appointment_id, AppointmentRow.state == State.HELD)
    if only_over:
        seat = and_(seat, SeatRow.free_at <= now)
        hold = and_(hold, AppointmentRow.expires_at <= now)
    changed(session, delete(SeatRow).where(seat))
    values = {"state": state, "updated_at": now, "version": AppointmentRow.version + 1}
    return changed(session, update(AppointmentRow).where(hold).values(**values)) == 1


def claim_quotas(
    session: Session, row: AppointmentRow, phone_hash: str, day: dt.date, field: str, per_day: int, per_field: int
) -> None:
    """Takes a place in the person's limits of that day.

    Raises: Refused(BOOKING_LIMIT, BOOKING_FIELD_LIMIT).
    """
    wanted = [("day", per_day, ErrorCode.BOOKING_LIMIT)]
    if field:
        wanted.append((f"field:{field}", per_field, ErrorCode.BOOKING_FIELD_LIMIT))
    for kind, limit, code in wanted:
        if not any(_claim_quota(session, row, phone_hash, day, f"{kind}:{place}") for place in range(limit)):
            raise Refused(code, limit=limit)


def _claim_quota(session: Session, row: AppointmentRow, phone_hash: str, day: dt.date, token: str) -> bool:
    statement = (
        insert(session, QuotaRow)
        .values(phone_hash=phone_hash, day=day, token=token, appointment_id=row.id)
        .on_conflict_do_nothing()
        .returning(QuotaRow.token)
    )
    return session.scalar(statement) is not None


def drop_quotas(session: Session, row: AppointmentRow, day: dt.date) -> None:
    changed(session, delete(QuotaRow).where(QuotaRow.appointment_id == row.id, QuotaRow.day == day))


def next_number(session: Session, branch_id: str, day: dt.date) -> int:
    """The next ticket number of a branch's day, from 1.  Gaps are possible, repeats are not."""
    statement = (
        insert(session, CounterRow)
        .values(branch_id=branch_id, day=day, last=1)
        .on_conflict_do_update(index_elements=["branch_id", "day"], set_={"last": CounterRow.last + 1})
        .returning(CounterRow.last)
    )
    return int(session.execute(statement).scalar_one())


def change(session: Session, row: AppointmentRow, now: dt.datetime, **values: object) -> None:
    """Writes `values` to the appointment, if nobody changed it since it was read.

    Raises: Conflict(BOOKING_STATE).
    """
    same = and_(AppointmentRow.id == row.id, AppointmentRow.version == row.version)
    values |= {"updated_at": now, "version": row.version + 1}
    if changed(session, update(AppointmentRow).where(same).values(**values)) != 1:
        raise Conflict(ErrorCode.BOOKING_STATE, "changed meanwhile")
    session.refresh(row)


def take_try(session: Session, appointment_id: str, limit: int, pause: dt.timedelta, now: dt.datetime) -> bool:
    """Counts a try at the secret before it is looked at; False when none is left (or no such appointment).

    The row stays locked until the transaction ends, so that parallel guesses stand in line.
    """
    ends = AppointmentRow.secret_pause_ends
    over = or_(ends.is_(None), ends <= now)
    open_to_tries = and_(AppointmentRow.id == appointment_id, or_(over, AppointmentRow.secret_tries < limit))
    values = {
        "secret_tries": case((over, 1), else_=AppointmentRow.secret_tries + 1),
        "secret_pause_ends": case((over, literal(now + pause, UtcDateTime)), else_=ends),
    }
    return changed(session, update(AppointmentRow).where(open_to_tries).values(**values)) == 1
