"""The outbox: what is to be said, to whom, when; taken by workers of many processes, each row by one at a time.

Who writes a notice does so in the transaction of what it is about.  Who stops one does the same: a row that a worker
holds already is taken away from it, and the worker looks once more right before it sends.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from actions.clock import Clock
from actions.database import Database
from actions.notices.models import ConsentRow, NoticeRow
from actions.notices.port import OPEN, Drop, Notice, Reason, State, Window
from actions.notices.routes import Routes
from actions.personal import PersonalKeys, new_id
from actions.transactions import Transactions, changed, insert
from knowledge_base.errors import Misconfigured

log = structlog.get_logger()
Result = TypeVar("Result")
LEASE = dt.timedelta(seconds=90)  # how long a worker may hold a row; longer than any sending may take
ATTEMPTS = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 3600


@dataclass(frozen=True)
class Draft:
    """A notice to be written.  `body` is encrypted; `expires_at`: after that it is of no use."""

    key: str
    reason: Reason
    kind: str
    subject: str
    conversation: str = field(repr=False)
    consent_id: int
    due_at: dt.datetime
    expires_at: dt.datetime
    body: str = field(default="", repr=False)


class Outbox:
    def __init__(self, database: Database, clock: Clock, keys: PersonalKeys) -> None:
        self._transactions = Transactions(database)
        self._clock = clock
        self._keys = keys
        self.routes = Routes(keys)

    def run(self, work: Callable[[Session], Result]) -> Result:
        """`work` in a transaction of its own.  Raises: Unavailable(DATABASE_DOWN)."""
        return self._transactions.run(work)

    def hash_of(self, conversation: str) -> str:
        return self._keys.hash("conversation", conversation)

    # writing, in the caller's transaction

    def consent(self, session: Session, purpose: Reason, subject: str, conversation: str, version: str) -> int:
        """Keeps the proof of a consent; its id."""
        row = ConsentRow(
            purpose=purpose,
            subject=subject,
            channel=channel_of(conversation),
            conversation_hash=self.hash_of(conversation),
            text_version=version,
            given_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id

    def write(self, session: Session, draft: Draft) -> bool:
        """Puts a notice into the outbox, for where its citizen wants it; False when one with its key was there
        before."""
        now = self._clock.now()
        stays = draft.reason is Reason.CHANNEL
        to = draft.conversation if stays else self.routes.to(session, draft.conversation)
        values = {
            "id": new_id(),
            "key": draft.key,
            "reason": draft.reason,
            "kind": draft.kind,
            "subject": draft.subject,
            "channel": channel_of(to),
            "conversation_hash": self.hash_of(to),
            "conversation": self._keys.encrypt(to),
            "consent_id": draft.consent_id,
            "body": self._keys.encrypt(draft.body) if draft.body else None,
            "due_at": draft.due_at,
            "expires_at": draft.expires_at,
            "next_at": draft.due_at,
            "state": State.QUEUED,
            "attempts": 0,
            "created_at": now,
            "updated_at": now,
        }
        statement = insert(session, NoticeRow).values(**values).on_conflict_do_nothing().returning(NoticeRow.id)
        return session.scalar(statement) is not None

    def drop(self, session: Session, why: Drop, *which: ColumnElement[bool]) -> int:
        """Takes open notices out, those a worker holds too; how many."""
        statement = update(NoticeRow).where(NoticeRow.state.in_(OPEN), *which)
        return changed(session, statement.values(**self._settled(State.DROPPED, why), body=None))

    def drop_subject(self, session: Session, reason: Reason, subject: str, why: Drop) -> int:
        return self.drop(session, why, NoticeRow.reason == reason, NoticeRow.subject == subject)

    # at a citizen's word or act, in transactions of their own

    def goes_to(self, conversation: str) -> str:
        """The conversation that hears the notices of this one."""
        return self.run(lambda session: self.routes.to(session, conversation))

    def moved_to(self, conversation: str) -> str:
        """The channel they go to instead; empty: they stay."""
        return self.run(lambda session: self.routes.moved_to(session, conversation))

    def withdraw(self, conversation: str, purposes: Iterable[Reason], subject: str | None = None) -> int:
        """Ends the consents of a conversation, and of those it hears the notices of, and drops what rests on them; how
        many consents."""

        def work(session: Session) -> int:
            return self.withdraw_in(session, conversation, purposes, subject)

        return self.run(work)

    def withdraw_in(
        self, session: Session, conversation: str, purposes: Iterable[Reason], subject: str | None = None
    ) -> int:
        mine = and_(
            ConsentRow.conversation_hash.in_(self.routes.hashes(session, conversation)),
            ConsentRow.purpose.in_(list(purposes)),
            ConsentRow.withdrawn_at.is_(None),
        )
        if subject is not None:
            mine = and_(mine, ConsentRow.subject == subject)
        ids = list(session.scalars(select(ConsentRow.id).where(mine)))
        if ids:
            self.drop(session, Drop.WITHDRAWN, NoticeRow.consent_id.in_(ids))
            ended = update(ConsentRow).where(ConsentRow.id.in_(ids), ConsentRow.withdrawn_at.is_(None))
            changed(session, ended.values(withdrawn_at=self._clock.now()))
        return len(ids)

    def close(self, conversation: str, why: Drop = Drop.BLOCKED) -> int:
        """The channel is closed to us: everything waiting for this conversation goes; how many."""
        mine = NoticeRow.conversation_hash == self.hash_of(conversation)
        return self.run(lambda session: self.drop(session, why, mine))

    def contact(self, conversation: str) -> int:
        """The citizen wrote: what was kept for that is due now; how many."""
        now = self._clock.now()
        mine = and_(NoticeRow.conversation_hash == self.hash_of(conversation), NoticeRow.state == State.KEPT)
        statement = update(NoticeRow).where(mine).values(state=State.QUEUED, due_at=now, next_at=now, updated_at=now)
        return self.run(lambda session: changed(session, statement))

    # workers

    def claim(self, limit: int, channels: Iterable[str]) -> list[Notice]:
        """Up to `limit` due rows of `channels` for this caller alone, oldest first; rows of a dead worker again.

        PostgreSQL steps over rows that others are claiming, SQLite lets one writer in at a time.
        """
        now, claim = self._clock.now(), new_id()
        due = and_(NoticeRow.state == State.QUEUED, NoticeRow.next_at <= now)
        lost = and_(self._left(now), NoticeRow.attempts < ATTEMPTS)
        ours = NoticeRow.channel.in_(list(channels))
        chosen = select(NoticeRow.id).where(ours, or_(due, lost)).order_by(NoticeRow.next_at).limit(limit)

        def work(session: Session) -> list[Notice]:
            ids = list(session.scalars(chosen.with_for_update(skip_locked=True)))
            if not ids:
                return []
            values = {"state": State.SENDING, "claim": claim, "lease_until": now + LEASE, "updated_at": now}
            mine = update(NoticeRow).where(NoticeRow.id.in_(ids))
            changed(session, mine.values(**values, attempts=NoticeRow.attempts + 1))
            rows = session.scalars(select(NoticeRow).where(NoticeRow.id.in_(ids)).order_by(NoticeRow.due_at))
            return [notice for row in rows if (notice := self._readable(row, claim)) is not None]

        return self.run(work)

    def still(self, notice: Notice) -> Drop | None:
        """Why the claimed notice must not go out after all; None: go on."""

        def work(session: Session) -> Drop | None:
            consent = select(ConsentRow.withdrawn_at).join(NoticeRow, NoticeRow.consent_id == ConsentRow.id)
            found = session.execute(consent.where(*self._held(notice))).first()
            if found is None:
                return Drop.GONE
            return Drop.WITHDRAWN if found[0] is not None else None

        return self.run(work)

    def sent(self, notice: Notice, cost: Window) -> bool:
        """Whether the row was still this worker's."""
        return self._settle(notice, State.SENT, None, cost=cost, body=None)

    def dropped(self, notice: Notice, why: Drop) -> bool:
        return self._settle(notice, State.DROPPED, why, body=None)

    def keep(self, notice: Notice) -> bool:
        """For the next contact.  This was no attempt."""
        return self._settle(notice, State.KEPT, None, attempts=max(0, notice.attempts - 1))

    def postpone(self, notice: Notice, until: dt.datetime) -> bool:
        """Until the morning.  This was no attempt."""
        attempts = max(0, notice.attempts - 1)
        return self._settle(notice, State.QUEUED, None, due_at=until, next_at=until, attempts=attempts)

    def failed(self, notice: Notice, code: str) -> State | None:
        """Tried again later, or given up after the last attempt; the new state, None when the row is another's."""
        if notice.attempts >= ATTEMPTS:
            return State.DEAD if self._settle(notice, State.DEAD, code) else None
        pause = min(FIRST_PAUSE_S * 2 ** (notice.attempts - 1), LONGEST_PAUSE_S) * random.uniform(0.8, 1.2)  # noqa: S311
        again = self._clock.now() + dt.timedelta(seconds=pause)
        return State.QUEUED if self._settle(notice, State.QUEUED, code, next_at=again) else None

    def sweep(self) -> tuple[int, int]:
        """Waiting notices of no use any more are dropped; those that took worker after worker with them are given up.

        How many of each.
        """
        now = self._clock.now()
        old = and_(NoticeRow.state.in_([State.KEPT, State.QUEUED]), NoticeRow.expires_at <= now)
        fatal = update(NoticeRow).where(self._left(now), NoticeRow.attempts >= ATTEMPTS)

        def work(session: Session) -> tuple[int, int]:
            dropped = self.drop(session, Drop.EXPIRED, old)
            return dropped, changed(session, fatal.values(**self._settled(State.DEAD, "worker_lost")))

        return self.run(work)

    # operators and retention

    def counts(self) -> dict[str, int]:
        """Rows by state, every state named."""
        statement = select(NoticeRow.state, func.count()).group_by(NoticeRow.state)
        found = {row[0]: row[1] for row in self.run(lambda session: session.execute(statement).all())}
        return {state.value: found.get(state.value, 0) for state in State}

    def oldest_due(self) -> dt.datetime | None:
        """Since when the notice waits that waits longest past its time."""
        late = and_(NoticeRow.state.in_([State.QUEUED, State.SENDING]), NoticeRow.due_at <= self._clock.now())
        return self.run(lambda session: session.scalar(select(func.min(NoticeRow.due_at)).where(late)))

    def list(self, state: State | None, limit: int) -> list[NoticeRow]:
        chosen = select(NoticeRow).order_by(NoticeRow.due_at.desc()).limit(limit)
        if state is not None:
            chosen = chosen.where(NoticeRow.state == state)
        return self.run(lambda session: list(session.scalars(chosen)))

    def replay(self, notice_id: str | None = None) -> int:
        """Dead notices, one or all, that are still of use are tried afresh; how many."""
        now = self._clock.now()
        again = [NoticeRow.state == State.DEAD, NoticeRow.expires_at > now]
        if notice_id is not None:
            again.append(NoticeRow.id == notice_id)
        values = {"state": State.QUEUED, "attempts": 0, "next_at": now, "outcome": None, "updated_at": now}
        return self.run(lambda session: changed(session, update(NoticeRow).where(*again).values(**values)))

    def stop(self, notice_id: str) -> bool:
        """An operator's word: this one does not go out."""
        return self.run(lambda session: self.drop(session, Drop.WITHDRAWN, NoticeRow.id == notice_id)) == 1

    def forget_before(self, moment: dt.datetime) -> int:
        """Deletes notices settled before `moment`, then the hash in consents nothing rests on any more; how many.

        A consent's purpose, wording, channel and times stay as proof, without a person.
        """

        def work(session: Session) -> int:
            old = delete(NoticeRow).where(NoticeRow.state.not_in(OPEN), NoticeRow.updated_at < moment)
            gone = changed(session, old)
            over = and_(
                ConsentRow.conversation_hash.is_not(None),
                ConsentRow.given_at < moment,
                or_(ConsentRow.purpose != Reason.DOSSIER, ConsentRow.withdrawn_at < moment),
                ConsentRow.id.not_in(select(NoticeRow.consent_id)),
            )
            changed(session, update(ConsentRow).where(over).values(conversation_hash=None))
            return gone

        return self.run(work)

    # the steps

    def _held(self, notice: Notice) -> tuple[ColumnElement[bool], ...]:
        return NoticeRow.id == notice.id, NoticeRow.claim == notice.claim, NoticeRow.state == State.SENDING

    def _settle(self, notice: Notice, state: State, outcome: str | None, **values: object) -> bool:
        """Only who holds the row may settle it: a worker that was away too long finds it another's."""
        statement = update(NoticeRow).where(*self._held(notice)).values(**self._settled(state, outcome), **values)
        return self.run(lambda session: changed(session, statement)) == 1

    def _settled(self, state: State, outcome: str | None) -> dict[str, object]:
        now = self._clock.now()
        return {"state": state, "outcome": outcome, "claim": None, "lease_until": None, "updated_at": now}

    def _left(self, now: dt.datetime) -> ColumnElement[bool]:
        """A worker held it and is gone.  A lease further ahead than any can be was written before the clock was set
        back."""
        over = or_(NoticeRow.lease_until <= now, NoticeRow.lease_until > now + 2 * LEASE)
        return and_(NoticeRow.state == State.SENDING, over)

    def _readable(self, row: NoticeRow, claim: str) -> Notice | None:
        """None: no key fits, and the row is given up; the others must still go out."""
        try:
            conversation = self._keys.decrypt(row.conversation)
            body = self._keys.decrypt(row.body) if row.body else ""
        except Misconfigured as error:
            row.state, row.outcome, row.claim, row.lease_until = State.DEAD, "key_missing", None, None
            log.error("notice_unreadable", detail=error.detail)
            return None
        return Notice(
            id=row.id,
            key=row.key,
            reason=Reason(row.reason),
            kind=row.kind,
            subject=row.subject,
            channel=row.channel,
            conversation=conversation,
            body=body,
            due_at=row.due_at,
            expires_at=row.expires_at,
            attempts=row.attempts,
            claim=claim,
        )


def channel_of(conversation: str) -> str:
    return conversation.partition(":")[0][:16]
