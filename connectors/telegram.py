"""The Telegram channel: long polling or webhook in, Bot API calls out (core.telegram.org/bots/api).

The library's own `Application` is not used: its polling task ends silently when a token is revoked, and it confirms
updates before they are worked on.  Its `ExtBot` (calls, types, flood limits) is.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from fastapi import APIRouter
from telegram import BotCommand, LinkPreviewOptions, ReplyKeyboardRemove, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest

from actions.clock import Clock, SystemClock
from actions.messages import Message
from actions.wording import say
from connectors import telegram_render
from connectors.layout import folded
from connectors.platform import Event, Json, Rendered, Take
from connectors.telegram_updates import ALLOWED_UPDATES, CHANNEL, MENU, read_update
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, Refused, TthcError, Unavailable

# RetryAfter warns on each use without this opt-in (python-telegram-bot 22.2+)
os.environ.setdefault("PTB_TIMEDELTA", "true")

log = structlog.get_logger()

OFFICIAL_API = "https://api.telegram.org"
WEBHOOK_PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
_SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Telegram takes one character and more; that can be guessed


@dataclass(frozen=True)
class TelegramOptions:
    poll_s: int = 30  # how long getUpdates waits at the server
    read_s: float = 10  # how long an answer of the API may take
    backoff_s: float = 0.5  # first pause after a failed poll; doubles
    backoff_max_s: float = 30
    flood_retries: int = 3  # of one call, each after the pause Telegram asks for


class _Bot(ExtBot[Any]):
    async def raw_updates(self, offset: int | None, poll_s: int, read_s: float) -> list[Json]:
        """`get_updates` before parsing, which one update the library cannot read would stop for ever."""
        wanted = {"offset": offset, "timeout": poll_s, "allowed_updates": list(ALLOWED_UPDATES)}
        updates: list[Json] = await self._post("getUpdates", wanted, read_timeout=poll_s + read_s)
        return updates


class Telegram:
    """`Platform` of one bot.

    `secret` (webhook only) is what Telegram sends back in its header; `public_url` the https address its servers reach
    us at.

    Raises:
        Misconfigured: naming the setting that is missing or unfit.
    """

    name = CHANNEL
    path = WEBHOOK_PATH

    def __init__(
        self,
        token: str,
        *,
        api: str = OFFICIAL_API,
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        public_url: str = "",
        limiter: BaseRateLimiter[Any] | None = None,
        clock: Clock | None = None,
        options: TelegramOptions | None = None,
    ) -> None:
        api = api.rstrip("/")
        _check(token, api, mode, secret, public_url)
        _keep_token_out_of_logs()
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
        self._me = (0, "")  # id and username of the bot, once known
        self._keyboards: set[str] = set()  # chats that show a keyboard of ours below the input line

    async def open(self) -> None:
        """Registers the webhook, or takes it away; sets the menu of commands."""
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
        except TelegramError as error:
            found = failure(error)
            if isinstance(found, BadInput):  # of the webhook: no use trying again
                found = Misconfigured(ErrorCode.CHANNEL_DOWN, found.detail)
            raise found from None
        with contextlib.suppress(TelegramError):  # a menu only; the commands work without it
            await self._bot.set_my_commands([BotCommand(name, say(key)) for name, key in MENU.items()])

    async def close(self) -> None:
        """The webhook stays registered: other machines may serve it."""
        with contextlib.suppress(TelegramError):
            await self._bot.shutdown()

    def extra_routes(self, router: APIRouter) -> None:
        """None."""

    def door(self, code: str) -> str:
        """The deep link; the code comes as `/start CODE`."""
        username = self._me[1]
        return f"https://t.me/{username}?start={code}" if username else ""

    # in

    def genuine(self, headers: Mapping[str, str], raw: bytes) -> bool:
        given = headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        return bool(self._secret) and hmac.compare_digest(given, self._secret)

    def read(self, raw: bytes) -> list[Event]:
        data = json.loads(raw)
        if not isinstance(data, dict):
            raise ValueError("no object")
        return self._events(data)

    async def listen(self, take: Take) -> None:
        """Polling: an update is confirmed by asking for the next one, after it has been kept."""
        if self._mode == "webhook":
            return
        offset: int | None = None
        failures = 0
        try:
            while True:
                try:
                    updates = await self._bot.raw_updates(offset, self._options.poll_s, self._options.read_s)
                    for update in updates:
                        await take(self._events(update))
                        offset = update["update_id"] + 1
                    failures = 0
                except InvalidToken as error:
                    raise failure(error) from None
                except (TelegramError, Unavailable) as error:
                    failures += 1
                    event = "telegram_other_poller" if isinstance(error, Conflict) else "telegram_poll_failed"
                    log.warning(event, error=type(error).__name__, failures=failures)
                    await asyncio.sleep(max(self._pause(failures), _asked_pause(error)))
        finally:
            if offset is not None:
                with contextlib.suppress(TelegramError):  # else what we have taken comes again at the next start
                    await self._bot.raw_updates(offset, 0, 2)

    async def received(self, event: Event) -> None:
        """Ends the waiting mark on a button; too late or twice does no harm."""
        try:
            await self._bot.answer_callback_query(event.receipt)
        except TelegramError as error:
            log.info("telegram_press_unanswered", error=type(error).__name__)

    def _events(self, data: Json) -> list[Event]:
        try:
            event = read_update(Update.de_json(data, self._bot), *self._me, self._clock.now())
        except Exception:
            log.exception("telegram_update_unreadable")  # the Bot API grew a shape that the library does not know
            return []
        return [event] if event is not None else []

    def _pause(self, failures: int) -> float:
        doubled: float = self._options.backoff_s * 2 ** min(failures - 1, 10)
        return min(doubled, self._options.backoff_max_s)

    # out

    def render(self, messages: Sequence[Message]) -> Rendered:
        return Rendered([part for message in folded(messages) for part in telegram_render.render(message)])

    async def send(self, user: str, part: Json, by_staff: bool) -> None:
        try:
            try:
                await self._call(user, part)
            except BadRequest as error:
                log.warning("telegram_part_refused", detail=error.message, picture="qr" in part)
                if "qr" in part:
                    return  # the text before it holds the same facts
                if not part.keys() - {"text"}:
                    raise
                await self._call(user, {"text": part["text"]})
        except TelegramError as error:
            raise failure(error) from None

    async def _call(self, user: str, part: Json) -> None:
        chat_id = int(user)
        if "qr" in part:
            await self._bot.send_photo(chat_id, telegram_render.qr_png(part["qr"]), caption=part["text"])
            return
        markup: Any = telegram_render.markup(part)
        if markup is None and user in self._keyboards:
            markup = ReplyKeyboardRemove()
        await self._bot.send_message(
            chat_id, part["text"], reply_markup=markup, link_preview_options=LinkPreviewOptions(is_disabled=True)
        )
        if "ask" in part:
            self._keyboards.add(user)
        elif isinstance(markup, ReplyKeyboardRemove):
            self._keyboards.discard(user)


def failure(error: TelegramError) -> TthcError:
    """What an error of the Bot API means to us.  The library's own text of InvalidToken quotes the token."""
    detail = f"Telegram: {type(error).__name__}"
    if isinstance(error, InvalidToken):
        return Misconfigured(ErrorCode.CHANNEL_DOWN, "Telegram: TTHC_TELEGRAM_TOKEN refused")
    if isinstance(error, Forbidden):
        return Refused(ErrorCode.RECIPIENT_GONE, detail)
    if isinstance(error, RetryAfter):
        return Refused(ErrorCode.RATE_LIMITED, detail, retry_after=_asked_pause(error))
    if isinstance(error, BadRequest):
        return BadInput(ErrorCode.BAD_REQUEST, f"Telegram: {error.message}")
    return Unavailable(ErrorCode.CHANNEL_DOWN, detail)


def _check(token: str, api: str, mode: str, secret: str, public_url: str) -> None:
    wrong = []
    if not token.strip():
        wrong.append("TTHC_TELEGRAM_TOKEN: not set")
    if mode == "webhook" and not _SECRET_SHAPE.fullmatch(secret):
        wrong.append("TTHC_TELEGRAM_SECRET: not 16-256 of A-Za-z0-9_-")
    if mode == "webhook" and not public_url.startswith("https://" if api == OFFICIAL_API else "http"):
        wrong.append("TTHC_PUBLIC_URL: the webhook needs a public https address")
    if wrong:
        raise Misconfigured(ErrorCode.MISCONFIGURED, f"Telegram: {'; '.join(wrong)}")


def _asked_pause(error: Exception) -> float:
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
