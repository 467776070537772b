"""Visits and audit lines as officers see them, made of table rows."""

from __future__ import annotations

import datetime as dt
import json

import structlog

from actions.appointments.counter_models import ActRow, VisitRow
from actions.appointments.counter_port import Act, Lane, Visit, VisitState
from actions.appointments.models import AppointmentRow
from actions.appointments.opening import Opening
from actions.clock import HANOI
from actions.personal import PersonalKeys
from knowledge_base.errors import Misconfigured

log = structlog.get_logger()

PHONE_END = 3  # digits shown without asking
_LANE_ORDER = {Lane.PRIORITY: 0, Lane.ORDINARY: 1}


class VisitView:
    def __init__(self, opening: Opening, keys: PersonalKeys) -> None:
        self._opening = opening
        self._keys = keys

    def prefix(self, branch_id: str) -> str:
        return self._opening.of(branch_id).prefix

    def number(self, row: AppointmentRow) -> str:
        """The ticket number as it is called: "A-017"."""
        return f"{self.prefix(row.branch_id)}-{row.number:03d}" if row.number else ""

    def field(self, token: str | None) -> str:
        """A personal field; empty when its key is gone, so that one lost key does not close the counter."""
        if not token:
            return ""
        try:
            return self._keys.decrypt(token)
        except Misconfigured:
            log.error("counter_field_unreadable")
            return ""

    def visit(self, row: AppointmentRow, visit: VisitRow | None) -> Visit:
        return Visit(
            appointment_id=row.id,
            number=self.number(row),
            starts_at=row.starts_at.astimezone(HANOI),
            ends_at=row.ends_at.astimezone(HANOI),
            procedure_code=row.procedure_code,
            state=VisitState(visit.state) if visit else VisitState.EXPECTED,
            lane=Lane(visit.lane if visit and visit.state != VisitState.EXPECTED else row.lane),
            calls=visit.calls if visit else 0,
            desk=visit.desk if visit else "",
            walk_in=visit.walk_in if visit else False,
            arrived_at=_local(visit.arrived_at) if visit else None,
            queued_at=_local(visit.queued_at) if visit else None,
            called_at=_local(visit.called_at) if visit else None,
            done_at=_local(visit.done_at) if visit else None,
            version=visit.version if visit else 0,
            name=self.field(row.name),
            phone_end=self.field(row.phone)[-PHONE_END:],
        )


def in_order(visit: Visit) -> tuple[int, dt.datetime, str]:
    """Sort key: who is called first stands first."""
    return _LANE_ORDER[visit.lane], visit.queued_at or visit.starts_at, visit.number


def act(row: ActRow) -> Act:
    return Act(
        id=row.id,
        at=row.at.astimezone(HANOI),
        officer_id=row.officer_id,
        branch_id=row.branch_id,
        kind=row.act,
        subject=row.subject,
        number=row.number,
        before=json.loads(row.before),
        after=json.loads(row.after),
        undoes=row.undoes,
    )


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.astimezone(HANOI) if moment else None
