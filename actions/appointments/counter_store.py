"""The statements under `counter.py`.  Every change is one statement guarded by the state and version it was meant for.

Order of locks in a transaction: appointment, visit, audit trail.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from actions.appointments.counter_models import ActRow, VisitRow
from actions.appointments.counter_port import ActKind, Lane, VisitState
from actions.appointments.models import AppointmentRow
from actions.appointments.port import State
from actions.transactions import changed, insert

_SNAPSHOT = ("state", "lane", "calls", "desk", "arrived_at", "queued_at", "called_at", "done_at")
_MOMENTS = {"arrived_at", "queued_at", "called_at", "done_at"}
Snapshot = dict[str, Any]
Pair = tuple[AppointmentRow, VisitRow | None]


def today(branch_id: str, day: dt.date) -> Select[Any, Any]:
    """Confirmed appointments of a branch's day, each with its visit."""
    same = and_(VisitRow.appointment_id == AppointmentRow.id, VisitRow.day == AppointmentRow.day)
    return (
        select(AppointmentRow, VisitRow)
        .outerjoin(VisitRow, same)
        .where(AppointmentRow.branch_id == branch_id, AppointmentRow.day == day)
        .where(AppointmentRow.state == State.CONFIRMED)
    )


def pairs(session: Session, statement: Select[Any, Any]) -> list[Pair]:
    """Appointments with their visits, read anew; no visit where the person has not come."""
    found = session.execute(statement, execution_options={"populate_existing": True})
    return [(row, visit) for row, visit in found]


def lock_confirmed(session: Session, appointment_id: str, branch_id: str, day: dt.date) -> AppointmentRow | None:
    """The appointment, if it stands today at the branch; it can be neither cancelled nor moved until the end."""
    statement = select(AppointmentRow).where(
        AppointmentRow.id == appointment_id,
        AppointmentRow.branch_id == branch_id,
        AppointmentRow.day == day,
        AppointmentRow.state == State.CONFIRMED,
    )
    return session.scalar(statement.with_for_update(read=True).execution_options(populate_existing=True))


def visit(session: Session, appointment_id: str, day: dt.date, *, lock: bool = False) -> VisitRow | None:
    """With `lock` nobody else changes it until the end: what is told as "before" is true."""
    return session.get(VisitRow, (appointment_id, day), populate_existing=True, with_for_update=lock or None)


def arrive(session: Session, row: AppointmentRow, lane: Lane, walk_in: bool, now: dt.datetime) -> VisitRow | None:
    """Puts the person in the queue; None when somebody already did.  One statement: the second officer loses."""
    values = {
        "state": VisitState.WAITING,
        "lane": lane,
        "calls": 0,
        "desk": "",
        "arrived_at": now,
        "queued_at": max(now, row.starts_at),
        "called_at": None,
        "done_at": None,
    }
    key = {"appointment_id": row.id, "day": row.day}
    fresh = insert(session, VisitRow).values(**key, branch_id=row.branch_id, walk_in=walk_in, version=1, **values)
    statement = fresh.on_conflict_do_update(
        index_elements=list(key),
        set_={**values, "version": VisitRow.version + 1},
        where=VisitRow.state.in_([VisitState.EXPECTED, VisitState.MISSED]),
    ).returning(VisitRow.version)
    return visit(session, row.id, row.day) if session.scalar(statement) is not None else None


