"""What a dossier's card says stays out of the dialogue runtime, and so does a code that pairs channels.

The action keeps the card in short-lived memory under the conversation and gives Rasa a mark in its place; the pipeline
puts the card back.  Rasa's trackers and logs hold neither a name nor a state of anybody's dossier.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from actions.memory import Memory
from actions.messages import Message, Reply, TextMessage
from actions.wording import say_error
from knowledge_base.errors import ErrorCode, TthcError, Unavailable

CARD_MARK = "<the-ho-so>"
KEEP_S = 60  # longer than any turn may take
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


async def veil(reply: Reply, conversation: str, memory: Memory) -> Reply:
    """`reply` with a mark for its card.

    Raises:
        Unavailable: DATABASE_DOWN, the card cannot be kept; it is not told through Rasa then.
    """
    (card,) = reply.messages
    await memory.put(_key(conversation), card.model_dump(mode="json", exclude_none=True), KEEP_S)
    return reply.model_copy(update={"messages": [TextMessage(text=CARD_MARK)]})


async def unveil(reply: Reply, conversation: str, memory: Memory) -> Reply:
    """`reply` with the card that `veil` kept, given once; where it is lost, the sentence for it."""
    if not any(_is_mark(message) for message in reply.messages):
        return reply
    return reply.model_copy(
        update={
            "messages": [
                await _card(conversation, memory) if _is_mark(message) else message for message in reply.messages
            ]
        }
    )


async def _card(conversation: str, memory: Memory) -> Message:
    try:
        held = await memory.get(_key(conversation))
        if held is not None:
            await memory.drop(_key(conversation))
            return _MESSAGE.validate_python(held)
    except Unavailable:
        pass
    return TextMessage(text=say_error(TthcError(ErrorCode.DOSSIER_SYSTEM_DOWN)))


def _is_mark(message: Message) -> bool:
    return isinstance(message, TextMessage) and message.text == CARD_MARK


def _key(conversation: str) -> str:
    return f"dossier-card:{conversation}"
