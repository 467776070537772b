"""Buttons carry opaque ids.  What an id means stays here, belongs to one conversation, and expires."""

from __future__ import annotations

import re
import secrets
from typing import Any

from actions.memory import Memory
from actions.messages import ChoicesMessage, Command, Message, Reply, TextMessage
from knowledge_base.errors import BadInput, ErrorCode

LIFETIME_S = 24 * 3600
ID_BYTES = 9  # 12 characters; channels allow 64 bytes
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)  # no colon: with one, an id could name another conversation's button


async def seal(reply: Reply, conversation: str, memory: Memory, lifetime_s: float = LIFETIME_S) -> Reply:
    """The reply with every command kept here and an id in its place."""
    messages = [await _sealed(message, conversation, memory, lifetime_s) for message in reply.messages]
    return Reply(messages=messages, trace=reply.trace)


async def _sealed(message: Message, conversation: str, memory: Memory, lifetime_s: float) -> Message:
    choices = getattr(message, "choices", None)
    if not choices:
        return message
    kept = []
    for choice in choices:
        if choice.command is not None:
            payload = secrets.token_urlsafe(ID_BYTES)
            held: dict[str, Any] = {"title": choice.title, "command": choice.command.model_dump()}
            await memory.put(f"button:{conversation}:{payload}", held, lifetime_s)
            choice = choice.model_copy(update={"command": None, "payload": payload})
        kept.append(choice)
    return message.model_copy(update={"choices": kept})


def without_buttons(reply: Reply) -> Reply:
    """The reply with its words only, for when no button can be remembered; links stay."""
    return Reply(messages=[_without_buttons(message) for message in reply.messages], trace=reply.trace)


def _without_buttons(message: Message) -> Message:
    links = [choice for choice in getattr(message, "choices", ()) if choice.command is None]
    if isinstance(message, ChoicesMessage) and not links:
        return TextMessage(text=message.text)
    return message.model_copy(update={"choices": links}) if hasattr(message, "choices") else message


async def unseal(payload: str, conversation: str, memory: Memory) -> tuple[str, Command]:
    """Title and command of a button of this conversation.

    Raises:
        BadInput: PAYLOAD_UNKNOWN, never issued here, another conversation's, or expired.
    """
    held = await memory.get(f"button:{conversation}:{payload}") if _ID.fullmatch(payload) else None
    if held is None:
        raise BadInput(ErrorCode.PAYLOAD_UNKNOWN)
    return str(held["title"]), Command.model_validate(held["command"])
