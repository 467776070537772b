"""Works through a channel's inbox: conversations side by side, each in order, whatever process took the event."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from actions.channels.inbox import Inbox, Waiting
from actions.channels.outgoing import Delivery
from knowledge_base.errors import TthcError

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What an event came to: parts to send, and the numbered choices now open."""

    parts: Sequence[str] = ()
    offered: str = ""
    failed: bool = False


@dataclass(frozen=True)
class WorkerOptions:
    at_once: int = 32  # conversations worked on side by side
    poll_s: float = 1  # pause between looks for what other processes left and what has become due
    lease_s: float = 30  # how long a process that died keeps others from its conversations
    drain_s: float = 10  # how long `stop` waits for events that have begun
    send_s: float = 15  # and for messages that are being sent: one call of the platform


class InboxWorker:
    """`work` answers one event, `deliver` sends one message (False: not now)."""

    def __init__(
        self,
        channel: str,
        inbox: Inbox,
        work: Callable[[Waiting], Awaitable[Outcome]],
        deliver: Callable[[Delivery], Awaitable[bool]],
        options: WorkerOptions,
    ) -> None:
        self._channel = channel
        self._inbox = inbox
        self._work = work
        self._deliver = deliver
        self._options = options
        self._owner = secrets.token_hex(8)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._sending: set[asyncio.Task[bool]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._stopping = False
        self._tasks = [asyncio.create_task(self._schedule()), asyncio.create_task(self._hold())]

    def wake(self) -> None:
        """Something new is there."""
        self._wake.set()

    async def stop(self) -> None:
        """Finishes the events and messages that have begun; the rest stays for the next start."""
        self._stopping = True
        if self._tasks:
            self._tasks[0].cancel()
        lanes = set(self._lanes.values())
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=self._options.drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._sending:  # a message half sent must be written down, else it is sent again
            await asyncio.wait(set(self._sending), timeout=self._options.send_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        with contextlib.suppress(TthcError):
            await asyncio.to_thread(self._inbox.release, self._owner)

    async def _schedule(self) -> None:
        while True:
            self._wake.clear()
            try:
                room = self._options.at_once - len(self._lanes)
                found = await asyncio.to_thread(self._inbox.ready, self._channel, self._options.at_once) if room else []
                for conversation in found[:room]:
                    await self._begin(conversation)
            except Exception as error:  # noqa: BLE001 - the next look may go well
                log.error("channel_inbox_unread", channel=self._channel, cause=type(error).__name__)
                await asyncio.sleep(self._options.poll_s)
            # not `wait_for`: until Python 3.12 it loses a cancellation that comes together with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._options.poll_s):
                    await self._wake.wait()

    async def _begin(self, conversation: str) -> None:
        if conversation in self._lanes:
            return
        if await asyncio.to_thread(self._inbox.lease, conversation, self._owner, self._options.lease_s):
            task = asyncio.create_task(self._lane(conversation))
            self._lanes[conversation] = task
            task.add_done_callback(lambda _: self._ended(conversation))

    def _ended(self, conversation: str) -> None:
        self._lanes.pop(conversation, None)
        self._wake.set()  # an event may have come after the lane's last look

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(self._options.lease_s / 3)
            try:
                await asyncio.to_thread(self._inbox.renew, self._owner, self._options.lease_s)
            except Exception as error:  # noqa: BLE001 - without a lease a lane stops by itself
                log.error("channel_lease_not_renewed", channel=self._channel, cause=type(error).__name__)

    async def _lane(self, conversation: str) -> None:
        try:
            while not self._stopping and await self._step(conversation):
                pass
        except Exception as error:
            log.error("channel_lane_broken", channel=self._channel, cause=type(error).__name__, exc_info=error)
            await asyncio.sleep(self._options.poll_s)
        finally:
            with contextlib.suppress(TthcError):
                await asyncio.to_thread(self._inbox.release, self._owner, conversation)

    def _settled(self, sending: asyncio.Task[bool]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled() and (error := sending.exception()) is not None:
            log.error("channel_message_unsettled", channel=self._channel, cause=type(error).__name__)

    async def _step(self, conversation: str) -> bool:
        """One message sent, or one event answered; False when there is nothing to do now."""
        todo = await asyncio.to_thread(self._inbox.next, conversation, self._owner)
        if isinstance(todo, Delivery):
            sending = asyncio.ensure_future(self._deliver(todo))
            self._sending.add(sending)
            sending.add_done_callback(self._settled)
            return await asyncio.shield(sending)
        if isinstance(todo, Waiting):
            outcome = await self._work(todo)
            parts, offered = outcome.parts, outcome.offered
            return await asyncio.to_thread(self._inbox.finish, todo, self._owner, parts, offered, outcome.failed)
        return False
