"""Sending to Telegram: retries, refusals, and citizens who have blocked the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from telegram import LinkPreviewOptions, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from actions.messages import Message
from connectors.telegram_render import Outgoing, render
from connectors.telegram_updates import conversation_of
from knowledge_base.errors import ErrorCode, Refused, Unavailable

log = structlog.get_logger()
T = TypeVar("T")
BlockedHook = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class TelegramOptions:
    poll_s: int = 30  # how long getUpdates waits at the server
    body_limit: int = 262_144  # bytes of one webhook call
    chat_queue: int = 20  # events of one chat that may wait
    total_queue: int = 5_000  # events of all chats that may wait
    attempts: int = 4  # of one call, when the network fails
    backoff_s: float = 0.5  # first pause after a failure; doubles
    backoff_max_s: float = 30
    read_s: float = 10  # how long an answer of the API may take
    flood_retries: int = 3  # of one call, each after the pause Telegram asks for
    drain_s: float = 10  # how long `stop` waits for turns that have begun


class TelegramSender:
    """Calls of one bot.  `on_blocked(conversation)` is told when a citizen has blocked it."""

    def __init__(self, bot: ExtBot[Any], options: TelegramOptions, on_blocked: BlockedHook | None = None) -> None:
        self._bot = bot
        self._options = options
        self._on_blocked = on_blocked
        self._keyboards: set[int] = set()  # chats that show our "share location" keyboard

    async def deliver(self, chat_id: int, messages: Iterable[Message]) -> None:
        """Sends messages to a chat, in order.

        Raises:
            Refused: `forbidden`, the citizen has blocked the bot.
            Unavailable: `channel_down`, after all attempts.
        """
        for message in messages:
            for part in render(message):
                await self._send(chat_id, part)

    async def say(self, chat_id: int, text: str) -> None:
        """One plain sentence; raises as `deliver` does."""
        await self._send(chat_id, Outgoing(text))

    async def answer_press(self, callback_id: str) -> None:
        """Ends the waiting mark on a button; too late or twice does no harm."""
        try:
            await self._persist(lambda: self._bot.answer_callback_query(callback_id))
        except TelegramError as error:
            log.info("telegram_press_unanswered", error=type(error).__name__)

    async def blocked(self, chat_id: int) -> None:
        """Notes that a chat is closed to us, and tells the hook when it was a citizen's (groups have negative ids)."""
        self._keyboards.discard(chat_id)
        if chat_id < 0:
            return
        log.info("telegram_blocked")
        if self._on_blocked is not None:
            try:
                await self._on_blocked(conversation_of(chat_id))
            except Exception:
                log.exception("telegram_blocked_hook_failed")

    async def _send(self, chat_id: int, part: Outgoing) -> None:
        try:
            try:
                await self._persist(lambda: self._call(chat_id, part))
            except BadRequest as error:
                log.warning("telegram_part_refused", detail=error.message, photo=part.photo is not None)
                if part.photo is not None:
                    return  # the text before it holds the same facts
                if part.markup is None:
                    raise
                await self._persist(lambda: self._call(chat_id, Outgoing(part.text)))
        except Forbidden:
            await self.blocked(chat_id)
            raise Refused(ErrorCode.FORBIDDEN, "Telegram: blocked") from None
        except InvalidToken:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, "Telegram: token refused") from None
        except TelegramError as error:
            raise Unavailable(ErrorCode.CHANNEL_DOWN, f"Telegram: {type(error).__name__}") from error

    async def _call(self, chat_id: int, part: Outgoing) -> None:
        if part.photo is not None:
            await self._bot.send_photo(chat_id, part.photo, caption=part.text, reply_markup=part.markup)
            return
        markup: Any = part.markup
        if markup is None and chat_id in self._keyboards:
            markup = ReplyKeyboardRemove()
        await self._bot.send_message(
            chat_id, part.text, reply_markup=markup, link_preview_options=LinkPreviewOptions(is_disabled=True)
        )
        if isinstance(markup, ReplyKeyboardMarkup):
            self._keyboards.add(chat_id)
        elif isinstance(markup, ReplyKeyboardRemove):
            self._keyboards.discard(chat_id)

    async def _persist(self, call: Callable[[], Awaitable[T]]) -> T:
        """`call`, again after a pause while the network fails.  A message may so arrive twice: better than never."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, NetworkError) and not isinstance(e, BadRequest)),
            stop=stop_after_attempt(self._options.attempts),
            wait=wait_random_exponential(multiplier=self._options.backoff_s, max=self._options.backoff_max_s),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                result = await call()
        return result
