"""Messages that citizens left, on the counter page: read and answered, each act in the audit trail.

Every officer sees requests for an officer; feedback and complaints, which may be about colleagues, supervisors alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from actions.appointments.counter_port import ActKind, CounterPort
from actions.intake import requests as intake
from actions.intake.receipts import Kind
from actions.intake.replies import Replies
from assistant.staff.guard import Guard, at_branch
from assistant.staff.officers import Officer, Role
from assistant.staff.shapes import Model

BranchId = Annotated[str, Path(max_length=16)]
Receipt = Annotated[str, Path(pattern=r"^(?:YC|GY)-\d{6}-\d{4,6}$")]


class MessageOut(Model):
    """`text` and `phone` only where it was opened."""

    receipt: str
    kind: Kind
    state: intake.State
    created_at: dt.datetime
    summary: str
    reachable: bool
    text: str = ""
    phone: str = ""


class MessagesOut(Model):
    messages: list[MessageOut]


class AnswerIn(Model):
    text: str = Field(max_length=4000)
    key: str = Field(min_length=8, max_length=40)


def kinds_of(officer: Officer) -> tuple[Kind, ...]:
    return tuple(Kind) if officer.role is Role.SUPERVISOR else (Kind.HANDOVER,)


def router(replies: Replies, counter: CounterPort, guard: Guard, json: Callable[[Any], Response]) -> APIRouter:
    """`json`: makes an answer with the page's headers."""
    routes = APIRouter(include_in_schema=False)
    messages = "/can-bo/api/branches/{branch_id}/messages"

    def out(found: intake.Request) -> MessageOut:
        return MessageOut(
            receipt=found.receipt, kind=found.kind, state=found.state, created_at=found.created_at,
            summary=found.summary, reachable=replies.reachable(found), text=found.message, phone=found.phone,
        )  # fmt: skip

    @routes.get(messages)
    def waiting(request: Request, branch_id: BranchId) -> Response:
        """Oldest first, without a word of what was written."""
        officer = guard.reader(request).officer
        at_branch(officer, branch_id)
        found = [out(one) for one in replies.waiting(kinds_of(officer))]
        return json(MessagesOut(messages=found).model_dump(mode="json"))

    @routes.post(messages + "/{receipt}/open")
    def read(request: Request, branch_id: BranchId, receipt: Receipt) -> Response:
        officer = guard.writer_at(request, branch_id)
        found = replies.read(receipt, kinds_of(officer))
        counter.note(branch_id, ActKind.REQUEST_READ, officer.id, found.id)
        return json(out(found).model_dump(mode="json"))

    @routes.post(messages + "/{receipt}/answer")
    def answer(request: Request, branch_id: BranchId, receipt: Receipt, given: AnswerIn) -> Response:
        officer = guard.writer_at(request, branch_id)
        replies.answer(receipt, kinds_of(officer), given.text, given.key)
        counter.note(branch_id, ActKind.REQUEST_ANSWERED, officer.id, replies.read(receipt, kinds_of(officer)).id)
        return json({})

    return routes
