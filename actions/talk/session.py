"""What is remembered of a conversation beside Rasa's slots, which end with its session.

None of it holds personal data, and a memory that is down costs nobody the answer: what is not remembered is not said.
"""

from __future__ import annotations

from typing import Any

import structlog

from actions.memory import Memory
from knowledge_base.errors import Unavailable

log = structlog.get_logger()
MET_S = 30 * 24 * 3600
DAY_S = 24 * 3600


class Session:
    """The memory of one conversation."""

    def __init__(self, memory: Memory, conversation: str) -> None:
        self._memory = memory
        self._conversation = conversation

    async def first_contact(self) -> bool:
        """Whether nobody was told yet, in this conversation, whom they talk to; the next call says no."""
        try:
            return await self._memory.add(f"met:{self._conversation}", True, MET_S)
        except Unavailable as error:
            log.warning("first contact not known", detail=error.detail)
            return False

    async def keep(self, what: str, value: Any, ttl_s: float = DAY_S) -> None:
        try:
            await self._memory.put(f"{what}:{self._conversation}", value, ttl_s)
        except Unavailable as error:
            log.warning("not remembered", what=what, detail=error.detail)

    async def kept(self, what: str) -> Any | None:
        try:
            return await self._memory.get(f"{what}:{self._conversation}")
        except Unavailable as error:
            log.warning("not remembered", what=what, detail=error.detail)
            return None

    async def drop(self, *whats: str) -> None:
        for what in whats:
            try:
                await self._memory.drop(f"{what}:{self._conversation}")
            except Unavailable as error:
                log.warning("not forgotten", what=what, detail=error.detail)

    async def once(self, what: str, ttl_s: float = DAY_S) -> bool:
        """Whether `what` happens for the first time."""
        try:
            return await self._memory.add(f"once:{what}:{self._conversation}", True, ttl_s)
        except Unavailable:
            return False


LAST_PROCEDURE = "last-procedure"
UNFINISHED = "unfinished"  # the form under way: "status_form", "booking_form", …
