"""What is remembered beside the slots; a memory that is down costs no answer."""

from __future__ import annotations

import pytest

from actions.memory import Memory, ProcessMemory
from actions.talk.session import Session
from tests.assistant.fakes import BrokenMemory


class Broken(BrokenMemory):
    """`add` and `drop` too."""

    async def add(self, key: str, value: object, ttl_s: float) -> bool:
        await self.get(key)
        return True

    async def drop(self, key: str) -> None:
        await self.get(key)


async def test_who_was_met_is_met_once_in_a_conversation() -> None:
    memory = ProcessMemory()
    one, other = Session(memory, "telegram:1"), Session(memory, "telegram:2")
    assert [await one.first_contact(), await one.first_contact(), await other.first_contact()] == [True, False, True]


async def test_what_is_kept_is_found_until_dropped_or_over() -> None:
    now = [0.0]
    session = Session(ProcessMemory(lambda: now[0]), "web:1")
    await session.keep("what", {"a": 1}, 60)
    assert await session.kept("what") == {"a": 1}
    now[0] = 61
    assert await session.kept("what") is None
    await session.keep("what", "x")
    await session.drop("what", "other")
    assert await session.kept("what") is None
    assert [await session.once("rate"), await session.once("rate")] == [True, False]


@pytest.mark.parametrize("memory", [Broken()])
async def test_a_memory_that_is_down_is_silent(memory: Memory) -> None:
    session = Session(memory, "web:1")
    assert not await session.first_contact()
    assert not await session.once("rate")
    await session.keep("what", 1)
    await session.drop("what")
    assert await session.kept("what") is None
