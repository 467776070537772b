"""The conversation over HTTP, for programs, the terminal and evaluation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from actions.clock import Clock
from actions.messages import Message, Trace
from assistant.addresses import Addresses
from assistant.turn import MESSAGE_ID_LIMIT, Assistant, Location, Turn

TEXT_CEILING = 20_000  # characters read at all; the pipeline's own limit answers with a sentence below it


class ChatIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    conversation: str = Field(min_length=1, max_length=100)
    text: str | None = Field(default=None, max_length=TEXT_CEILING)
    payload: str | None = Field(default=None, max_length=64)
    location: Location | None = None
    message_id: str | None = Field(default=None, max_length=MESSAGE_ID_LIMIT)

    @model_validator(mode="after")
    def _one_thing(self) -> ChatIn:
        if sum(value is not None for value in (self.text, self.payload, self.location)) != 1:
            raise ValueError("give one of text, payload, location")
        return self


class ChatOut(BaseModel):
    messages: list[Message]
    trace: Trace | None = Field(default=None, description="Only where TTHC_TRACE=1")


def router(assistant: Assistant, clock: Clock, trace: bool, addresses: Addresses) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["chat"])

    @routes.post("/chat", response_model_exclude_none=True, responses={200: {"model": ChatOut}})
    async def chat(said: ChatIn, request: Request) -> Any:
        """One turn.  Conversations named here are apart from those of the web page and the messaging channels."""
        turn = Turn(
            conversation=f"api:{said.conversation}",
            channel="api",
            text=said.text,
            payload=said.payload,
            location=said.location,
            message_id=said.message_id,
            at=clock.now(),
            address=addresses.hash(request.client.host if request.client else None),
        )
        reply = await assistant.handle(turn)
        return ChatOut(messages=reply.messages if reply else [], trace=reply.trace if reply and trace else None)

    return routes
