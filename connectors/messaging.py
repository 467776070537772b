"""A messaging channel: webhook in, durable inbox, turns, messages out.  What its platform decides is a `Platform`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from actions.channels.inbox import Inbox, Received, Waiting
from actions.channels.outgoing import Outgoing
from actions.channels.windows import Windows
from actions.messages import Message, Reply, TextMessage
from actions.notices import port as notices
from actions.wording import say, say_error
from assistant.turn import MESSAGE_ID_LIMIT, Assistant, Turn
from connectors.bodies import read_body
from connectors.choices import pick
from connectors.delivery import Deliverer, DeliveryOptions, packed
from connectors.inbox import InboxWorker, Outcome, WorkerOptions
from connectors.platform import Event, Platform
from knowledge_base.errors import ErrorCode, Misconfigured, Refused, TthcError, Unavailable

log = structlog.get_logger()
LOOK_S = 0.05
State = Literal["off", "connecting", "up", "refused"]
GoneHook = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Stores:
    """What the channels keep in the database."""

    inbox: Inbox
    outgoing: Outgoing
    windows: Windows


@dataclass(frozen=True)
class MessagingOptions:
    body_limit: int = 262_144  # bytes of one webhook call
    settle_s: float = 10  # how long a notice waits for answers that are being sent
    connect_s: float = 30  # pause before a platform that could not be reached is tried again
    worker: WorkerOptions = field(default_factory=WorkerOptions)
    delivery: DeliveryOptions = field(default_factory=DeliveryOptions)


class MessagingChannel:
    """`start` once, `stop` once.  `on_gone(conversation)` is told of people who left, or closed the channel to us."""

    def __init__(
        self,
        platform: Platform,
        assistant: Assistant,
        stores: Stores,
        options: MessagingOptions | None = None,
        on_gone: GoneHook | None = None,
    ) -> None:
        self.name = platform.name
        self.state: State = "off"
        self.platform = platform
        self._assistant = assistant
        self._stores = stores
        self._options = options or MessagingOptions()
        self._on_gone = on_gone
        self._deliverer = Deliverer(platform, stores.outgoing, self._options.delivery, self._gone)
        work = self._deliverer.deliver
        self._worker = InboxWorker(self.name, stores.inbox, self._answer, work, self._options.worker)
        self._source: asyncio.Task[None] | None = None  # connecting, then listening
        self._background: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Works on what waits, and connects; when the platform cannot be reached it goes on trying behind.

        Raises:
            Misconfigured: the platform refuses our keys.  Events are still taken, and answered once the keys are right.
        """
        self.state = "connecting"
        self._worker.start()
        with contextlib.suppress(Unavailable):
            await self._connect()
        self._source = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Finishes what has begun; what waits is there at the next start."""
        if self._source is not None:
            self._source.cancel()
            await asyncio.gather(self._source, return_exceptions=True)
        await self._worker.stop()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.platform.close()
        self.state = "off"

    @property
    def reachable(self) -> bool:
        """`Door`: whether citizens may be sent here."""
        return self.state == "up"

    def door(self, code: str) -> str:
        """`Door`: an address that opens the chat with us, with `code` where the platform can; empty: none is known."""
        return self.platform.door(code)

    async def window(self, conversation: str, by_staff: bool = False) -> notices.Window:
        """`Notifier`: whether a notice sent now is free, costs money, or waits for the person's next act."""
        found = await asyncio.to_thread(self._stores.windows.window, conversation, by_staff)
        return found.value

    async def send(self, conversation: str, reply: Reply, key: str, by_staff: bool = False) -> None:
        """`Notifier`: has been taken by the platform when it returns.  At least once; the platforms know no keys.

        Raises:
            Refused: RECIPIENT_GONE, or WINDOW_CLOSED, keep it for the next contact.
            Unavailable: an answer to the person still waits, the platform is down or slow; DATABASE_DOWN.
        """
        if await self.window(conversation, by_staff) == "closed":
            raise Refused(ErrorCode.WINDOW_CLOSED, self.name)
        await self._answered(conversation)
        await self._deliverer.send_now(conversation, self.platform.render(reply.messages).parts, by_staff)

    async def _answered(self, conversation: str) -> None:
        """Waits until nothing is owed to the person any more: a notice overtakes no answer."""
        try:
            async with asyncio.timeout(self._options.settle_s):
                while await asyncio.to_thread(self._stores.outgoing.owes, conversation):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"{self.name}: answers wait before it") from None

    def router(self) -> APIRouter:
        """The webhook: 200 taken, 400 not of the shape, 403 not the platform, 413 too large, 503 send again later."""
        router = APIRouter()

        @router.post(self.platform.path, include_in_schema=False)
        async def take(request: Request) -> Response:
            try:
                raw = await read_body(request, self._options.body_limit)
            except ClientDisconnect:
                return Response(status_code=400)
            if raw is None:
                return Response(status_code=413)
            if not self.platform.genuine(request.headers, raw):
                log.warning("channel_webhook_forged", channel=self.name)
                return Response(status_code=403)
            try:
                events = self.platform.read(raw)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                log.warning("channel_webhook_unreadable", channel=self.name, cause=type(error).__name__)
                return Response(status_code=400)
            try:
                await self._taken(events)
            except Unavailable as error:
                log.error("channel_webhook_not_kept", channel=self.name, detail=error.detail)
                return Response(status_code=503, headers={"Retry-After": "5"})
            return Response(status_code=200)

        self.platform.extra_routes(router)
        return router

    async def _taken(self, events: Sequence[Event]) -> None:
        """Keeps the events, each once, and has them worked on.  Raises: Unavailable, they must come again."""
        new = await asyncio.to_thread(self._take, events)
        for event in events:
            if event.receipt:
                task = asyncio.create_task(self.platform.received(event))
                self._background.add(task)
                task.add_done_callback(self._background.discard)
            if event.left:
                await self._left(event)
        if new:
            self._worker.wake()

    def _take(self, events: Sequence[Event]) -> int:
        return self._stores.inbox.take(self.name, [self._received(event) for event in events])

    def _received(self, event: Event) -> Received:
        body = event.model_dump_json(exclude_defaults=True) if event.asks or event.notice else ""
        return Received(event.event_id, self._conversation(event), event.at, body, act=event.act, left=event.left)

    def _conversation(self, event: Event) -> str:
        return f"{self.name}:{event.user}"

    async def _left(self, event: Event) -> None:
        """Told again when the platform repeats the event; not when the person has come back meanwhile."""
        if await self.window(self._conversation(event)) == "closed":
            await self._gone(self._conversation(event))

    async def _gone(self, conversation: str) -> None:
        if self._on_gone is not None:
            await self._on_gone(conversation)

    async def _connect(self) -> None:
        try:
            await self.platform.open()
        except Misconfigured as error:
            self.state = "refused"
            log.error("channel_refused", channel=self.name, code=error.code.value, detail=error.detail)
            raise
        except Unavailable as error:
            log.warning("channel_unreachable", channel=self.name, code=error.code.value, detail=error.detail)
            raise
        self.state = "up"
        log.info("channel_up", channel=self.name)

    async def _listen(self) -> None:
        while self.state == "connecting":
            await asyncio.sleep(self._options.connect_s)
            with contextlib.suppress(TthcError):  # logged where it was raised
                await self._connect()
        try:
            if self.state == "up":
                await self.platform.listen(self._taken)
        except Misconfigured as error:
            self.state = "refused"
            log.error("channel_refused", channel=self.name, code=error.code.value, detail=error.detail)
        except Exception as error:
            self.state = "refused"
            log.exception("channel_stopped", channel=self.name, cause=type(error).__name__)

    # one event of one conversation

    async def _answer(self, waiting: Waiting) -> Outcome:
        if waiting.worn:
            log.error("channel_event_given_up", channel=self.name)
            return Outcome(self._parts([TextMessage(text=say_error(TthcError(ErrorCode.INTERNAL)))])[0], "", True)
        event = Event.model_validate_json(waiting.body)
        messages: list[Message] = []
        if waiting.first and event.greets:
            messages.append(TextMessage(text=say("channels.automated")))
        if event.notice:
            messages.append(TextMessage(text=say(event.notice, **event.named)))
        if not event.asks:
            return Outcome(self._parts(messages)[0], waiting.offered)
        offered = [(str(title), str(payload)) for title, payload in json.loads(waiting.offered or "[]")]
        picked = pick(event.text, offered) if event.text is not None and offered else None
        turn = Turn(
            conversation=waiting.conversation,
            channel=self.name,
            text=event.text if picked is None else None,
            payload=event.payload if picked is None else picked,
            location=event.location,
            message_id=event.event_id[:MESSAGE_ID_LIMIT],
            at=event.at,
        )
        messages += await self._reply(turn)
        return Outcome(*self._parts(messages))

    async def _reply(self, turn: Turn) -> list[Message]:
        try:
            reply = await self._assistant.handle(turn)
        except TthcError as error:
            log.info("channel_turn_refused", channel=self.name, code=error.code.value, detail=error.detail)
            return [TextMessage(text=say_error(error))]
        except Exception as error:
            log.exception("channel_turn_failed", channel=self.name)
            return [TextMessage(text=say_error(TthcError(ErrorCode.INTERNAL, type(error).__name__)))]
        return list(reply.messages) if reply is not None else []

    def _parts(self, messages: Sequence[Message]) -> tuple[list[str], str]:
        rendered = self.platform.render(messages)
        offered = json.dumps(rendered.offered, ensure_ascii=False) if rendered.offered else ""
        return [packed(part) for part in rendered.parts], offered


def switched_off(path: str) -> APIRouter:
    """Where a channel is switched off, its webhook is answered and nothing is read: an error would make the platform
    send again and again, and at last forget the address."""
    router = APIRouter()

    @router.post(path, include_in_schema=False)
    async def ignore() -> Response:
        return Response(status_code=200)

    return router
