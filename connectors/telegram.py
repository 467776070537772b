"""The Telegram channel: long polling or webhook in, Bot API calls out (core.telegram.org/bots/api).

The library's own `Application` is not used: its polling task ends silently when a token is revoked, and it knows no
order per chat.  Its `ExtBot` (calls, types, flood limits) is.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import os
import re
from collections.abc import Awaitable, Iterable
from typing import Any, Literal

import structlog
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from telegram import BotCommand, Update
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest

from actions.clock import Clock, SystemClock
from actions.messages import Message, Reply
from actions.wording import say, say_error
from assistant.turn import Assistant, Turn
from connectors.bodies import read_body
from connectors.telegram_lanes import ChatLanes
from connectors.telegram_sender import BlockedHook, TelegramOptions, TelegramSender
from connectors.telegram_updates import ALLOWED_UPDATES, CHANNEL, MENU, Event, chat_of, read_update
from knowledge_base.errors import ErrorCode, Misconfigured, Refused, TthcError, Unavailable

# RetryAfter warns on each use without this opt-in (python-telegram-bot 22.2+)
os.environ.setdefault("PTB_TIMEDELTA", "true")

log = structlog.get_logger()

OFFICIAL_API = "https://api.telegram.org"
WEBHOOK_PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram takes one character and more; that can be guessed

State = Literal["off", "connecting", "up", "refused"]


class _Bot(ExtBot[Any]):
    async def raw_updates(self, offset: int | None, poll_s: int, read_s: float) -> list[dict[str, Any]]:
        """`get_updates` before parsing, which one update the library cannot read would stop for ever."""
        wanted = {"offset": offset, "timeout": poll_s, "allowed_updates": list(ALLOWED_UPDATES)}
        updates: list[dict[str, Any]] = await self._post("getUpdates", wanted, read_timeout=poll_s + read_s)
        return updates


class TelegramConnector:
    """One bot.  `start` once, `stop` once.

    `secret` (webhook only) is what Telegram sends back in its header; `public_url` the https address citizens' servers
    reach us at.  `on_blocked(conversation)` is called when a citizen has blocked the bot.

    Raises:
        Misconfigured: no token, or webhook mode without a usable secret or address.
    """

    def __init__(
        self,
        assistant: Assistant,
        token: str,
        *,
        api: str = OFFICIAL_API,
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        public_url: str = "",
        limiter: BaseRateLimiter[Any] | None = None,
        on_blocked: BlockedHook | None = None,
        clock: Clock | None = None,
        options: TelegramOptions | None = None,
    ) -> None:
        api = api.rstrip("/")
        if not token.strip():
            raise Misconfigured(ErrorCode.MISCONFIGURED, "Telegram: no token")
        if mode == "webhook" and not _SECRET_SHAPE.fullmatch(secret):
            raise Misconfigured(ErrorCode.MISCONFIGURED, "Telegram: webhook secret not 16-256 of A-Za-z0-9_-")
        if mode == "webhook" and not public_url.startswith("https://" if api == OFFICIAL_API else "http"):
            raise Misconfigured(ErrorCode.MISCONFIGURED, "Telegram: the webhook needs a public https address")
        self.name = CHANNEL
        self._assistant = assistant
        self._mode = mode
        self._secret = secret.encode()
        self._webhook_url = public_url.rstrip("/") + WEBHOOK_PATH
        self._clock = clock or SystemClock()
        self._options = options or TelegramOptions()
        self._bot = _Bot(
            token.strip(),
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=HTTPXRequest(connection_pool_size=32, read_timeout=self._options.read_s, pool_timeout=10),
            get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=self._options.read_s),
            rate_limiter=limiter or AIORateLimiter(max_retries=self._options.flood_retries),
        )
        self._sender = TelegramSender(self._bot, self._options, on_blocked)
        self._lanes = ChatLanes(self._work, self._options.chat_queue, self._options.total_queue)
        self.polling: asyncio.Task[None] | None = None  # connecting or polling; over once Telegram refuses us
        self._background: set[asyncio.Task[None]] = set()
        self._offset: int | None = None
        self._me = (0, "")  # id and username of the bot, once known
        self.state: State = "off"

    @property
    def username(self) -> str:
        return self._me[1]

    async def start(self) -> None:
        """Connects; when Telegram cannot be reached it goes on trying behind, and `state` stays `connecting`.

        Raises:
            Misconfigured: `channel_down`, Telegram refuses the token or the webhook.  Other channels may go on.
        """
        _keep_token_out_of_logs()
        self.state = "connecting"
        try:
            await self._connect()
        except Unavailable:
            self.polling = asyncio.create_task(self._connect_later())
        else:
            self.polling = asyncio.create_task(self._poll()) if self._mode == "polling" else None
        if self.polling is not None:
            self.polling.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Takes no more updates, finishes turns that have begun, closes connections.  The webhook stays registered."""
        if self.polling is not None:
            self.polling.cancel()
            await asyncio.gather(self.polling, return_exceptions=True)
        if self._offset is not None and self.state == "up":
            with contextlib.suppress(TelegramError):  # tells Telegram what we have taken; else it comes again
                await self._bot.raw_updates(self._offset, 0, 2)
        await self._lanes.drain(self._options.drain_s)
        if self._background:
            await asyncio.wait(set(self._background), timeout=self._options.drain_s)
        self.state = "off"
        with contextlib.suppress(TelegramError):
            await self._bot.shutdown()

    def router(self) -> APIRouter:
        """`POST /webhooks/telegram`: 200 taken, 400 not JSON, 403 not Telegram, 413 too large, 503 send again later."""
        router = APIRouter()

        @router.post(WEBHOOK_PATH, include_in_schema=False)
        async def take(request: Request) -> Response:
            if not self._genuine(request.headers.get(SECRET_HEADER)):
                log.warning("telegram_webhook_forged")
                return Response(status_code=403)
            if self._lanes.full:
                return Response(status_code=503, headers={"Retry-After": "5"})
            try:
                body = await read_body(request, self._options.body_limit)
            except ClientDisconnect:
                return Response(status_code=400)
            if body is None:
                return Response(status_code=413)
            try:
                data = json.loads(body)
            except ValueError:
                data = None
            if not isinstance(data, dict):
                return Response(status_code=400)
            # whatever is in it, it was delivered: an error status would only bring the same update again and again
            self._take(data)
            return Response(status_code=200)

        return router

    async def deliver(self, chat_id: int, messages: Iterable[Message]) -> None:
        """Sends messages to a chat, in order; for notices too.  Raises what `TelegramSender.deliver` raises."""
        await self._sender.deliver(chat_id, messages)

    # notices (`actions.notices.port.Notifier`)

    async def window(self, conversation: str) -> Literal["free"]:
        """Messages to whoever has written to the bot are free at any time."""
        return "free"

    async def send(self, conversation: str, reply: Reply, key: str) -> None:
        """The Bot API knows no key of ours: a notice whose answer is lost on the way may arrive twice.

        Raises:
            Refused: the citizen has blocked the bot.
            Unavailable: not connected, or Telegram does not answer.
        """
        if self.state != "up":
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Telegram: {self.state}")
        await self.deliver(chat_of(conversation), reply.messages)

    # connecting

    async def _connect(self) -> None:
        """Raises Unavailable (try again) or Misconfigured (do not)."""
        try:
            await self._bot.initialize()
            user = self._bot.bot
            self._me = (user.id, user.username or "")
            if self._mode == "webhook":
                await self._bot.set_webhook(
                    self._webhook_url, secret_token=self._secret.decode(), allowed_updates=ALLOWED_UPDATES
                )
            else:
                await self._bot.delete_webhook()
        except (InvalidToken, BadRequest) as error:
            self.state = "refused"
            # the library's text of InvalidToken quotes the token
            detail = "token refused" if isinstance(error, InvalidToken) else error.message
            log.error("telegram_refused", code=ErrorCode.CHANNEL_DOWN.value, detail=detail)
            raise Misconfigured(ErrorCode.CHANNEL_DOWN, f"Telegram: {detail}") from None
        except TelegramError as error:
            log.warning("telegram_unreachable", code=ErrorCode.CHANNEL_DOWN.value, error=type(error).__name__)
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Telegram: {type(error).__name__}") from error
        self.state = "up"
        log.info("telegram_up", mode=self._mode)
        with contextlib.suppress(TelegramError):  # a menu only; the commands work without it
            await self._bot.set_my_commands([BotCommand(name, say(key)) for name, key in MENU.items()])

    async def _connect_later(self) -> None:
        failures = 0
        while self.state == "connecting":
            failures += 1
            await asyncio.sleep(self._pause(failures))
            with contextlib.suppress(TthcError):  # logged where it was raised
                await self._connect()
        if self.state == "up" and self._mode == "polling":
            await self._poll()

    async def _poll(self) -> None:
        failures = 0
        while True:
            await self._lanes.wait_for_room()
            try:
                updates = await self._bot.raw_updates(self._offset, self._options.poll_s, self._options.read_s)
                failures = 0
            except InvalidToken:
                self.state = "refused"
                log.error("telegram_refused", code=ErrorCode.CHANNEL_DOWN.value, detail="token refused")
                return
            except TelegramError as error:
                failures += 1
                event = "telegram_other_poller" if isinstance(error, Conflict) else "telegram_poll_failed"
                log.warning(event, error=type(error).__name__, failures=failures)
                await asyncio.sleep(max(self._pause(failures), _asked_pause(error)))
                continue
            for update in updates:
                self._offset = update["update_id"] + 1
                self._take(update)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.state = "refused"
            log.error("telegram_stopped", code=ErrorCode.CHANNEL_DOWN.value, exc_info=error)

    def _pause(self, failures: int) -> float:
        doubled: float = self._options.backoff_s * 2 ** min(failures - 1, 10)
        return min(doubled, self._options.backoff_max_s)

    # taking updates

    def _genuine(self, header: str | None) -> bool:
        return bool(self._secret) and hmac.compare_digest((header or "").encode("utf-8", "replace"), self._secret)

    def _take(self, data: dict[str, Any]) -> None:
        try:
            event = read_update(Update.de_json(data, self._bot), *self._me, self._clock.now())
        except Exception:
            log.exception("telegram_update_unreadable")  # the Bot API grew a shape that the library does not know
            return
        if event is None:
            return
        if event.callback_id is not None:
            self._behind(self._sender.answer_press(event.callback_id))
        if event.left:
            self._behind(self._sender.blocked(event.chat_id))
        if (event.turn or event.notice) and not self._lanes.put(event):
            log.warning("telegram_chat_too_fast")

    def _behind(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # one event of one chat

    async def _work(self, event: Event) -> None:
        try:
            if event.notice == "telegram.group":
                await self._sender.say(event.chat_id, say(event.notice, username=self.username))
            elif event.notice:
                await self._sender.say(event.chat_id, say(event.notice))
            if event.turn is not None:
                await self._answer(event.chat_id, event.turn)
        except Refused:
            return  # blocked: nobody is there to read the rest; the sender has told
        except Unavailable as error:
            log.error("telegram_reply_lost", code=error.code.value, detail=error.detail)

    async def _answer(self, chat_id: int, turn: Turn) -> None:
        try:
            reply = await self._assistant.handle(turn)
        except TthcError as error:
            log.info("telegram_turn_refused", code=error.code.value, detail=error.detail)
            await self._sender.say(chat_id, say_error(error))
            return
        except Exception as error:
            log.exception("telegram_turn_failed")
            await self._sender.say(chat_id, say_error(TthcError(ErrorCode.INTERNAL, type(error).__name__)))
            return
        if reply is not None:  # None: a repeat, answered already
            await self._sender.deliver(chat_id, reply.messages)


def _asked_pause(error: TelegramError) -> float:
    """Seconds Telegram asks to wait, 0 when it does not."""
    if not isinstance(error, RetryAfter):
        return 0
    asked = error.retry_after
    return asked if isinstance(asked, int) else asked.total_seconds()


def _keep_token_out_of_logs() -> None:
    """httpx logs each address at INFO, and ours holds the token; the library logs messages at DEBUG."""
    for name in ("httpx", "httpcore", "telegram"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
