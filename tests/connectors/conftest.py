"""Fixtures of the Telegram tests: a scripted assistant, the stand-in of the Bot API on a real loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from actions.database import Database
from actions.messages import Message, Reply, TextMessage
from actions.wording import say
from assistant.turn import HistoryEntry, Turn
from connectors.standins.telegram import TOKEN, create_app
from connectors.standins.telegram_state import BotApi, Json


class ScriptedAssistant:
    """Repeats what it hears unless told otherwise; keeps every turn; drops repeats as the real one does."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.repeats: list[Turn] = []
        self.messages: list[Message] | None = None
        self.fault: Exception | None = None
        self.before: Callable[[Turn], Awaitable[None]] | None = None
        self._seen: set[str | None] = set()

    async def handle(self, turn: Turn) -> Reply | None:
        if turn.message_id in self._seen:
            self.repeats.append(turn)
            return None
        self._seen.add(turn.message_id)
        self.turns.append(turn)
        if self.before is not None:
            await self.before(turn)
        if self.fault is not None:
            raise self.fault
        said = turn.text or turn.payload or str(turn.location)
        return Reply(messages=[TextMessage(text=said)] if self.messages is None else self.messages)

    async def history(self, conversation: str, limit: int = 50) -> list[HistoryEntry]:
        return []


@dataclass
class StandIn:
    api: BotApi
    address: str
    token: str = TOKEN


class _Server(uvicorn.Server):
    """Tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextlib.asynccontextmanager
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """The application on a free port of the loopback; its address."""
    listener = socket.create_server(("127.0.0.1", port))
    server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(10):
            await server.up.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture
def scripted() -> ScriptedAssistant:
    return ScriptedAssistant()


class QuietApi(BotApi):
    """Counts no words about automation among what the bot sent; `test_who_is_talking` does."""

    def _send(self, chat_id: int, given: Json, **content: Any) -> Json:
        told = super()._send(chat_id, given, **content)
        if content.get("text") == say("channels.automated"):
            self.sent.pop()
        return told


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    api = QuietApi(TOKEN)
    async with serving(create_app(api, retry_s=0.05)) as address:
        yield StandIn(api, address)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    database.create_all()
    yield database
    database.close()


@pytest.fixture(name="serving")
def serving_fixture() -> Callable[..., contextlib.AbstractAsyncContextManager[str]]:
    return serving
