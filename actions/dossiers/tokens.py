"""A session or token that many calls share: got once, kept for its time, got anew once when it is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from actions.clock import Clock

EARLY_S = 30  # a token is not used in its last seconds


@dataclass(frozen=True)
class Token:
    value: str = field(repr=False)
    keep_s: float = 0  # seconds from now; 0: until it is refused


class SharedToken:
    """For one event loop.  Calls that need a new token at the same time wait for one."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._until: dt.datetime | None = None

    async def get(self) -> tuple[str, bool]:
        """The token, and whether it was got just now.  Raises what `fetch` raises."""
        async with self._lock:
            if self._value is not None and (self._until is None or self._clock.now() < self._until):
                return self._value, False
            token = await self._fetch()
            self._value = token.value
            keep_s = max(token.keep_s - EARLY_S, token.keep_s / 2)
            self._until = self._clock.now() + dt.timedelta(seconds=keep_s) if token.keep_s else None
            return token.value, True

    def drop(self, used: str) -> None:
        """`used` was refused; one that was got meanwhile stays."""
        if self._value == used:
            self._value = None
