"""A ticket's secret code reaches the citizen and stays out of the dialogue runtime.

The action keeps the whole ticket in short-lived memory under the conversation and answers Rasa with the ticket without
its secret; the pipeline puts the whole one back.  Rasa's trackers and logs hold no secret.
"""

from __future__ import annotations

import structlog

from actions.memory import Memory
from actions.messages import Message, Reply, TicketMessage
from knowledge_base.errors import Unavailable

KEEP_S = 60  # longer than any turn may take

log = structlog.get_logger()


async def withhold(reply: Reply, conversation: str, memory: Memory) -> Reply:
    """`reply` without secrets; what is left out waits for `restore`."""
    if not reply.holds_secret:
        return reply
    try:
        for message in reply.messages:
            if isinstance(message, TicketMessage) and message.secret:
                whole = message.model_dump(mode="json", exclude_none=True)
                await memory.put(_key(conversation, message), whole, KEEP_S)
    except Unavailable as error:  # the booking stands, and this conversation can still change or cancel it
        log.error("ticket secret not kept", detail=error.detail)
    return reply.without_secrets()


async def restore(reply: Reply, conversation: str, memory: Memory) -> Reply:
    """`reply` with the tickets that `withhold` kept, each given once."""
    messages: list[Message] = []
    try:
        for message in reply.messages:
            if isinstance(message, TicketMessage) and (whole := await memory.get(_key(conversation, message))):
                await memory.drop(_key(conversation, message))
                message = TicketMessage.model_validate(whole)
            messages.append(message)
    except Unavailable as error:
        log.error("ticket secret not restored", detail=error.detail)
        return reply
    return reply.model_copy(update={"messages": messages})


def _key(conversation: str, ticket: TicketMessage) -> str:
    return f"ticket-secret:{conversation}:{ticket.appointment_id}"
