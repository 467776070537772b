"""Sending what is owed: pace, back-off, and giving up."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from actions.channels.outgoing import Delivery, Outgoing
from connectors.platform import Json, Platform
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class DeliveryOptions:
    per_second: float = 20  # messages of the whole channel, a process
    per_person_s: float = 0.25  # least time between two messages to one person
    attempts: int = 8  # of one message
    backoff_s: float = 1  # first pause after a failure; doubles
    backoff_max_s: float = 300


class Pace:
    """Keeps messages apart: of the whole channel, and of each person.  Of one process."""

    REMEMBERED = 10_000

    def __init__(self, per_second: float, per_person_s: float) -> None:
        self._apart = 1 / per_second
        self._per_person = per_person_s
        self._next = 0.0
        self._people: OrderedDict[str, float] = OrderedDict()

    async def wait(self, person: str) -> None:
        now = time.monotonic()
        at = max(now, self._next, self._people.get(person, 0.0))
        self._next = max(now, self._next) + self._apart
        self._people[person] = at + self._per_person
        self._people.move_to_end(person)
        if len(self._people) > self.REMEMBERED:
            self._people.popitem(last=False)
        if at > now:
            await asyncio.sleep(at - now)

    def hold(self, seconds: float) -> None:
        """Nothing at all for a while: the platform asks for it."""
        self._next = max(self._next, time.monotonic() + seconds)


def packed(part: Json) -> str:
    """A part as it is kept until it is sent."""
    return json.dumps({"part": part}, ensure_ascii=False)


class Deliverer:
    """`gone(conversation)` is told when the platform says that nobody is there any more."""

    def __init__(
        self, platform: Platform, outgoing: Outgoing, options: DeliveryOptions, gone: Callable[[str], Awaitable[None]]
    ) -> None:
        self._platform = platform
        self._outgoing = outgoing
        self._options = options
        self._gone = gone
        self._pace = Pace(options.per_second, options.per_person_s)

    async def deliver(self, delivery: Delivery) -> bool:
        """Sends one message and writes down what came of it.  False: it waits, and so must what is behind it.

        Raises:
            Unavailable: DATABASE_DOWN.
        """
        kept = json.loads(delivery.body)
        user = delivery.conversation.partition(":")[2]
        await self._pace.wait(user)
        try:
            await self._platform.send(user, kept["part"], by_staff=False)
        except TthcError as error:
            return await self._failed(delivery, error)
        except Exception as error:  # a fault of ours must not hold the conversation back for ever
            log.exception("channel_send_failed", channel=self._platform.name)
            return await self._failed(delivery, TthcError(ErrorCode.INTERNAL, type(error).__name__))
        await asyncio.to_thread(self._outgoing.sent, delivery)
        return True

    async def send_now(self, conversation: str, parts: Sequence[Json], by_staff: bool) -> None:
        """Sends parts to somebody who did not ask, and keeps none of them: who calls learns what came of it, and tries
        again.  `by_staff`: a person of ours wrote them.

        Raises:
            Refused: RECIPIENT_GONE, nobody is there any more; WINDOW_CLOSED, not before they write again.
            TthcError: not sent, perhaps later.
        """
        user = conversation.partition(":")[2]
        for part in parts:
            await self._pace.wait(user)
            try:
                await self._platform.send(user, part, by_staff=by_staff)
            except Refused as error:
                if error.code is ErrorCode.RECIPIENT_GONE:
                    await self._nobody(conversation, f"{error.code.value}: {error.detail}")
                if error.code in (ErrorCode.RECIPIENT_GONE, ErrorCode.WINDOW_CLOSED):
                    raise
                self._pace.hold(_asked(error))
                raise Unavailable(error.code, error.detail) from None
            await asyncio.to_thread(self._outgoing.count, conversation)

    async def _failed(self, delivery: Delivery, error: TthcError) -> bool:
        channel, reason = self._platform.name, f"{error.code.value}: {error.detail}"
        if error.code is ErrorCode.RECIPIENT_GONE:
            await self._nobody(delivery.conversation, reason)
            return True
        final = isinstance(error, BadInput) or error.code in (ErrorCode.WINDOW_CLOSED, ErrorCode.FORBIDDEN)
        if final or delivery.attempts + 1 >= self._options.attempts:
            await asyncio.to_thread(self._outgoing.bury, delivery, reason)
            log.error("channel_message_given_up", channel=channel, code=error.code.value, detail=error.detail)
            return True
        pause = self._pause(delivery.attempts)
        asked = _asked(error)
        if isinstance(error, Refused):
            self._pace.hold(asked)
        await asyncio.to_thread(
            self._outgoing.postpone, delivery, dt.timedelta(seconds=max(pause, asked)), reason
        )
        log.warning("channel_message_waits", channel=channel, code=error.code.value, detail=error.detail)
        return False

    async def _nobody(self, conversation: str, reason: str) -> None:
        channel = self._platform.name
        await asyncio.to_thread(self._outgoing.bury_all, conversation, reason)
        log.info("channel_person_gone", channel=channel)
        try:
            await self._gone(conversation)
        except TthcError as failed:
            log.error("channel_gone_not_told", channel=channel, code=failed.code.value, detail=failed.detail)

    def _pause(self, attempts: int) -> float:
        full: float = min(self._options.backoff_s * 2 ** min(attempts, 12), self._options.backoff_max_s)
        return full * (0.5 + random.random() / 2)  # noqa: S311  jitter, not a secret


def _asked(error: TthcError) -> float:
    """Seconds the platform asks to wait, 0 when it does not."""
    return float(str(error.data.get("retry_after", 0)))
