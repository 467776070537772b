"""What a channel must offer so that notices can go out over it, and what a notice is on its way there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from actions.messages import Reply

Window = Literal["free", "paid", "closed"]


class State(StrEnum):
    """queued -> sending -> sent; queued while it waits for its time, `kept` for the next contact.

    sending -> queued after a failure, -> dead after the last one; any open state -> dropped when nobody wants it.
    """

    QUEUED = "queued"
    SENDING = "sending"
    KEPT = "kept"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


OPEN = (State.QUEUED, State.SENDING, State.KEPT)


class Reason(StrEnum):
    """Why a notice goes out; names the one who composes it."""

    REMINDER = "reminder"
    DOSSIER = "dossier"
    OFFICER = "officer"


class Drop(StrEnum):
    """Why a notice never went out."""

    GONE = "gone"  # what it was about is over or changed
    WITHDRAWN = "withdrawn"  # the citizen said stop
    EXPIRED = "expired"  # too late to be of use
    NIGHT = "night"  # its use would have ended before the morning
    BLOCKED = "blocked"  # the citizen closed the channel to us
    REPLACED = "replaced"  # a newer one says more


class Notifier(Protocol):
    """One channel.  Held to `tests/connectors/test_notifiers.py`."""

    async def window(self, conversation: str) -> Window:
        """Whether a message sent now is free, costs money, or cannot be sent until the citizen writes again."""

    async def send(self, conversation: str, reply: Reply, key: str) -> None:
        """Delivers `reply` (its buttons sealed).  A channel that can, delivers the same `key` once only.

        Raises:
            Refused: the citizen has closed the channel to us; no use trying again.
            Unavailable: not now; it will be tried again.
        """


@dataclass(frozen=True)
class Notice:
    """A notice in the hands of the one worker that claimed it (`claim`); `attempts` includes this one."""

    id: str
    key: str
    reason: Reason
    kind: str
    subject: str
    channel: str
    conversation: str = field(repr=False)
    body: str = field(repr=False)
    due_at: dt.datetime
    expires_at: dt.datetime
    attempts: int
    claim: str


class Composer(Protocol):
    """Makes the message of its reason at the last moment, from what is true then."""

    def compose(self, notice: Notice) -> Reply | None:
        """The message with its commands, or None when it is no longer wanted (the notice is then dropped: gone)."""
