"""Where a turn comes from, as far as limits need it: on the way past Rasa, which must not know.

The pipeline notes it under the conversation, the action that limits tries takes it from there.  An address is a keyed
hash before it gets here (`assistant/addresses.py`); neither part is ever logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from actions.memory import Memory
from knowledge_base.errors import Unavailable

KEEP_S = 120  # longer than any turn may take

log = structlog.get_logger()


@dataclass(frozen=True)
class Origin:
    """`person`: the channel's own key of who writes; `address`: hash of the network address.  Empty: not known."""

    person: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


async def note(origin: Origin, conversation: str, memory: Memory) -> None:
    """Before the turn goes to the dialogue.  A memory that is down costs a limit its sharpness, not the citizen the
    answer: conversation and code are still counted.
    """
    if origin == Origin():
        return
    try:
        await memory.put(_key(conversation), {"person": origin.person, "address": origin.address}, KEEP_S)
    except Unavailable as error:
        log.warning("origin not noted", detail=error.detail)


async def origin_of(conversation: str, memory: Memory) -> Origin:
    held = await memory.get(_key(conversation))
    return Origin(**held) if isinstance(held, dict) else Origin()


def _key(conversation: str) -> str:
    return f"origin:{conversation}"
