"""When a person may be written to unasked, and whether that costs money.

Zalo: within 7 days of the last act; up to 8 messages within 48 hours of it are free, each act begins anew; later ones
are charged.  Messenger: within 24 hours; a person of the staff within 7 days.  (Platforms' documentation as of 2026;
the numbers are settings, because they change.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.channels.models import ContactRow, DeliveryRow
from actions.channels.outgoing import WAITING
from actions.clock import Clock
from actions.database import Database
from actions.transactions import Transactions


class Window(StrEnum):
    FREE = "free"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True)
class WindowRule:
    """`free`, then up to `paid` after the last act; `free_messages` at most are free.  `staff`: for people of ours.

    Whether charged messages may go out is not the channel's to say (`TTHC_PAID_NOTICES`).
    """

    free: dt.timedelta
    free_messages: int | None = None
    paid: dt.timedelta | None = None
    staff: dt.timedelta | None = None


class Windows:
    """Of the channels that have a rule; people of others are CLOSED here, their channel decides by itself."""

    def __init__(self, database: Database, clock: Clock, rules: Mapping[str, WindowRule]) -> None:
        self._transactions = Transactions(database)
        self._clock = clock
        self._rules = dict(rules)

    def window(self, conversation: str, by_staff: bool = False) -> Window:
        """Whether `conversation` ("zalo:…", "messenger:…") may be written to now.  Raises: Unavailable."""
        rule = self._rules.get(conversation.partition(":")[0])
        if rule is None:
            return Window.CLOSED

        def work(session: Session) -> tuple[dt.datetime, int] | None:
            person = session.get(ContactRow, conversation)
            if person is None or person.gone_at is not None or person.last_act_at is None:
                return None
            owed = (DeliveryRow.conversation == conversation, DeliveryRow.state == WAITING)
            waiting = session.scalar(select(func.count()).where(*owed)) or 0
            return person.last_act_at, person.sent_since + waiting

        found = self._transactions.run(work)
        if found is None:
            return Window.CLOSED
        since, used = self._clock.now() - found[0], found[1]
        if since < rule.free and (rule.free_messages is None or used < rule.free_messages):
            return Window.FREE
        if by_staff and rule.staff is not None and since < rule.staff:
            return Window.FREE
        if rule.paid is not None and since < rule.paid:
            return Window.PAID
        return Window.CLOSED
