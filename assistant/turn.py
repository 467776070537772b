"""The one turn model: what any channel hands to the assistant, and the assistant's face to the channels."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from actions.messages import Message, Reply

CONVERSATION_LIMIT = 128
MESSAGE_ID_LIMIT = 128


class Location(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Turn(BaseModel):
    """One thing a citizen did: typed `text`, pressed a button (`payload`, an opaque id), or shared a `location`.

    `conversation` is the channel's own stable key with the channel in front (`web:…`, `telegram:123`); `message_id` is
    the platform's id of the event, by which repeats are known.

    For limits only: `person` is the channel's own key of who wrote, where that is not the conversation; `address` is
    the keyed hash of the network address (`assistant.addresses`), where the channel sees one.
    """

    model_config = ConfigDict(extra="forbid")
    conversation: str = Field(min_length=1, max_length=CONVERSATION_LIMIT)
    channel: str
    text: str | None = None
    payload: str | None = None
    location: Location | None = None
    message_id: str | None = Field(default=None, max_length=MESSAGE_ID_LIMIT)
    at: dt.datetime
    person: str = Field(default="", max_length=CONVERSATION_LIMIT, repr=False)
    address: str = Field(default="", max_length=64, repr=False)


class HistoryEntry(BaseModel):
    """One line of a conversation as the citizen saw it.  `notice`: the key of a notice, which came unasked."""

    who: Literal["citizen", "assistant"]
    at: dt.datetime
    text: str = ""
    messages: list[Message] = Field(default_factory=list)
    notice: str | None = None


class Assistant(Protocol):
    """What a connector may ask of the assistant.  `assistant.pipeline.Pipeline` is the real one."""

    async def handle(self, turn: Turn) -> Reply | None:
        """The reply to a turn, or None when the turn is a repeat that was answered already."""

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        """The last `limit` entries, oldest first."""


class NoticeBook(Protocol):
    """Where notices stand in the histories of conversations.  `assistant.pipeline.Transcripts` is the real one."""

    async def keep_notice(self, conversation: str, entry: HistoryEntry) -> bool:
        """Adds the entry of a notice; False when its key was there before."""

    async def notices_since(self, conversations: list[str], moment: dt.datetime) -> list[tuple[str, HistoryEntry]]:
        """(conversation, entry) of the notices kept after `moment`, oldest first."""
