"""Messages on their way to people, kept until the platform has taken them; those given up wait for a replay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from actions.channels.models import ContactRow, DeliveryRow
from actions.clock import Clock
from actions.database import Database
from actions.personal import PersonalKeys
from actions.transactions import Transactions, changed

WAITING, DEAD = "waiting", "dead"


@dataclass(frozen=True)
class Delivery:
    """A message to send now.  `body` is the channel's own; `attempts` went before."""

    id: int
    conversation: str
    attempts: int
    body: str

    @classmethod
    def of(cls, row: DeliveryRow, keys: PersonalKeys) -> Delivery:
        return cls(row.id, row.conversation, row.attempts, keys.decrypt(row.body))


@dataclass(frozen=True)
class DeadLetter:
    """A message given up: enough to judge it by, and nothing of what it says."""

    id: int
    channel: str
    conversation: str
    created_at: dt.datetime
    attempts: int
    reason: str


class Outgoing:
    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock

    def put(self, channel: str, conversation: str, parts: Sequence[str]) -> None:
        """Owes these parts to a person known to us, behind what is owed already."""

        def work(session: Session) -> None:
            for part in parts:
                add_delivery(session, self._keys, channel, conversation, part, self._clock.now())

        self._transactions.run(work)

    def sent(self, delivery: Delivery) -> None:
        """The platform has taken it: forgotten, and counted against the person's free messages."""

        def work(session: Session) -> None:
            if changed(session, delete(DeliveryRow).where(DeliveryRow.id == delivery.id)):
                _count(session, delivery.conversation)

        self._transactions.run(work)

    def count(self, conversation: str) -> None:
        """A message that was never owed has gone out: counted against the person's free messages too."""
        self._transactions.run(lambda session: _count(session, conversation))

    def owes(self, conversation: str) -> bool:
        """Whether something waits to be sent to the person."""
        return self._transactions.run(lambda session: first_delivery(session, conversation) is not None)

    def postpone(self, delivery: Delivery, pause: dt.timedelta, reason: str) -> None:
        """One attempt more has failed; tried again after `pause`, and what is behind it waits too."""
        values = {"attempts": delivery.attempts + 1, "not_before": self._clock.now() + pause, "reason": reason[:200]}
        one = update(DeliveryRow).where(DeliveryRow.id == delivery.id)
        self._transactions.run(lambda session: changed(session, one.values(**values)))

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Given up."""
        values = {"attempts": delivery.attempts + 1, "state": DEAD, "reason": reason[:200]}
        one = update(DeliveryRow).where(DeliveryRow.id == delivery.id)
        self._transactions.run(lambda session: changed(session, one.values(**values)))

    def bury_all(self, conversation: str, reason: str) -> int:
        """Nobody is there to read: everything owed to the person is given up, and the person is marked as gone."""

        def work(session: Session) -> int:
            gone = update(ContactRow).where(ContactRow.conversation == conversation)
            changed(session, gone.values(gone_at=self._clock.now()))
            owed = update(DeliveryRow).where(DeliveryRow.conversation == conversation, DeliveryRow.state == WAITING)
            return changed(session, owed.values(state=DEAD, reason=reason[:200]))

        return self._transactions.run(work)

    def dead(self, channel: str = "", limit: int = 1000) -> list[DeadLetter]:
        """Messages given up, oldest first."""
        found = select(DeliveryRow).where(DeliveryRow.state == DEAD).order_by(DeliveryRow.id).limit(limit)
        if channel:
            found = found.where(DeliveryRow.channel == channel)

        def work(session: Session) -> list[DeadLetter]:
            return [
                DeadLetter(row.id, row.channel, row.conversation, row.created_at, row.attempts, row.reason)
                for row in session.scalars(found)
            ]

        return self._transactions.run(work)

    def replay(self, channel: str = "", ids: Sequence[int] = ()) -> int:
        """Messages given up are owed again, all or those named; how many.  A running platform sends them."""
        dead = update(DeliveryRow).where(DeliveryRow.state == DEAD)
        if channel:
            dead = dead.where(DeliveryRow.channel == channel)
        if ids:
            dead = dead.where(DeliveryRow.id.in_(ids))
        values = {"state": WAITING, "attempts": 0, "not_before": self._clock.now()}
        return self._transactions.run(lambda session: changed(session, dead.values(**values)))

    def forget_before(self, moment: dt.datetime) -> int:
        """Deletes messages given up before; how many."""
        old = delete(DeliveryRow).where(DeliveryRow.state == DEAD, DeliveryRow.created_at < moment)
        return self._transactions.run(lambda session: changed(session, old))


def _count(session: Session, conversation: str) -> None:
    mine = update(ContactRow).where(ContactRow.conversation == conversation)
    changed(session, mine.values(sent_since=ContactRow.sent_since + 1))


def add_delivery(
    session: Session, keys: PersonalKeys, channel: str, conversation: str, part: str, now: dt.datetime
) -> None:
    session.add(
        DeliveryRow(
            channel=channel, conversation=conversation, state=WAITING, attempts=0, created_at=now, not_before=now,
            reason="", body=keys.encrypt(part),
        )
    )  # fmt: skip
    session.flush()  # ids in the order of the parts


def first_delivery(session: Session, conversation: str) -> DeliveryRow | None:
    owed = (DeliveryRow.conversation == conversation, DeliveryRow.state == WAITING)
    return session.scalars(select(DeliveryRow).where(*owed).order_by(DeliveryRow.id).limit(1)).first()
