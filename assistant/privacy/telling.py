"""Rows as they are told to the person they are about: JSON-able, times in Hanoi."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.appointments.counter_models import VisitRow
from actions.appointments.models import AppointmentRow
from actions.appointments.models import ConsentRow as BookingConsentRow
from actions.cases.lists import CaseListRow
from actions.channels.models import ContactRow, DeliveryRow, InboxRow
from actions.clock import HANOI
from actions.dossiers.watch_models import WatchRow
from actions.intake.models import RequestRow
from actions.notices.models import ConsentRow, NoticeRow, RouteRow
from assistant.pipeline.transcript import TranscriptRow
from assistant.turn import HistoryEntry

Read = Callable[[str | None], str | None]  # opens a token
Told = dict[str, Any]


def appointment(session: Session, row: AppointmentRow, read: Read) -> Told:
    consents = session.scalars(select(BookingConsentRow).where(BookingConsentRow.appointment_id == row.id))
    return {
        "id": row.id,
        "branch": row.branch_id,
        "starts_at": local(row.starts_at),
        "ends_at": local(row.ends_at),
        "state": row.state,
        "number": row.number,
        "procedure_code": row.procedure_code,
        "field": row.field,
        "phone": read(row.phone),
        "name": read(row.name),
        "conversation": row.conversation,
        "made_at": local(row.created_at),
        "consents": [
            {"given_at": local(one.given_at), "wording": one.text_version, "channel": one.channel} for one in consents
        ],
    }


def visit(row: VisitRow) -> Told:
    return {
        "appointment": row.appointment_id,
        "day": row.day.isoformat(),
        "branch": row.branch_id,
        "state": row.state,
        "lane": row.lane,
        "arrived_at": local(row.arrived_at),
        "called_at": local(row.called_at),
        "done_at": local(row.done_at),
    }


def checklist(row: CaseListRow, read: Read) -> Told:
    return {
        "appointment": row.appointment_id,
        "procedure_code": row.procedure_code,
        "answers": json.loads(read(row.answers) or "null"),
        "kept_until": local(row.expires_at),
    }


def request(row: RequestRow, read: Read) -> Told:
    return {
        "kind": row.kind,
        "receipt": row.receipt,
        "state": row.state,
        "channel": row.channel,
        "conversation": row.conversation,
        "about": row.summary,
        "message": read(row.message),
        "phone": read(row.phone),
        "wording": row.consent_version,
        "made_at": local(row.created_at),
    }


def consent(row: ConsentRow) -> Told:
    return {
        "for": row.purpose,
        "given_at": local(row.given_at),
        "withdrawn_at": local(row.withdrawn_at),
        "wording": row.text_version,
        "channel": row.channel,
    }


def notice(row: NoticeRow, read: Read) -> Told:
    return {
        "reason": row.reason,
        "kind": row.kind,
        "channel": row.channel,
        "conversation": read(row.conversation),
        "due_at": local(row.due_at),
        "state": row.state,
        "content": read(row.body),
    }


def route(row: RouteRow, read: Read) -> Told:
    return {
        "from": read(row.source),
        "to": read(row.conversation),
        "channel": row.channel,
        "since": local(row.paired_at),
    }


def watch(row: WatchRow, read: Read) -> Told:
    return {
        "code": read(row.code),
        "conversation": read(row.conversation),
        "since": local(row.created_at),
        "state": row.state,
    }


def line(row: TranscriptRow, read: Read) -> Told:
    told: Told = {"conversation": row.conversation, "at": local(row.at)}
    body = read(row.body)
    if body is None:
        return told
    entry = HistoryEntry.model_validate_json(body)
    said = [entry.text] if entry.text else []
    return told | {"who": entry.who, "text": "\n".join([*said, *(message.text for message in entry.messages)])}


def contact(row: ContactRow) -> Told:
    return {
        "conversation": row.conversation,
        "last_act_at": local(row.last_act_at),
        "left_at": local(row.gone_at),
    }


def under_way(row: InboxRow | DeliveryRow, read: Read) -> Told:
    """A message of the person not yet dealt with, or one to them not yet sent; of those dealt with, when it came."""
    at = row.at if isinstance(row, InboxRow) else row.created_at
    way = "from" if isinstance(row, InboxRow) else "to"
    return {"conversation": row.conversation, way: "the person", "at": local(at), "state": row.state,
            "content": read(row.body)}  # fmt: skip


def local(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(HANOI).isoformat(timespec="seconds") if moment else None
