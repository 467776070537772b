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
    CHANNEL = "channel"  # where notices go from now on; never sent elsewhere itself


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

    async def window(self, conversation: str, by_staff: bool = False) -> Window:
        """Whether a message sent now is free, costs money, or cannot be sent until the citizen writes again.

        `by_staff`: a person of the staff wrote it; some channels give people more time than programs.
        """

    async def send(self, conversation: str, reply: Reply, key: str, by_staff: bool = False) -> None:
        """Delivers `reply` (its buttons sealed): once it returns the channel has it, and not before.  A channel that
        can, delivers the same `key` once only.

        Raises:
            Refused: WINDOW_CLOSED, not before the citizen writes again; else they have closed the channel to us, and
                there is no use trying again.
            Unavailable: not now; it will be tried again.
        """


class Door(Protocol):
    """A channel that a citizen may choose for notices."""

    @property
    def name(self) -> str: ...

    @property
    def reachable(self) -> bool:
        """Whether it is on and takes messages now."""

    def door(self, code: str) -> str:
        """An https address that opens the chat with us, and brings `code` along where the platform can; or empty."""


@dataclass(frozen=True)
class Letter:
    """A notice for a phone number: what fills in a template that the channel has approved.  Each one is charged."""

    phone: str = field(repr=False)
    values: dict[str, str] = field(repr=False)


class LetterCarrier(Protocol):
    """A channel that reaches people by their phone number too, where their conversation is closed to us."""

    def carries(self, reason: Reason) -> bool:
        """Whether the operator has named a template for notices of this reason."""

    async def send_letter(self, reason: Reason, letter: Letter, tracking_id: str) -> None:
        """Raises: Refused, BadInput, not to this number; Unavailable, Misconfigured, later perhaps."""


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


class LetterWriter(Protocol):
    """Makes the letters of its reason at the last moment, as a composer does."""

    def letter(self, notice: Notice) -> Letter | None:
        """None: the citizen has not agreed to be reached so, or it is no longer wanted."""


class Composer(Protocol):
    """Makes the message of its reason at the last moment, from what is true then."""

    def compose(self, notice: Notice) -> Reply | None:
        """The message with its commands, or None when it is no longer wanted (the notice is then dropped: gone)."""
