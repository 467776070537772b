"""What a messaging platform is to the shared part: how events are proved and read, how messages are put and sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
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

    One of text, payload and location makes a turn; `notice` is a sentence key, said before it with `named` filled in;
    with none of these the event is noted only.  `act`: it opens the person's window; `left`: they blocked us or went
    away; `greets`: the first one of a person is told that nobody human answers; `receipt`: what the platform wants
    confirmed at once.
    """

    model_config = ConfigDict(extra="forbid")
    event_id: str
    user: str
    at: dt.datetime
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    notice: str | None = None
    named: dict[str, str] = {}
    act: bool = True
    left: bool = False
    greets: bool = True
    receipt: str = ""

    @property
    def asks(self) -> bool:
        """Whether it makes a turn."""
        return self.text is not None or self.payload is not None or self.location is not None


@dataclass(frozen=True)
class Rendered:
    """Messages of the platform, in order, and the numbered choices among them."""

    parts: list[Json] = field(default_factory=list)
    offered: Offered = field(default_factory=list)


Take = Callable[[Sequence[Event]], Awaitable[None]]
"""Keeps events for good, each once.  Raises: Unavailable, bring them again later."""


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

    async def listen(self, take: Take) -> None:
        """Fetches events where the platform does not bring them; returns at once where it does.

        Raises:
            Misconfigured: the platform refuses our keys from now on.
        """

    async def received(self, event: Event) -> None:
        """Confirms an event that has been kept, where the platform waits for that; never raises."""

    def extra_routes(self, router: APIRouter) -> None:
        """What the platform calls besides the webhook."""

    def door(self, code: str) -> str:
        """An address that opens the chat with us, and brings `code` along where the platform can; empty: none."""

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
