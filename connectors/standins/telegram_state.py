"""What the stand-in of the Bot API remembers: citizens, messages, updates waiting, and the faults it was told to play.

Field names and error sentences are the Bot API's (core.telegram.org/bots/api); ids are small and predictable.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

TEXT_LIMIT = 4096  # UTF-16 code units
CAPTION_LIMIT = 1024
CALLBACK_DATA_LIMIT = 64  # bytes
BUTTON_LIMIT = 100
ERRORS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class ApiError(Exception):
    """An answer with `ok` false."""

    def __init__(self, code: int, detail: str = "", **parameters: int) -> None:
        name = ERRORS.get(code, "")
        self.code = code
        self.description = f"{name}: {detail}" if name and detail else name or detail
        self.parameters = parameters
        super().__init__(self.description)


@dataclass
class Fault:
    """The next `times` calls of `method` ("*": any) answer `status`; with 200 they are only slow."""

    method: str
    status: int = 500
    times: int = 1
    retry_after: int = 0  # seconds, with 429
    delay_s: float = 0  # before the answer


@dataclass
class Webhook:
    url: str
    secret_token: str = ""
    allowed_updates: list[str] = field(default_factory=list)


class BotApi:
    """One bot with `token`, whose updates are numbered from `first` on.  All times are Unix seconds."""

    def __init__(self, token: str, username: str = "tthc_thu_bot", first: int = 1001) -> None:
        self.token = token
        self.me: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "TTHC", "username": username}
        self.sent: list[Json] = []  # messages of the bot, oldest first
        self.calls: list[tuple[str, Json]] = []  # method and parameters of every call
        self.answered: list[str] = []  # callback query ids
        self.commands: list[Json] = []
        self.messages: dict[int, list[Json]] = {}  # by chat: both sides
        self.updates: deque[Json] = deque()
        self.webhook: Webhook | None = None
        self.faults: list[Fault] = []
        self.blocked: set[int] = set()
        self.changed = asyncio.Condition()
        self._poller = 0
        self._queries: set[str] = set()
        self._update_ids = itertools.count(first)
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(1)

    # what a citizen does

    async def say(self, chat_id: int, text: str) -> Json:
        message: Json = {"text": text}
        command = re.match(r"/\w+(@\w+)?", text)
        if command:
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
        return await self.post(chat_id, **message)

    async def post(self, chat_id: int, **content: Any) -> Json:
        """Any message of a citizen's private chat; `content` are its fields.  The update."""
        message = self._message(chat_id, self.citizen(chat_id), **content)
        return await self.push(message=message)

    async def press(self, chat_id: int, data: str, message_id: int | None = None) -> Json:
        """A button of the newest message that has it.

        Raises:
            LookupError: no message shows such a button.
        """
        for message in reversed(self.messages.get(chat_id, [])):
            buttons = [b for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]
            if message_id in (None, message["message_id"]) and any(b.get("callback_data") == data for b in buttons):
                query_id = f"77{next(self._query_ids):06}"
                self._queries.add(query_id)
                query = {"id": query_id, "from": self.citizen(chat_id), "message": message, "chat_instance": "1"}
                return await self.push(callback_query=query | {"data": data})
        raise LookupError(data)

    async def block(self, chat_id: int, blocked: bool = True) -> Json:
        (self.blocked.add if blocked else self.blocked.discard)(chat_id)
        states = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (_member(self.me, state) for state in states)
        (new if blocked else old)["until_date"] = 0
        return await self.push(
            my_chat_member={
                "chat": self.chat(chat_id),
                "from": self.citizen(chat_id),
                "date": int(time.time()),
                "old_chat_member": old,
                "new_chat_member": new,
            }
        )

    async def push(self, **content: Any) -> Json:
        """An update with these fields, to whoever waits for it."""
        update: Json = {"update_id": next(self._update_ids), **content}
        async with self.changed:
            self.updates.append(update)
            self.changed.notify_all()
        return update

    async def wait_sent(self, count: int, timeout_s: float = 10) -> list[Json]:
        """The bot's messages, as soon as there are `count`.

        Raises:
            TimeoutError: with fewer after `timeout_s`.
        """
        async with asyncio.timeout(timeout_s), self.changed:
            await self.changed.wait_for(lambda: len(self.sent) >= count)
        return self.sent

    @staticmethod
    def citizen(chat_id: int) -> Json:
        return {"id": chat_id, "is_bot": False, "first_name": f"Citizen {chat_id}", "language_code": "vi"}

    @staticmethod
    def chat(chat_id: int) -> Json:
        if chat_id < 0:
            return {"id": chat_id, "type": "group", "title": f"Group {-chat_id}"}
        return {"id": chat_id, "type": "private", "first_name": f"Citizen {chat_id}"}

    def _message(self, chat_id: int, sender: Json, **content: Any) -> Json:
        message = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": self.chat(chat_id),
            "date": int(time.time()),
            **content,
        }
        self.messages.setdefault(chat_id, []).append(message)
        return message

    # what the bot does

    async def call(self, token: str, method: str, given: Json) -> Any:
        """The `result` of a call.

        Raises:
            ApiError: as the Bot API would answer.
        """
        if not _TOKEN.fullmatch(token):
            raise ApiError(404)
        if token != self.token:
            raise ApiError(401)
        handler = getattr(self, f"_do_{method.lower()}", None)
        if handler is None:
            raise ApiError(404)
        self.calls.append((method, given))
        await self._play_fault(method)
        result = await handler(given)
        async with self.changed:
            self.changed.notify_all()
        return result

    async def _play_fault(self, method: str) -> None:
        fault = next((f for f in self.faults if f.method in ("*", method) and f.times > 0), None)
        if fault is None:
            return
        fault.times -= 1
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.status == 429:
            raise ApiError(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after)
        if fault.status != 200:
            raise ApiError(fault.status, "injected")

    async def _do_getme(self, given: Json) -> Json:
        return self.me | {"can_join_groups": True, "can_read_all_group_messages": False}

    async def _do_getupdates(self, given: Json) -> list[Json]:
        if self.webhook is not None:
            detail = "can't use getUpdates method while webhook is active"
            raise ApiError(409, f"{detail}; use deleteWebhook to delete the webhook first")
        offset, limit = int(given.get("offset", 0)), int(given.get("limit", 100))
        async with self.changed:
            self._poller += 1  # ends the poll of another, as Telegram does
            mine = self._poller
            self.changed.notify_all()
            while self.updates and self.updates[0]["update_id"] < offset:
                self.updates.popleft()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(float(given.get("timeout", 0))):
                    await self.changed.wait_for(lambda: self.updates or self._poller != mine)
        if self._poller != mine:
            detail = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, detail)
        return list(itertools.islice(self.updates, limit))

    async def _do_setwebhook(self, given: Json) -> bool:
        url, secret = str(given.get("url", "")), str(given.get("secret_token", ""))
        if urlsplit(url).scheme not in ("http", "https"):  # plain http as a local Bot API server allows
            raise ApiError(400, "bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not _SECRET.fullmatch(secret):
            raise ApiError(400, "secret token contains unallowed characters")
        self.webhook = Webhook(url, secret, given.get("allowed_updates", []))
        return True

    async def _do_deletewebhook(self, given: Json) -> bool:
        self.webhook = None
        if given.get("drop_pending_updates"):
            self.updates.clear()
        return True

    async def _do_getwebhookinfo(self, given: Json) -> Json:
        url = self.webhook.url if self.webhook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.updates)}

    async def _do_setmycommands(self, given: Json) -> bool:
        self.commands = given.get("commands", [])
        return True

    async def _do_sendchataction(self, given: Json) -> bool:
        self._reachable(given)
        return True

    async def _do_sendmessage(self, given: Json) -> Json:
        chat_id, text = self._reachable(given), str(given.get("text", "")).strip()
        if not text:
            raise ApiError(400, "message text is empty")
        if _units(text) > TEXT_LIMIT:
            raise ApiError(400, "message is too long")
        return self._send(chat_id, given, text=text)

    async def _do_sendphoto(self, given: Json) -> Json:
        chat_id, photo, caption = self._reachable(given), given.get("photo"), str(given.get("caption", ""))
        if not isinstance(photo, bytes) or not photo.startswith((_PNG, _JPEG)):
            raise ApiError(400, "IMAGE_PROCESS_FAILED")
        if _units(caption) > CAPTION_LIMIT:
            raise ApiError(400, "message caption is too long")
        size = {"file_id": "AgAD", "file_unique_id": "AQAD", "width": 1, "height": 1, "file_size": len(photo)}
        return self._send(chat_id, given, photo=[size], caption=caption)

    async def _do_answercallbackquery(self, given: Json) -> bool:
        query = str(given.get("callback_query_id"))
        if query not in self._queries:
            raise ApiError(400, "query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(query)
        self.answered.append(query)
        return True

    def _reachable(self, given: Json) -> int:
        try:
            chat_id = int(given["chat_id"])
        except (KeyError, ValueError):
            raise ApiError(400, "chat_id is empty") from None
        if chat_id in self.blocked:
            raise ApiError(403, "bot was blocked by the user")
        if chat_id not in self.messages:  # a bot cannot write first
            raise ApiError(400, "chat not found")
        return chat_id

    def _send(self, chat_id: int, given: Json, **content: Any) -> Json:
        markup = given.get("reply_markup")
        if markup:
            _check_markup(markup)
            content["reply_markup"] = markup
        message = self._message(chat_id, self.me, **content)
        self.sent.append(message)
        # the API tells back inline keyboards only
        hidden = "inline_keyboard" not in content.get("reply_markup", {})
        return {key: value for key, value in message.items() if not (hidden and key == "reply_markup")}


def _member(user: Json, status: str) -> Json:
    return {"user": user, "status": status}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _check_markup(markup: Json) -> None:
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > BUTTON_LIMIT:
        raise ApiError(400, "reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise ApiError(400, "text buttons are unallowed in the inline keyboard")
        if "url" in button:
            parts = urlsplit(button["url"])
            if parts.scheme not in ("http", "https", "tg") or "." not in (parts.hostname or ""):
                raise ApiError(400, f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
        elif not 1 <= len(button.get("callback_data", "").encode()) <= CALLBACK_DATA_LIMIT:
            raise ApiError(400, "BUTTON_DATA_INVALID")
