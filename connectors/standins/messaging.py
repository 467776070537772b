"""What the stand-ins of Zalo and Messenger share: a page to type on, faults to play, calls of the webhook.

Citizens: `GET /` the page; `GET /citizens/{user}/messages`; `POST /citizens/{user}/{act}` with what the act needs.
Faults: `POST /faults` {"status", "code", "times", "retry_after", "delay_s"} for the next messages of the account.
Webhook: `POST /webhook` {"copies", "shuffled"}: how often each event is sent, and whether in any order.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog
from fastapi import FastAPI, HTTPException
from starlette.responses import FileResponse

log = structlog.get_logger()
Json = dict[str, Any]
PAGE = Path(__file__).parent / "messaging_page.html"


@dataclass
class Fault:
    """The next `times` messages of the account get HTTP `status` and error `code`; 200 and 0: they are slow."""

    status: int = 200
    code: int = 0
    times: int = 1
    retry_after: int = 0  # seconds, told in a header
    delay_s: float = 0  # before the answer


class Hooks:
    """Calls the webhook with one event after the other; what is not taken comes again, as platforms do."""

    def __init__(self, url: str, sign: Callable[[bytes], dict[str, str]], retry_s: float = 1.0) -> None:
        self.url = url
        self.copies = 1
        self.shuffled = False
        self._sign = sign
        self._retry_s = retry_s
        self._waiting: list[bytes] = []
        self._changed = asyncio.Condition()

    async def push(self, event: Json) -> None:
        raw = json.dumps(event, ensure_ascii=False).encode()
        async with self._changed:
            self._waiting += [raw] * self.copies
            if self.shuffled:
                random.shuffle(self._waiting)
            self._changed.notify_all()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._waiting)
                    raw = self._waiting[0]
                taken = await self._post(client, raw)
                async with self._changed:
                    if taken:
                        self._waiting.remove(raw)
                    self._changed.notify_all()
                if not taken:
                    await asyncio.sleep(self._retry_s)

    async def idle(self, timeout_s: float = 10) -> None:
        """Waits until everything was taken.  Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: not self._waiting)

    async def _post(self, client: httpx.AsyncClient, raw: bytes) -> bool:
        headers = {"Content-Type": "application/json", **self._sign(raw)}
        try:
            answer = await client.post(self.url, content=raw, headers=headers)
        except httpx.HTTPError as error:
            log.warning("standin_webhook_unreachable", error=type(error).__name__)
            return False
        if not answer.is_success:
            log.warning("standin_webhook_refused", status=answer.status_code)
        return answer.is_success


class StandInApi(ABC):
    """What a stand-in remembers.  `sent` are the account's messages as its API took them, oldest first."""

    title = ""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.faults: list[Fault] = []
        self.sent: list[tuple[str, Json]] = []  # user and message
        self.messages: dict[str, list[Json]] = {}  # by user, both sides, as the page shows them
        self.acted: dict[str, float] = {}  # by user: Unix seconds of the last act
        self.changed = asyncio.Condition()
        self._numbers = itertools.count(1)

    @abstractmethod
    def routes(self, app: FastAPI) -> None:
        """The platform's own API."""

    @abstractmethod
    async def act(self, user: str, act: str, given: Json) -> Json:
        """What a citizen does; the event sent.  Raises: LookupError, no such act or button."""

    @abstractmethod
    def shown(self, message: Json) -> Json:
        """A message of the account as the page shows it: text, buttons (title, data or url)."""

    def number(self) -> int:
        return next(self._numbers)

    def said(self, user: str, text: str) -> None:
        """Notes what a citizen did."""
        self.acted[user] = time.time()
        self.messages.setdefault(user, []).append({"mine": True, "text": text, "buttons": []})

    async def keep(self, user: str, message: Json) -> None:
        """Notes a message of the account."""
        self.sent.append((user, message))
        self.messages.setdefault(user, []).append({"mine": False, **self.shown(message)})
        async with self.changed:
            self.changed.notify_all()

    async def fault(self) -> Fault | None:
        """The fault to play for this message, after its delay."""
        fault = next((one for one in self.faults if one.times > 0), None)
        if fault is None:
            return None
        fault.times -= 1
        await asyncio.sleep(fault.delay_s)
        return fault if (fault.status, fault.code) != (200, 0) else None

    def button(self, user: str, data: str) -> str:
        """The title of the newest button with this data.  Raises: LookupError."""
        for message in reversed(self.messages.get(user, [])):
            for button in message["buttons"]:
                if button.get("data") == data:
                    return str(button["title"])
        raise LookupError(data)

    async def wait_sent(self, count: int, timeout_s: float = 10) -> list[tuple[str, Json]]:
        """The account's messages, as soon as there are `count`.  Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s), self.changed:
            await self.changed.wait_for(lambda: len(self.sent) >= count)
        return self.sent


def create_app(api: StandInApi) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(api.hooks.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(title=api.title, lifespan=lifespan)
    api.routes(app)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE)

    @app.get("/citizens/{user}/messages")
    async def messages(user: str) -> list[Json]:
        return api.messages.get(user, [])

    @app.post("/citizens/{user}/{act}")
    async def do(user: str, act: str, given: Json) -> Json:
        try:
            return await api.act(user, act, given)
        except (LookupError, ValueError) as error:
            raise HTTPException(422, f"{type(error).__name__}: {error}") from None

    @app.post("/faults")
    async def fault(given: Json) -> Json:
        try:
            api.faults.append(Fault(**given))
        except TypeError as error:
            raise HTTPException(422, str(error)) from None
        return {"faults": len(api.faults)}

    @app.post("/webhook")
    async def webhook(given: Json) -> Json:
        api.hooks.copies = int(given.get("copies", api.hooks.copies))
        api.hooks.shuffled = bool(given.get("shuffled", api.hooks.shuffled))
        return {"copies": api.hooks.copies, "shuffled": api.hooks.shuffled}

    return app
