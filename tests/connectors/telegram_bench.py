"""A Telegram channel in a test: the stand-in of the Bot API, a database, an assistant that echoes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from conftest import QuietApi, serving
from fastapi import FastAPI
from messaging_bench import QUICK, Echo, make_stores

from actions.database import Database
from assistant.turn import Assistant
from connectors.messaging import GoneHook, MessagingChannel, MessagingOptions, Stores
from connectors.standins.telegram import TOKEN, create_app
from connectors.telegram import Telegram, TelegramOptions

QUICK_CALLS = TelegramOptions(poll_s=5, backoff_s=0.01, backoff_max_s=0.05)


def telegram_channel(
    assistant: Assistant,
    address: str,
    database: Database,
    *,
    token: str = TOKEN,
    stores: Stores | None = None,
    options: MessagingOptions = QUICK,
    calls: TelegramOptions = QUICK_CALLS,
    on_gone: GoneHook | None = None,
    **more: Any,
) -> MessagingChannel:
    platform = Telegram(token, api=address, options=calls, **more)
    return MessagingChannel(platform, assistant, stores or make_stores(database), options, on_gone)


class TelegramBench:
    """A bot with a webhook; it can be started, stopped and made anew, as a process that restarts."""

    SECRET = "webhook-secret_of-these-tests"

    def __init__(self, api: QuietApi, standin: str, address: str, database: Database, app: FastAPI) -> None:
        self.api = api
        self.url = address + Telegram.path
        self.echo = Echo()
        self._standin, self._address, self._database, self._app = standin, address, database, app
        self._channel: MessagingChannel | None = None

    async def start(self, options: MessagingOptions = QUICK) -> None:
        more = {"mode": "webhook", "secret": self.SECRET, "public_url": self._address}
        self._channel = telegram_channel(self.echo, self._standin, self._database, options=options, **more)
        self._app.router.routes.clear()
        self._app.include_router(self._channel.router())
        await self._channel.start()

    async def stop(self) -> None:
        if self._channel is not None:
            await self._channel.stop()
            self._channel = None

    def texts(self, user: str) -> list[str]:
        """What the bot has said to a citizen, the words about automation left out."""
        return [message["text"] for message in self.api.sent if message["chat"]["id"] == int(user)]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def said(self, user: str, count: int) -> list[str]:
        async with asyncio.timeout(30), self.api.changed:
            await self.api.changed.wait_for(lambda: len(self.texts(user)) >= count)
        return self.texts(user)


@contextlib.asynccontextmanager
async def telegram_bench(database: Database) -> AsyncIterator[TelegramBench]:
    app, api = FastAPI(), QuietApi(TOKEN)
    async with serving(create_app(api)) as standin, serving(app) as address:
        bench = TelegramBench(api, standin, address, database, app)
        try:
            yield bench
        finally:
            await bench.stop()
