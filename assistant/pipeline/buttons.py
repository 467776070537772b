"""Buttons carry opaque ids.  What an id means stays here, belongs to one conversation, and expires."""

from __future__ import annotations

import secrets
from typing import Any

from actions.memory import Memory
from actions.messages import Command, Message, Reply
from knowledge_base.errors import BadInput, ErrorCode

LIFETIME_S = 24 * 3600
ID_BYTES = 9  # 12 characters; channels allow 64 bytes


async def seal(reply: Reply, conversation: str, memory: Memory) -> Reply:
    """The reply with every command kept here and an id in its place."""
    messages = [await _sealed(message, conversation, memory) for message in reply.messages]
    return Reply(messages=messages, trace=reply.trace)


async def _sealed(message: Message, conversation: str, memory: Memory) -> Message:
    choices = getattr(message, "choices", None)
    if not choices:
        return message
    kept = []
    for choice in choices:
        if choice.command is not None:
            payload = secrets.token_urlsafe(ID_BYTES)
            held: dict[str, Any] = {"title": choice.title, "command": choice.command.model_dump()}
            await memory.put(f"button:{conversation}:{payload}", held, LIFETIME_S)
            choice = choice.model_copy(update={"command": None, "payload": payload})
        kept.append(choice)
    return message.model_copy(update={"choices": kept})


async def unseal(payload: str, conversation: str, memory: Memory) -> tuple[str, Command]:
    """Title and command of a button of this conversation.

    Raises:
        BadInput: PAYLOAD_UNKNOWN, never issued here, another conversation's, or expired.
    """
    held = await memory.get(f"button:{conversation}:{payload}") if len(payload) <= 64 else None
    if held is None:
        raise BadInput(ErrorCode.PAYLOAD_UNKNOWN)
    return str(held["title"]), Command.model_validate(held["command"])
