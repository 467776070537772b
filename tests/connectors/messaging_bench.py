"""A messaging channel in a test: its platform's stand-in on a loopback port, a database, an assistant that echoes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from conftest import serving
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import event

from actions.channels.credentials import Credentials
from actions.channels.inbox import Inbox
from actions.channels.outgoing import Outgoing
from actions.channels.windows import WindowRule, Windows
from actions.clock import Clock, SystemClock
from actions.database import Database
from actions.messages import Message, Reply, TextMessage
from actions.personal import PersonalKeys
from assistant.turn import HistoryEntry, Turn
from connectors.delivery import DeliveryOptions
from connectors.inbox import WorkerOptions
from connectors.messaging import MessagingChannel, MessagingOptions, Stores
from connectors.messenger import Messenger, MessengerKeys
from connectors.platform import Platform
from connectors.standins import messenger as messenger_standin
from connectors.standins import zalo as zalo_standin
from connectors.standins.messaging import StandInApi, create_app
from connectors.standins.messenger import MessengerApi
from connectors.standins.zalo import ZaloApi
from connectors.zalo import Zalo, ZaloKeys

KEYS = PersonalKeys("k" * 32, Fernet.generate_key().decode())
QUICK = MessagingOptions(
    body_limit=20_000,
    settle_s=1,
    connect_s=0.05,
    worker=WorkerOptions(poll_s=0.05, lease_s=2, drain_s=5),
    delivery=DeliveryOptions(per_second=5000, per_person_s=0, attempts=4, backoff_s=0.02, backoff_max_s=0.1),
)
RULES = {
    "zalo": WindowRule(dt.timedelta(hours=48), free_messages=8, paid=dt.timedelta(days=7)),
    "messenger": WindowRule(dt.timedelta(hours=24), staff=dt.timedelta(days=7)),
    "telegram": WindowRule(dt.timedelta.max),
}


class Echo:
    """Says what it hears; keeps every turn.  A repeat gets the same reply, as of the real pipeline."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.messages: list[Message] | None = None
        self.fault: Exception | None = None
        self.before: Callable[[Turn], Any] | None = None

    async def handle(self, turn: Turn) -> Reply | None:
        self.turns.append(turn)
        if self.before is not None:
            await self.before(turn)
        if self.fault is not None:
            raise self.fault
        said = turn.text or turn.payload or str(turn.location)
        return Reply(messages=[TextMessage(text=said)] if self.messages is None else self.messages)

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        return []


def make_database(url: str) -> Database:
    """A database with its tables.  SQLite waits for no disk: what these tests break off is a process, not a machine."""
    database = Database(url)
    if database.is_sqlite:

        @event.listens_for(database.engine, "connect")
        def _hurry(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    database.create_all()
    return database


def make_stores(database: Database, clock: Clock | None = None, **limits: int) -> Stores:
    clock = clock or SystemClock()
    inbox = Inbox(database, KEYS, clock, **limits)
    return Stores(inbox, Outgoing(database, KEYS, clock), Windows(database, clock, RULES))


def make_zalo(address: str, database: Database, refresh: str = zalo_standin.REFRESH, **more: Any) -> Zalo:
    keys = ZaloKeys(zalo_standin.APP_ID, zalo_standin.APP_SECRET, zalo_standin.OA_SECRET, refresh)
    credentials = Credentials(database, KEYS, SystemClock(), f"zalo:{keys.app_id}")
    return Zalo(keys, credentials, SystemClock(), api=address, oauth=address, business=address, **more)


@dataclass
class Bench:
    """`channel` can be started, stopped and made anew, as a process that restarts; the address stays."""

    api: StandInApi
    standin: str
    address: str
    database: Database
    stores: Stores
    make: Callable[[str, Database], Platform]
    echo: Echo = field(default_factory=Echo)
    gone: list[str] = field(default_factory=list)  # conversations that the channel told to be closed to us
    channel: MessagingChannel | None = None
    app: FastAPI = field(default_factory=FastAPI)

    @property
    def url(self) -> str:
        """Of the webhook."""
        return self.api.hooks.url

    async def start(self, options: MessagingOptions = QUICK) -> MessagingChannel:
        platform = self.make(self.standin, self.database)
        self.channel = MessagingChannel(platform, self.echo, self.stores, options, self._note_gone)
        self.app.router.routes.clear()
        self.app.include_router(self.channel.router())
        await self.channel.start()
        return self.channel

    async def _note_gone(self, conversation: str) -> None:
        self.gone.append(conversation)

    async def stop(self) -> None:
        if self.channel is not None:
            await self.channel.stop()
            self.channel = None

    def texts(self, user: str) -> list[str]:
        """What the account has said to a citizen, the notice about automation left out."""
        shown = [message["text"] for message in self.api.messages.get(user, []) if not message["mine"]]
        return [text for text in shown if "trợ lý tự động" not in text]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  the database tells nobody when it changes
                await asyncio.sleep(0.02)

    async def said(self, user: str, count: int) -> list[str]:
        async with asyncio.timeout(10), self.api.changed:
            await self.api.changed.wait_for(lambda: len(self.texts(user)) >= count)
        return self.texts(user)


@contextlib.asynccontextmanager
async def messaging_bench(
    database: Database, api: StandInApi, make: Callable[[str, Database], Platform]
) -> AsyncIterator[Bench]:
    app = FastAPI()
    async with serving(create_app(api)) as standin, serving(app) as address:
        bench = Bench(api, standin, address, database, make_stores(database), make, app=app)
        path = make(standin, database).path
        api.hooks.url = address + path
        try:
            yield bench
        finally:
            await bench.stop()


def make_messenger(address: str, database: Database) -> Messenger:
    keys = MessengerKeys(
        messenger_standin.TOKEN, messenger_standin.APP_SECRET, messenger_standin.VERIFY_TOKEN, messenger_standin.PAGE_ID
    )
    return Messenger(keys, api=address)


def messenger_bench(database: Database) -> contextlib.AbstractAsyncContextManager[Bench]:
    return messaging_bench(database, MessengerApi("", retry_s=0.05), make_messenger)


def zalo_bench(database: Database) -> contextlib.AbstractAsyncContextManager[Bench]:
    return messaging_bench(database, ZaloApi("", retry_s=0.05), make_zalo)
