"""Answers that take the same time whatever was found.

The work behind a refusal differs by little (a record to read, or none), but a script that asks a thousand times would
see it.  So a refusal is given only at the next full step of time since the question.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

STEP_S = 0.25
FINE_S = 0.002  # an event loop wakes up to a millisecond late, by as much as the work before took: the end is awaited


class Pace:
    """`now` is a monotonic clock in seconds; both it and `sleep` are injectable for tests."""

    def __init__(
        self,
        step_s: float = STEP_S,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step_s = step_s
        self._now = now
        self._sleep = sleep

    def start(self) -> float:
        return self._now()

    async def even_out(self, started: float) -> None:
        """Waits until a whole number of steps, at least one, has passed since `started`."""
        if self._step_s <= 0:
            return
        steps = int(max(self._now() - started, 0.0) / self._step_s) + 1
        end = started + steps * self._step_s
        while (left := end - self._now()) > 0:
            await self._sleep(left - FINE_S if left > 2 * FINE_S else 0)
