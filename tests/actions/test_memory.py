"""One suite for both memories: in this process, and on a real Redis."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from actions.memory import Memory, ProcessMemory, RedisMemory, open_memory
from knowledge_base.errors import ErrorCode, Unavailable


class Bench:
    """A memory, and how to let time pass in it: a clock of our own, or the server told that keys are over."""

    def __init__(self, memory: Memory, later: Callable[[float], Awaitable[None]]) -> None:
        self.memory = memory
        self.later = later


@pytest.fixture(params=["process", "redis"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "process":
        now = [1000.0]

        async def pass_time(seconds: float) -> None:
            now[0] += seconds

        memory: Memory = ProcessMemory(lambda: now[0])
        yield Bench(memory, pass_time)
        await memory.close()
        return
    url: str = request.getfixturevalue("redis_url")
    prefix = f"{uuid.uuid4().hex}:"
    async with Redis.from_url(url, decode_responses=True) as server:

        async def shorten(seconds: float) -> None:
            for key in await server.keys(f"{prefix}*"):
                left = await server.pttl(key)
                assert left > 0, f"{key} would be kept for ever"
                if left <= seconds * 1000:
                    await server.delete(key)
                else:
                    await server.pexpire(key, left - round(seconds * 1000))

        memory = RedisMemory(url, prefix)
        yield Bench(memory, shorten)
        await memory.close()


VALUES = [
    "chữ Việt",
    "",
    0,
    False,
    3.5,
    [],
    {"title": "Lệ phí", "command": {"intent": "choose_procedure", "entities": {"aspect": "fee"}}},
    ["1.001193", None, 2],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_what_is_put_is_got(bench: Bench, value: object) -> None:
    assert await bench.memory.get("key") is None
    await bench.memory.put("key", value, 60)
    assert await bench.memory.get("key") == value
    assert await bench.memory.get("other") is None


async def test_the_last_value_counts_with_its_own_time(bench: Bench) -> None:
    await bench.memory.put("key", "first", 10)
    await bench.memory.put("key", "second", 100)
    await bench.later(50)
    assert await bench.memory.get("key") == "second"


async def test_a_value_is_gone_when_its_time_is_over(bench: Bench) -> None:
    await bench.memory.put("short", 1, 10)
    await bench.memory.put("long", 2, 1000)
    await bench.later(5)
    assert await bench.memory.get("short") == 1
    await bench.later(6)
    assert await bench.memory.get("short") is None
    assert await bench.memory.get("long") == 2


async def test_who_changes_what_was_got_changes_nothing(bench: Bench) -> None:
    value = {"tries": [1]}
    await bench.memory.put("key", value, 60)
    value["tries"].append(2)
    got = await bench.memory.get("key")
    assert got == {"tries": [1]}
    got["tries"].append(3)
    assert await bench.memory.get("key") == {"tries": [1]}


async def test_what_json_cannot_say_is_refused_by_both(bench: Bench) -> None:
    with pytest.raises(TypeError):
        await bench.memory.put("key", object(), 60)
    assert await bench.memory.get("key") is None


async def test_add_sets_only_what_is_not_there(bench: Bench) -> None:
    assert await bench.memory.add("key", "mine", 10) is True
    assert await bench.memory.add("key", "yours", 10) is False
    assert await bench.memory.get("key") == "mine"
    await bench.later(11)
    assert await bench.memory.add("key", "yours", 10) is True
    assert await bench.memory.get("key") == "yours"


async def test_of_many_who_add_at_once_one_wins(bench: Bench) -> None:
    won = await asyncio.gather(*(bench.memory.add("key", number, 60) for number in range(50)))
    assert sum(won) == 1
    assert await bench.memory.get("key") == won.index(True)


async def test_counting_at_once_loses_none(bench: Bench) -> None:
    counts = await asyncio.gather(*(bench.memory.count("key", 60) for _ in range(50)))
    assert sorted(counts) == list(range(1, 51))
    assert await bench.memory.get("key") == 50


async def test_the_first_count_opens_the_window_and_the_others_do_not_lengthen_it(bench: Bench) -> None:
    assert await bench.memory.count("key", 60) == 1
    await bench.later(40)
    assert await bench.memory.count("key", 60) == 2
    await bench.later(30)
    assert await bench.memory.count("key", 60) == 1


async def test_dropped_is_gone_and_may_be_dropped_again(bench: Bench) -> None:
    await bench.memory.put("key", 1, 60)
    await bench.memory.drop("key")
    await bench.memory.drop("key")
    assert await bench.memory.get("key") is None
    assert await bench.memory.add("key", 2, 60) is True


async def test_expired_values_leave_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessMemory, "SWEEP_EVERY", 10)
    now = [0.0]
    memory = ProcessMemory(lambda: now[0])
    for number in range(9):
        await memory.put(f"old {number}", number, 1)
    now[0] = 2.0
    await memory.put("new", 1, 60)
    assert list(memory._values) == ["new"]


async def test_two_processes_on_one_redis_see_one_memory(redis_url: str) -> None:
    prefix = f"{uuid.uuid4().hex}:"
    one, other, stranger = RedisMemory(redis_url, prefix), RedisMemory(redis_url, prefix), RedisMemory(redis_url, "x:")
    await one.put("key", "here", 60)
    assert await other.get("key") == "here"
    assert await stranger.get("key") is None
    counts = await asyncio.gather(*(memory.count("n", 60) for memory in (one, other) for _ in range(10)))
    assert sorted(counts) == list(range(1, 21))
    for memory in (one, other, stranger):
        await memory.close()


async def test_redis_that_is_down_is_said_in_the_family() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        memory = RedisMemory(f"redis://127.0.0.1:{probe.getsockname()[1]}/0")  # bound, nobody listens
        for call in (
            memory.get("key"),
            memory.put("key", 1, 60),
            memory.add("key", 1, 60),
            memory.count("key", 60),
            memory.drop("key"),
        ):
            with pytest.raises(Unavailable) as raised:
                await call
            assert raised.value.code is ErrorCode.DATABASE_DOWN
        await memory.close()


async def test_the_address_chooses_the_memory(redis_url: str) -> None:
    assert isinstance(open_memory(""), ProcessMemory)
    memory = open_memory(redis_url)
    assert isinstance(memory, RedisMemory)
    await memory.close()
