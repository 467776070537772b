"""How much waits on each messaging channel, for operators.  No person in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.channels.inbox import DROPPED, FAILED
from actions.channels.inbox import WAITING as EVENT_WAITS
from actions.channels.models import DeliveryRow, InboxRow
from actions.channels.outgoing import DEAD, WAITING
from actions.database import Database
from actions.transactions import Transactions

EVENT_STATES = (EVENT_WAITS, DROPPED, FAILED)
MESSAGE_STATES = (WAITING, DEAD)


@dataclass
class ChannelFigures:
    """`events` and `messages` by state, every state named; `oldest`: since when the one waits that waits longest."""

    events: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EVENT_STATES, 0))
    messages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MESSAGE_STATES, 0))
    oldest: dt.datetime | None = None


def read_figures(database: Database, channels: Collection[str]) -> dict[str, ChannelFigures]:
    """Of these channels, those with nothing to tell included.  Raises: Unavailable."""
    events = select(InboxRow.channel, InboxRow.state, func.count(), func.min(InboxRow.received_at))
    events = events.where(InboxRow.state.in_(EVENT_STATES)).group_by(InboxRow.channel, InboxRow.state)
    messages = select(DeliveryRow.channel, DeliveryRow.state, func.count(), func.min(DeliveryRow.created_at))
    messages = messages.group_by(DeliveryRow.channel, DeliveryRow.state)

    def work(session: Session) -> dict[str, ChannelFigures]:
        found = {channel: ChannelFigures() for channel in channels}
        for statement, kind in ((events, "events"), (messages, "messages")):
            for channel, state, count, since in session.execute(statement):
                figures = found.setdefault(channel, ChannelFigures())
                getattr(figures, kind)[state] = count
                if state == WAITING:
                    figures.oldest = min(since, figures.oldest or since)
        return found

    return Transactions(database).run(work)
