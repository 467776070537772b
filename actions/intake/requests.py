"""Requests for a person, feedback and complaints: kept encrypted, found again by receipt number, erased in time.

Rule: Luật 91/2025/QH15 and Nghị định 356/2025/NĐ-CP (consent before, least data, erasure); the number of days is ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.clock import HANOI, Clock
from actions.database import Database
from actions.intake.models import RequestRow
from actions.intake.receipts import Kind, next_receipt
from actions.personal import PersonalKeys, new_id, normalise_phone
from actions.transactions import Transactions, changed
from knowledge_base.errors import BadInput, ErrorCode, NotFound

KEEP_DAYS = 90  # message, phone and conversation are erased this long after; what is counted stays
MESSAGE_LIMIT = 1000
ERASED = "erased"


class State(StrEnum):
    """asked: wanted a person, left nothing; waiting -> working -> done: a message with a receipt."""

    ASKED = "asked"
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"


@dataclass(frozen=True)
class Request:
    """`created_at` in Asia/Ho_Chi_Minh.  `message` and `phone` only where the keys were asked to open them."""

    id: str
    kind: Kind
    receipt: str
    channel: str
    reason: str
    summary: str
    state: State
    created_at: dt.datetime
    message: str = ""
    phone: str = ""


class Requests:
    """Synchronous; callers on the event loop use a thread.  Every method raises Unavailable(DATABASE_DOWN)."""

    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock

    def ask(self, conversation: str, channel: str, reason: str, summary: str) -> Request:
        """Someone wants a person.  While one of this conversation is open, that one is brought up to date."""

        def work(session: Session) -> RequestRow:
            row = self._open(session, conversation)
            if row is None:
                row = self._new(Kind.HANDOVER, conversation, channel)
                session.add(row)
            row.reason, row.summary, row.updated_at = reason[:32], summary[:400], self._clock.now()
            session.flush()
            return row

        return self._told(self._transactions.run(work))

    def leave(
        self, kind: Kind, conversation: str, channel: str, summary: str, *, message: str, phone: str, consent: str
    ) -> Request:
        """A message, with or without a phone, and the version of the consent that was given; with its receipt.

        Raises: BadInput(CONSENT_MISSING, TEXT_EMPTY, PHONE_MALFORMED).
        """
        if not consent:
            raise BadInput(ErrorCode.CONSENT_MISSING)
        if not (message.strip() or phone):
            raise BadInput(ErrorCode.TEXT_EMPTY)
        number = normalise_phone(phone) if phone else ""

        def work(session: Session) -> RequestRow:
            row = self._open(session, conversation) if kind is Kind.HANDOVER else None
            if row is None:
                row = self._new(kind, conversation, channel)
                session.add(row)
            row.receipt = next_receipt(session, kind, self._clock.now().astimezone(HANOI).date())
            row.state, row.summary, row.updated_at = State.WAITING, summary[:400], self._clock.now()
            row.message = self._keys.encrypt(message.strip()[:MESSAGE_LIMIT]) if message.strip() else None
            row.phone = self._keys.encrypt(number) if number else None
            row.consent_version = consent
            session.flush()
            return row

        return self._told(self._transactions.run(work))

    def find(self, receipt: str) -> Request:
        """State and day of a receipt, nothing of what was written.  Raises: NotFound(RECEIPT_UNKNOWN)."""
        query = select(RequestRow).where(RequestRow.receipt == receipt)
        row = self._transactions.run(lambda session: session.scalars(query).one_or_none())
        if row is None:
            raise NotFound(ErrorCode.RECEIPT_UNKNOWN)
        return self._told(row)

    def change(self, receipt: str, state: State) -> Request:
        """Raises: NotFound(RECEIPT_UNKNOWN)."""
        values = {"state": state, "updated_at": self._clock.now()}
        statement = update(RequestRow).where(RequestRow.receipt == receipt).values(**values)
        if self._transactions.run(lambda session: changed(session, statement)) != 1:
            raise NotFound(ErrorCode.RECEIPT_UNKNOWN)
        return self.find(receipt)

    def all(self, kinds: Sequence[Kind] = tuple(Kind), opened: bool = False) -> list[Request]:
        """Oldest first; `opened`: with what was written and the phone, for the officer who answers."""
        query = select(RequestRow).where(RequestRow.kind.in_(kinds)).order_by(RequestRow.created_at, RequestRow.id)
        rows = self._transactions.run(lambda session: list(session.scalars(query)))
        return [self._told(row, opened) for row in rows]

    def erase_past(self) -> int:
        """Erases what was written, phone and conversation of requests older than KEEP_DAYS; how many."""
        before = self._clock.now() - dt.timedelta(days=KEEP_DAYS)
        old = (RequestRow.created_at < before) & (RequestRow.conversation != ERASED)
        return self._blank(old)

    def erase_conversation(self, conversation: str) -> int:
        """The same for one conversation, at the person's word."""
        return self._blank(RequestRow.conversation == conversation)

    def _blank(self, which: object) -> int:
        values = {"message": None, "phone": None, "conversation": ERASED}
        statement = update(RequestRow).where(which).values(**values)  # type: ignore[arg-type]
        return self._transactions.run(lambda session: changed(session, statement))

    def _open(self, session: Session, conversation: str) -> RequestRow | None:
        """The request of this conversation in which nothing was left yet."""
        query = select(RequestRow).where(
            RequestRow.conversation == conversation,
            RequestRow.state == State.ASKED,
            RequestRow.kind == Kind.HANDOVER,
        )
        return session.scalars(query.order_by(RequestRow.created_at.desc()).limit(1)).one_or_none()

    def _new(self, kind: Kind, conversation: str, channel: str) -> RequestRow:
        now = self._clock.now()
        return RequestRow(
            id=new_id(), kind=kind, conversation=conversation, channel=channel[:32], reason=kind.value, summary="",
            state=State.ASKED, created_at=now, updated_at=now,
        )  # fmt: skip

    def _told(self, row: RequestRow, opened: bool = False) -> Request:
        return Request(
            id=row.id,
            kind=Kind(row.kind),
            receipt=row.receipt or "",
            channel=row.channel,
            reason=row.reason,
            summary=row.summary,
            state=State(row.state),
            created_at=row.created_at.astimezone(HANOI),
            message=self._keys.decrypt(row.message) if opened and row.message else "",
            phone=self._keys.decrypt(row.phone) if opened and row.phone else "",
        )
