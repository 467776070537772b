"""What officers write back to who left a message: through the outbox, on the channel it came from.

The consent to the message says that officers read and answer it; the notice rests on a record of that consent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.clock import Clock
from actions.intake.models import RequestRow
from actions.intake.receipts import Kind
from actions.intake.requests import ERASED, MESSAGE_LIMIT, Request, Requests, State
from actions.messages import Reply, TextMessage
from actions.notices.outbox import Draft, Outbox, channel_of
from actions.notices.port import Reason
from actions.wording import say
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound

OF_USE = dt.timedelta(days=14)  # an answer that could not be delivered by then is not sent any more


class Replies:
    """`channels`: those over which notices go out.  Synchronous.  Every method raises Unavailable(DATABASE_DOWN)."""

    def __init__(self, requests: Requests, outbox: Outbox, clock: Clock, channels: Collection[str]) -> None:
        self._requests = requests
        self._outbox = outbox
        self._clock = clock
        self._channels = frozenset(channels)

    def reachable(self, request: Request) -> bool:
        """Whether an answer can be sent; else there may be a phone to call."""
        return request.channel in self._channels

    def waiting(self, kinds: Collection[Kind]) -> list[Request]:
        """What nobody has finished, oldest first; nothing of what was written."""
        found = self._requests.all(tuple(kinds))
        return [one for one in found if one.receipt and one.state in (State.WAITING, State.WORKING)]

    def read(self, receipt: str, kinds: Collection[Kind]) -> Request:
        """With what was written and the phone; who asks by the number is told that an officer looks at it.

        Raises: NotFound(RECEIPT_UNKNOWN), also for a kind that is not among `kinds`.
        """
        found = next((one for one in self._requests.all(tuple(kinds), opened=True) if one.receipt == receipt), None)
        if found is None:
            raise NotFound(ErrorCode.RECEIPT_UNKNOWN)
        if found.state is State.WAITING:
            self._requests.change(receipt, State.WORKING)
        return found

    def answer(self, receipt: str, kinds: Collection[Kind], text: str, key: str) -> None:
        """Sends `text` and marks the request as done, in one transaction.  `key` makes a repeat send nothing more.

        Raises: BadInput(TEXT_EMPTY, TEXT_TOO_LONG), NotFound(RECEIPT_UNKNOWN), Conflict(REQUEST_NO_CHANNEL).
        """
        words = text.strip()
        if not words:
            raise BadInput(ErrorCode.TEXT_EMPTY)
        if len(words) > MESSAGE_LIMIT:
            raise BadInput(ErrorCode.TEXT_TOO_LONG, limit=MESSAGE_LIMIT)
        told = Reply(messages=[TextMessage(text=say("people.officer_reply", receipt=receipt, text=words))])

        def work(session: Session) -> None:
            query = select(RequestRow).where(RequestRow.receipt == receipt, RequestRow.kind.in_(list(kinds)))
            row = session.scalars(query.with_for_update()).one_or_none()
            if row is None or row.conversation == ERASED:
                raise NotFound(ErrorCode.RECEIPT_UNKNOWN)
            if channel_of(row.conversation) not in self._channels:
                raise Conflict(ErrorCode.REQUEST_NO_CHANNEL)
            now = self._clock.now()
            version = row.consent_version or ""
            consent = self._outbox.consent(session, Reason.OFFICER, row.id, row.conversation, version)
            draft = Draft(
                key=f"officer:{row.id}:{key}", reason=Reason.OFFICER, kind="reply", subject=row.id,
                conversation=row.conversation, consent_id=consent, due_at=now, expires_at=now + OF_USE,
                body=told.model_dump_json(),
            )  # fmt: skip
            self._outbox.write(session, draft)
            row.state, row.updated_at = State.DONE, now

        self._outbox.run(work)
