"""What a messaging platform is to the shared part: how events are proved and read, how messages are put and sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from actions.messages import Message
from assistant.turn import Location
from connectors.choices import Offered

Json = dict[str, Any]


class Event(BaseModel):
    """What somebody did on the platform.

    One of text, payload and location makes a turn; `notice` is a sentence key, said before it; with none of these the
    event is noted only.  `act`: it opens the person's window; `left`: they blocked us or went away.
    """

    model_config = ConfigDict(extra="forbid")
    event_id: str
    user: str
    at: dt.datetime
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    notice: str | None = None
    act: bool = True
    left: bool = False

    @property
    def asks(self) -> bool:
        """Whether it makes a turn."""
        return self.text is not None or self.payload is not None or self.location is not None


@dataclass(frozen=True)
class Rendered:
    """Messages of the platform, in order, and the numbered choices among them."""

    parts: list[Json] = field(default_factory=list)
    offered: Offered = field(default_factory=list)


class Platform(Protocol):
    """The part of a channel that its platform's documentation decides."""

    name: str  # of the channel, and in front of its conversations
    path: str  # of the webhook

    async def open(self) -> None:
        """Checks keys and sets up what the platform keeps for us.

        Raises:
            Misconfigured: a key is refused.
            Unavailable: cannot be reached now.
        """

    async def close(self) -> None: ...

    def extra_routes(self, router: APIRouter) -> None:
        """What the platform calls besides the webhook."""

    def genuine(self, headers: Mapping[str, str], raw: bytes) -> bool:
        """Whether the platform sent `raw`; decided before anything is parsed, in constant time."""

    def read(self, raw: bytes) -> list[Event]:
        """The events in a call, those that mean nothing to us left out.  Raises: ValueError, not of the shape."""

    def render(self, messages: Sequence[Message]) -> Rendered: ...

    async def send(self, user: str, part: Json, by_staff: bool) -> None:
        """Sends one part.

        Raises:
            Refused: RECIPIENT_GONE, WINDOW_CLOSED, FORBIDDEN, or RATE_LIMITED (`retry_after` in its data, seconds).
            BadInput: the platform will never take this part.
            Unavailable, Misconfigured: later perhaps.
        """
