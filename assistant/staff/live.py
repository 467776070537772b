"""Changes appear on all open pages: each branch that somebody looks at is watched once in this process.

The database is asked for the day's revision every second, so that acts of other processes and new bookings show too; an
act of this process is told at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import structlog

from actions.appointments.counter_port import CounterPort
from knowledge_base.errors import TthcError

log = structlog.get_logger()

POLL_S = 1.0


@dataclass
class _Watch:
    revision: str = ""
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    nudged: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Live:
    def __init__(self, counter: CounterPort, poll_s: float = POLL_S) -> None:
        self._counter = counter
        self._poll_s = poll_s
        self._watches: dict[str, _Watch] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def watched(self) -> int:
        """Branches looked at."""
        return len(self._watches)

    def nudge(self, branch_id: str) -> None:
        """Something changed; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop ends this moment
                self._loop.call_soon_threadsafe(self._wake, branch_id)

    async def follow(self, branch_id: str, heartbeat_s: float) -> AsyncGenerator[str]:
        """The revision at once, at every change, and again when nothing changed for `heartbeat_s`."""
        watch = self._open(branch_id)
        try:
            seen = ""
            while True:
                if watch.revision == seen or not watch.revision:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(heartbeat_s):
                            await watch.changed.wait()
                seen = watch.revision
                yield seen
        finally:
            self._close(branch_id, watch)

    def _open(self, branch_id: str) -> _Watch:
        self._loop = asyncio.get_running_loop()
        watch = self._watches.get(branch_id)
        if watch is None:
            watch = self._watches[branch_id] = _Watch()
            watch.task = asyncio.create_task(self._poll(branch_id, watch))
        watch.listeners += 1
        return watch

    def _close(self, branch_id: str, watch: _Watch) -> None:
        watch.listeners -= 1
        if watch.listeners == 0:
            if watch.task is not None:
                watch.task.cancel()
            if self._watches.get(branch_id) is watch:
                del self._watches[branch_id]

    def _wake(self, branch_id: str) -> None:
        if watch := self._watches.get(branch_id):
            watch.nudged.set()

    async def _poll(self, branch_id: str, watch: _Watch) -> None:
        while True:
            watch.nudged.clear()
            try:
                revision = await asyncio.to_thread(self._counter.revision, branch_id)
            except TthcError as error:
                log.warning("counter_watch_failed", code=error.code.value)
            else:
                if revision != watch.revision:
                    watch.revision = revision
                    watch.changed.set()
                    watch.changed = asyncio.Event()
            # not `wait_for`: until Python 3.12 it loses a cancellation that comes together with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await watch.nudged.wait()
