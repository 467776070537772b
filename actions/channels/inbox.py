"""The durable inbox: each event of a platform is taken once, and worked on by one process, in order.

A process that works on a conversation holds its lease.  Whatever it writes, it writes only while it holds it: one that
stood still for too long finds the conversation in other hands and leaves it alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from actions.channels.models import ContactRow, DeliveryRow, InboxRow
from actions.channels.outgoing import Delivery, add_delivery, first_delivery
from actions.clock import Clock
from actions.database import Database
from actions.personal import PersonalKeys
from actions.transactions import Transactions, changed, insert
from knowledge_base.errors import ErrorCode, Unavailable

WAITING, DONE, DROPPED, FAILED = "waiting", "done", "dropped", "failed"
KEPT = dt.timedelta(days=8)  # how long an event is remembered; older ones are not taken at all
LONG_AWAY = dt.timedelta(days=30)
TRIES = 5  # an event that takes the process down with it so often is given up; others survive a few restarts


@dataclass(frozen=True)
class Received:
    """An event as its channel read it.  `body` is the channel's own; an empty one is noted and needs no work.

    `act`: the person did something, which opens their window; `left`: they blocked us or went away.
    """

    event_id: str
    conversation: str
    at: dt.datetime
    body: str = ""
    act: bool = True
    left: bool = False


@dataclass(frozen=True)
class Waiting:
    """An event to work on.  `first`: of this person, at all or for a month; `worn`: given up after this try."""

    id: int
    conversation: str
    body: str
    first: bool
    worn: bool
    offered: str


class Inbox:
    """Of one database.  `per_person` and `total` bound what may wait."""

    def __init__(
        self, database: Database, keys: PersonalKeys, clock: Clock, per_person: int = 20, total: int = 10_000
    ) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock
        self._per_person = per_person
        self._total = total

    def take(self, channel: str, events: Sequence[Received]) -> int:
        """Keeps the events not seen before; how many of them are to be worked on.

        Raises:
            Unavailable: CHANNEL_DOWN when too many wait, DATABASE_DOWN.
        """

        def work(session: Session) -> int:
            waiting = select(func.count()).where(InboxRow.state == WAITING, InboxRow.channel == channel)
            if (session.scalar(waiting) or 0) >= self._total:
                raise Unavailable(ErrorCode.CHANNEL_DOWN, f"{channel}: too many events wait")
            return sum(self._take(session, channel, event) for event in events)

        return self._transactions.run(work)

    def _take(self, session: Session, channel: str, event: Received) -> bool:
        now = self._clock.now()
        if event.at < now - KEPT:  # older than our memory of repeats: it may be one
            return False
        contact = touch_contact(session, channel, event.conversation)
        away = contact.last_act_at is None or contact.last_act_at < now - LONG_AWAY
        state = WAITING if event.body else DONE
        if state == WAITING and self._crowded(session, channel, event.conversation):
            state = DROPPED
        values = {
            "channel": channel, "event_id": event.event_id, "conversation": event.conversation, "at": event.at,
            "received_at": now, "state": state, "tries": 0, "first": away,
            "body": self._keys.encrypt(event.body) if state == WAITING else "",
        }  # fmt: skip
        statement = insert(session, InboxRow).values(**values).on_conflict_do_nothing().returning(InboxRow.id)
        if session.scalar(statement) is None:
            return False
        if event.left:
            contact.gone_at = now
        elif event.act:
            contact.gone_at = None
            contact.sent_since = 0
            contact.last_act_at = max(event.at, contact.last_act_at or event.at)
        return state == WAITING

    def _crowded(self, session: Session, channel: str, conversation: str) -> bool:
        mine = (InboxRow.state == WAITING, InboxRow.channel == channel, InboxRow.conversation == conversation)
        return (session.scalar(select(func.count()).where(*mine)) or 0) >= self._per_person

    def ready(self, channel: str, limit: int) -> list[str]:
        """Conversations that have something due and are in nobody's hands, the longest waiting first."""
        now = self._clock.now()

        def work(session: Session) -> list[str]:
            free = or_(ContactRow.lease_until.is_(None), ContactRow.lease_until <= now)
            late = exists().where(
                DeliveryRow.conversation == ContactRow.conversation,
                DeliveryRow.state == WAITING,
                DeliveryRow.not_before > now,
            )
            asked = select(InboxRow.conversation, func.min(InboxRow.received_at).label("since"))
            asked = asked.where(InboxRow.state == WAITING, InboxRow.channel == channel).group_by(InboxRow.conversation)
            owed = select(DeliveryRow.conversation, func.min(DeliveryRow.created_at).label("since"))
            owed = owed.where(DeliveryRow.state == WAITING, DeliveryRow.channel == channel)
            due = asked.union_all(owed.group_by(DeliveryRow.conversation)).subquery()
            found = (
                select(ContactRow.conversation)
                .join(due, due.c.conversation == ContactRow.conversation)
                .where(free, ~late)
                .group_by(ContactRow.conversation)
                .order_by(func.min(due.c.since))
                .limit(limit)
            )
            return list(session.scalars(found))

        return self._transactions.run(work)

    def lease(self, conversation: str, owner: str, seconds: float) -> bool:
        """Whether `owner` holds the conversation now; nobody else does for so many seconds."""
        now = self._clock.now()
        free = or_(ContactRow.lease_owner == owner, ContactRow.lease_until.is_(None), ContactRow.lease_until <= now)
        claim = update(ContactRow).where(ContactRow.conversation == conversation, free)
        claim = claim.values(lease_owner=owner, lease_until=now + dt.timedelta(seconds=seconds))
        return self._transactions.run(lambda session: changed(session, claim) == 1)

    def renew(self, owner: str, seconds: float) -> None:
        """Goes on holding what `owner` still holds."""
        now = self._clock.now()
        held = update(ContactRow).where(ContactRow.lease_owner == owner, ContactRow.lease_until > now)
        held = held.values(lease_until=now + dt.timedelta(seconds=seconds))
        self._transactions.run(lambda session: changed(session, held))

    def release(self, owner: str, conversation: str | None = None) -> None:
        """Gives back one conversation, or all of them."""
        held = update(ContactRow).where(ContactRow.lease_owner == owner)
        if conversation is not None:
            held = held.where(ContactRow.conversation == conversation)
        self._transactions.run(lambda session: changed(session, held.values(lease_owner=None, lease_until=None)))

    def next(self, conversation: str, owner: str) -> Delivery | Waiting | None:
        """What comes next: a message still owed, before the next event.  None when there is nothing due, or the
        conversation is in other hands."""

        def work(session: Session) -> Delivery | Waiting | None:
            contact = held_contact(session, conversation, owner, self._clock.now())
            if contact is None:
                return None
            owed = first_delivery(session, conversation)
            if owed is not None:
                due = owed.not_before <= self._clock.now()
                return Delivery.of(owed, self._keys) if due else None
            row = session.scalars(
                select(InboxRow)
                .where(InboxRow.state == WAITING, InboxRow.conversation == conversation)
                .order_by(InboxRow.at, InboxRow.id)
                .limit(1)
            ).first()
            if row is None:
                return None
            row.tries += 1
            offered = self._keys.decrypt(contact.offered) if contact.offered else ""
            body = self._keys.decrypt(row.body)
            return Waiting(row.id, conversation, body, row.first, row.tries > TRIES, offered)

        return self._transactions.run(work)

    def finish(
        self, event: Waiting, owner: str, parts: Sequence[str], offered: str = "", failed: bool = False
    ) -> bool:
        """The event is dealt with, and these parts are owed: both or neither.  False: in other hands by now."""

        def work(session: Session) -> bool:
            now = self._clock.now()
            contact = held_contact(session, event.conversation, owner, now)
            if contact is None:
                return False
            done = update(InboxRow).where(InboxRow.id == event.id, InboxRow.state == WAITING)
            if changed(session, done.values(state=FAILED if failed else DONE, body="")) != 1:
                return False
            contact.offered = self._keys.encrypt(offered) if offered else ""
            for part in parts:
                add_delivery(session, self._keys, contact.channel, event.conversation, part, now)
            return True

        return self._transactions.run(work)

    def forget(self) -> int:
        """Deletes events older than our memory of repeats, and people not heard of for a year; how many events."""
        now = self._clock.now()

        def work(session: Session) -> int:
            old = now - dt.timedelta(days=365)
            since = func.coalesce(ContactRow.last_act_at, ContactRow.gone_at)
            changed(session, delete(ContactRow).where(since < old))
            past = delete(InboxRow).where(InboxRow.received_at < now - KEPT, InboxRow.state != WAITING)
            return changed(session, past)

        return self._transactions.run(work)


def touch_contact(session: Session, channel: str, conversation: str) -> ContactRow:
    """The row of a person, made when there is none."""
    blank = {"conversation": conversation, "channel": channel, "sent_since": 0, "offered": ""}
    session.execute(insert(session, ContactRow).values(**blank).on_conflict_do_nothing())
    return session.scalars(
        select(ContactRow).where(ContactRow.conversation == conversation).with_for_update()
    ).one()


def held_contact(session: Session, conversation: str, owner: str, now: dt.datetime) -> ContactRow | None:
    """The row of a person, locked; None unless `owner` holds it."""
    mine = (ContactRow.conversation == conversation, ContactRow.lease_owner == owner, ContactRow.lease_until > now)
    return session.scalars(select(ContactRow).where(*mine).with_for_update()).first()
