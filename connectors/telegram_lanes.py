"""Order per chat, chats side by side: each chat has a lane of waiting events and, while there are any, one worker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from connectors.telegram_updates import Event

log = structlog.get_logger()


class ChatLanes:
    """`work` is called with one event at a time for each chat, in the order of `put`.

    `per_chat` and `total` bound what may wait: beyond the first an event is dropped, at the second `full` asks the
    source to hold back.
    """

    def __init__(self, work: Callable[[Event], Awaitable[None]], per_chat: int, total: int) -> None:
        self._work = work
        self._per_chat = per_chat
        self._total = total
        self._waiting = 0
        self._lanes: dict[int, deque[Event]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def full(self) -> bool:
        return self._waiting >= self._total

    async def wait_for_room(self) -> None:
        await self._room.wait()

    def put(self, event: Event) -> bool:
        """Whether the event was taken; False when too many of its chat wait already."""
        lane = self._lanes.get(event.chat_id)
        if lane is not None:
            if len(lane) >= self._per_chat:
                return False
            lane.append(event)
        else:
            self._lanes[event.chat_id] = deque([event])
            task = asyncio.create_task(self._run(event.chat_id))
            self._workers.add(task)
            task.add_done_callback(self._workers.discard)
        self._count(1)
        return True

    async def drain(self, timeout_s: float) -> None:
        """Waits until nothing waits any more; after `timeout_s` the rest is given up."""
        if not self._workers:
            return
        _, late = await asyncio.wait(set(self._workers), timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("telegram_turns_given_up", chats=len(late), events=self._waiting)
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, chat_id: int) -> None:
        lane = self._lanes[chat_id]
        try:
            while lane:
                try:
                    await self._work(lane[0])
                except Exception:
                    log.exception("telegram_event_failed")  # the next message of the chat must still be answered
                finally:
                    lane.popleft()
                    self._count(-1)
        finally:
            self._count(-len(lane))
            del self._lanes[chat_id]

    def _count(self, change: int) -> None:
        self._waiting += change
        if self.full:
            self._room.clear()
        else:
            self._room.set()
