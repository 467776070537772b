"""Notices on the web: kept in the conversation's history, and shown at once where its page is open.

A page that is closed shows them at its next contact.  A page that is open at another process is reached by that
process, which looks every few seconds for what others have kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import structlog

from actions.clock import Clock
from actions.messages import Reply
from assistant.turn import HistoryEntry, NoticeBook
from connectors.web_frames import outgoing

log = structlog.get_logger()
LOOK_S = 5.0  # how often a process looks for notices that others have kept
PUSH_S = 5.0  # longest wait for a page to take a notice
BACK = dt.timedelta(seconds=60)  # how far it looks back: clocks and transactions of machines differ
LONGEST = dt.timedelta(days=7)  # how far back a page may ask

Push = Callable[[dict[str, Any]], Awaitable[None]]


class WebNotices:
    """The web's `Notifier`, and the register of open pages by conversation."""

    def __init__(self, book: NoticeBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._open: dict[str, list[Push]] = {}
        self._pushed: dict[str, float] = {}  # key of a notice -> when, by the monotonic clock

    async def window(self, conversation: str, by_staff: bool = False) -> Literal["free"]:
        return "free"

    async def send(self, conversation: str, reply: Reply, key: str, by_staff: bool = False) -> None:
        """Idempotent by `key`: a notice stands in the history once, however often it is sent."""
        entry = HistoryEntry(who="assistant", at=self._clock.now(), messages=reply.messages, notice=key)
        if await self._book.keep_notice(conversation, entry):
            await self._push(conversation, entry)

    def joins(self, conversation: str, push: Push) -> None:
        self._open.setdefault(conversation, []).append(push)

    def leaves(self, conversation: str, push: Push) -> None:
        pages = self._open.get(conversation, [])
        if push in pages:
            pages.remove(push)
        if not pages:
            self._open.pop(conversation, None)

    async def since(self, conversation: str, moment: dt.datetime) -> list[dict[str, Any]]:
        """What a page that was away has missed, as frames."""
        moment = max(moment, self._clock.now() - LONGEST)
        return [frame(entry) for _, entry in await self._book.notices_since([conversation], moment)]

    async def look(self) -> None:
        """Pushes what other processes have kept for pages that are open here."""
        if not self._open:
            return
        for conversation, entry in await self._book.notices_since(list(self._open), self._clock.now() - BACK):
            if entry.notice not in self._pushed:
                await self._push(conversation, entry)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the next look tries again
                log.warning("web_notices_not_seen", cause=type(error).__name__)

    async def _push(self, conversation: str, entry: HistoryEntry) -> None:
        now = time.monotonic()
        self._pushed = {key: at for key, at in self._pushed.items() if now - at < 10 * BACK.total_seconds()}
        self._pushed[str(entry.notice)] = now
        await asyncio.gather(*(_within(push(frame(entry))) for push in list(self._open.get(conversation, []))))


async def _within(pushing: Awaitable[None]) -> None:
    """A page that takes nothing in must not hold up the others; it finds the notice in the history."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(pushing, PUSH_S)


def frame(entry: HistoryEntry) -> dict[str, Any]:
    """`{"type": "notice", "id", "at", "messages"}`; `id` tells a page what it has shown already."""
    messages = [outgoing(message) for message in entry.messages]
    return {"type": "notice", "id": entry.notice, "at": entry.at.isoformat(), "messages": messages}
