"""A scripted dialogue, and a pipeline around it with everything else real: memory, transcripts on SQLite, keys."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.memory import Memory, ProcessMemory
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, TextMessage, Trace
from actions.personal import PersonalKeys
from assistant.pipeline import Pipeline
from assistant.pipeline.transcript import Transcripts
from assistant.turn import Turn
from knowledge_base.errors import ErrorCode, Unavailable

NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=HANOI)
_numbers = itertools.count(1)


@dataclass
class FakeDialogue:
    """Says "heard: …" with two buttons unless told otherwise; keeps what it was asked."""

    asked: list[tuple[str, str | None, Command | None]] = field(default_factory=list)
    reply: Reply | None = None
    fault: Exception | None = None
    before: Callable[[str, str | None], Awaitable[None]] | None = None
    up: bool = True
    running: int = 0
    most: dict[str, int] = field(default_factory=dict)

    async def turn(self, conversation: str, text: str | None, command: Command | None) -> Reply:
        self.asked.append((conversation, text, command))
        self.running += 1
        self.most[""] = max(self.most.get("", 0), self.running)
        try:
            if self.before is not None:
                await self.before(conversation, text)
            if self.fault is not None:
                raise self.fault
        finally:
            self.running -= 1
        if self.reply is not None:
            return self.reply.model_copy(deep=True)
        return buttons(f"heard: {text or command}")

    async def ready(self) -> bool:
        return self.up

    async def close(self) -> None:
        self.up = False


def buttons(text: str) -> Reply:
    choices = [
        Choice(title="Lệ phí", command=Command(intent="choose_procedure", entities={"aspect": "fee"})),
        Choice(title="Trang nguồn", url="https://dichvucong.gov.vn/"),
    ]
    trace = Trace(behaviour=Behaviour.ANSWER, intent="ask_fee", confidence=0.9)
    return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=trace)


def down() -> Unavailable:
    return Unavailable(ErrorCode.DIALOGUE_DOWN, "Rasa: ConnectError")


class BrokenMemory(ProcessMemory):
    """Redis that is gone."""

    async def get(self, key: str) -> Any | None:
        raise Unavailable(ErrorCode.DATABASE_DOWN, "Redis: ConnectionError")

    async def put(self, key: str, value: Any, ttl_s: float) -> None:
        raise Unavailable(ErrorCode.DATABASE_DOWN, "Redis: ConnectionError")

    async def count(self, key: str, ttl_s: float) -> int:
        raise Unavailable(ErrorCode.DATABASE_DOWN, "Redis: ConnectionError")


@dataclass
class Bench:
    """A pipeline and its parts; who made it closes it."""

    dialogue: FakeDialogue
    memory: Memory
    database: Database
    clock: FixedClock
    pipeline: Pipeline
    degraded: list[str]

    async def say(self, text: str | None = None, conversation: str = "web:one", **more: Any) -> Reply:
        reply = await self.pipeline.handle(turn(text, conversation, **more))
        assert reply is not None
        await self.pipeline.close()  # the transcript is written behind the answer
        return reply

    async def close(self) -> None:
        await self.pipeline.close()
        self.database.close()


def turn(text: str | None = None, conversation: str = "web:one", **more: Any) -> Turn:
    """A turn of the channel that `conversation` begins with."""
    return Turn(conversation=conversation, channel=conversation.split(":")[0], text=text, at=NOW, **more)


def message_id() -> str:
    return f"message-{next(_numbers)}"


def make_bench(
    folder: Path, *, memory: Memory | None = None, turns_per_minute: int = 1000, text_limit: int = 200
) -> Bench:
    dialogue, clock = FakeDialogue(), FixedClock(NOW)
    database = Database(f"sqlite:///{folder / 'transcripts.sqlite'}")
    database.create_all()
    held: Memory = memory or ProcessMemory()
    asked: list[str] = []

    async def degraded(text: str) -> Reply:
        asked.append(text)
        return Reply(
            messages=[TextMessage(text=f"searched: {text}")],
            trace=Trace(behaviour=Behaviour.DEGRADED, error="dialogue_down"),
        )

    keys = PersonalKeys("k" * 32, Fernet.generate_key().decode())
    pipeline = Pipeline(
        dialogue=dialogue, memory=held, transcripts=Transcripts(database, keys), clock=clock, degraded=degraded,
        text_limit=text_limit, turns_per_minute=turns_per_minute,
    )  # fmt: skip
    return Bench(dialogue, held, database, clock, pipeline, asked)


class Gate:
    """Holds the dialogue until opened, and tells when so many turns wait at it."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self._open = asyncio.Event()
        self._came = asyncio.Condition()

    async def __call__(self, conversation: str, text: str | None) -> None:
        async with self._came:
            self.waiting.append(f"{conversation} {text}")
            self._came.notify_all()
        await self._open.wait()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10), self._came:
            await self._came.wait_for(lambda: len(self.waiting) >= count)

    def open(self) -> None:
        self._open.set()