def first_waiting(session: Session, branch_id: str, day: dt.date, lane: Lane | None) -> VisitRow | None:
    """Who is to be called next, locked; one that another officer is calling this moment is passed over."""
    statement = (
        select(VisitRow)
        .join(AppointmentRow, and_(AppointmentRow.id == VisitRow.appointment_id, AppointmentRow.day == VisitRow.day))
        .where(VisitRow.branch_id == branch_id, VisitRow.day == day, VisitRow.state == VisitState.WAITING)
        .where(AppointmentRow.state == State.CONFIRMED)
        .order_by(VisitRow.lane.desc(), VisitRow.queued_at, AppointmentRow.number)  # "priority" after "ordinary"
        .limit(1)
        .with_for_update(of=VisitRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalar(statement if lane is None else statement.where(VisitRow.lane == lane))


def step(session: Session, row: VisitRow, states: Collection[VisitState], version: int, **values: object) -> bool:
    """Changes the visit if it is still as the officer saw it."""
    same = and_(
        VisitRow.appointment_id == row.appointment_id,
        VisitRow.day == row.day,
        VisitRow.state.in_(list(states)),
        VisitRow.version == version,
    )
    done = changed(session, update(VisitRow).where(same).values(**values, version=VisitRow.version + 1)) == 1
    if done:
        session.refresh(row)
    return done


def snapshot(row: VisitRow | None) -> Snapshot:
    """What the audit trail keeps of a visit; empty before the person came."""
    if row is None:
        return {}
    found = {name: getattr(row, name) for name in _SNAPSHOT}
    return {name: value.isoformat() if name in _MOMENTS and value else value for name, value in found.items()}


def restored(kept: Snapshot) -> Snapshot:
    """The values of a visit from its snapshot; of one that was not there yet: expected."""
    if not kept:
        blank = dict.fromkeys(_MOMENTS)
        return {"state": VisitState.EXPECTED, "lane": Lane.ORDINARY, "calls": 0, "desk": "", **blank}
    return {
        name: dt.datetime.fromisoformat(kept[name]) if name in _MOMENTS and kept[name] else kept[name] for name in kept
    }


def record(
    session: Session,
    kind: ActKind,
    by: str,
    branch_id: str,
    day: dt.date,
    now: dt.datetime,
    *,
    subject: str = "",
    number: str = "",
    before: Snapshot | None = None,
    after: Snapshot | None = None,
    undoes: int | None = None,
) -> bool:
    """Adds a line to the audit trail; False when `undoes` was undone before."""
    line = {
        "at": now,
        "day": day,
        "officer_id": by,
        "branch_id": branch_id,
        "act": kind,
        "subject": subject,
        "number": number,
        "before": json.dumps(before or {}),
        "after": json.dumps(after or {}),
        "undoes": undoes,
    }
    statement = insert(session, ActRow).values(**line).on_conflict_do_nothing(index_elements=["undoes"])
    return session.scalar(statement.returning(ActRow.id)) is not None


def last_act(session: Session, branch_id: str, day: dt.date, by: str, kinds: Collection[ActKind]) -> ActRow | None:
    """The officer's newest act of these kinds that was not undone."""
    later = aliased(ActRow)
    mine = and_(ActRow.officer_id == by, ActRow.branch_id == branch_id, ActRow.day == day, ActRow.act.in_(list(kinds)))
    undone = select(later.id).where(later.undoes == ActRow.id).exists()
    return session.scalar(select(ActRow).where(mine, ~undone).order_by(ActRow.id.desc()).limit(1))


def revision(session: Session, branch_id: str, day: dt.date) -> str:
    """A short text that differs whenever an appointment or a visit of the day changed."""
    acts = select(func.max(ActRow.id)).where(ActRow.branch_id == branch_id, ActRow.day == day)
    booked = select(func.count(), func.max(AppointmentRow.updated_at), func.sum(AppointmentRow.version)).where(
        AppointmentRow.branch_id == branch_id, AppointmentRow.day == day
    )
    count, last, versions = session.execute(booked).one()
    return f"{day:%m%d}-{session.scalar(acts) or 0}-{count}-{versions or 0}-{int(last.timestamp()) if last else 0}"


def acts(session: Session, branch_id: str, day: dt.date, officers: Collection[str]) -> list[ActRow]:
    """Lines of a branch's day; also those without a branch (log-ins, accounts) by or about `officers`."""
    about = list(officers)
    theirs = and_(ActRow.branch_id == "", or_(ActRow.officer_id.in_(about), ActRow.subject.in_(about)))
    here = or_(ActRow.branch_id == branch_id, theirs)
    return list(session.scalars(select(ActRow).where(ActRow.day == day, here).order_by(ActRow.id)))
