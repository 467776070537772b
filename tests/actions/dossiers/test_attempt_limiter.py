"""Five wrong tries in fifteen minutes, by conversation and by code, whatever happens at once.

One suite for both limiters: in this process, and on a real Redis.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from actions.clock import FixedClock
from actions.dossiers.limiter import (
    SWEEP_EVERY,
    AttemptLimiter,
    MemoryAttemptLimiter,
    SharedAttemptLimiter,
    Ticket,
    open_limiter,
)
from knowledge_base.errors import ErrorCode, Refused, Unavailable


@pytest.fixture(params=["process", "redis"])
async def limiter(request: pytest.FixtureRequest, clock: FixedClock) -> AsyncIterator[AttemptLimiter]:
    made: AttemptLimiter = MemoryAttemptLimiter(clock)
    if request.param == "redis":
        made = SharedAttemptLimiter(request.getfixturevalue("redis_url"), clock, prefix=f"{uuid.uuid4().hex}:")
    yield made
    await made.close()


async def refused(limiter: AttemptLimiter, *keys: str) -> object:
    with pytest.raises(Refused) as caught:
        await limiter.take(keys)
    assert caught.value.code is ErrorCode.DOSSIER_TOO_MANY_TRIES
    return caught.value.data["minutes"]


async def test_the_sixth_is_refused_until_the_first_has_aged(limiter: AttemptLimiter, clock: FixedClock) -> None:
    for _ in range(5):
        await limiter.take(["conversation:a", "code:x"])
        clock.advance(minutes=1)
    assert await refused(limiter, "conversation:a", "code:y") == 10
    assert await refused(limiter, "conversation:b", "code:x") == 10
    await limiter.take(["conversation:b", "code:y"])
    clock.advance(minutes=10)
    await limiter.take(["conversation:a", "code:x"])
    assert await refused(limiter, "conversation:a") == 1


async def test_a_refusal_counts_nowhere(limiter: AttemptLimiter) -> None:
    for _ in range(5):
        await limiter.take(["conversation:a"])
    for _ in range(9):
        await refused(limiter, "conversation:a", "code:x")
    for _ in range(5):
        await limiter.take(["code:x"])


async def test_each_kind_of_key_has_its_own_limit(limiter: AttemptLimiter, clock: FixedClock) -> None:
    for number in range(30):
        await limiter.take([f"code:{number}", "address:home"])
    assert await refused(limiter, "code:x", "address:home") == 15
    await limiter.take(["code:x", "address:office"])
    clock.advance(minutes=14)
    assert await refused(limiter, "address:home") == 1


async def test_the_days_limit_outlasts_the_quarter_of_an_hour(limiter: AttemptLimiter, clock: FixedClock) -> None:
    for _ in range(4):
        for _ in range(5):
            await limiter.take(["person:p", "person-day:p"])
        clock.advance(minutes=15)
    assert await refused(limiter, "person:p", "person-day:p") == 23 * 60
    clock.advance(hours=23)
    await limiter.take(["person:p", "person-day:p"])


async def test_what_did_not_fail_does_not_count(limiter: AttemptLimiter) -> None:
    for _ in range(20):
        await limiter.give_back(await limiter.take(["conversation:a", "code:x"]))
    tickets = [await limiter.take(["conversation:a"]) for _ in range(5)]
    await refused(limiter, "conversation:a")
    for _ in range(2):
        await limiter.give_back(tickets[0])
    await limiter.take(["conversation:a"])
    await refused(limiter, "conversation:a")


async def test_one_key_named_twice_counts_once(limiter: AttemptLimiter) -> None:
    for _ in range(5):
        await limiter.take(["code:x", "code:x"])
    await refused(limiter, "code:x")


async def test_given_back_leaves_nothing_in_the_process(clock: FixedClock) -> None:
    limiter = MemoryAttemptLimiter(clock)
    await limiter.give_back(await limiter.take(["conversation:a", "code:x"]))
    assert len(limiter) == 0


async def test_many_at_once_get_five_tries(limiter: AttemptLimiter) -> None:
    results = await asyncio.gather(*(limiter.take(["code:x"]) for _ in range(50)), return_exceptions=True)
    assert sum(not isinstance(result, Refused) for result in results) == 5


def test_threads_at_once_get_five_tries(clock: FixedClock) -> None:
    limiter = MemoryAttemptLimiter(clock)
    barrier = threading.Barrier(8)
    taken: list[int] = []

    def run() -> None:
        barrier.wait()
        for _ in range(20):
            try:
                taken.append(asyncio.run(limiter.take(["code:x"])).id)
            except Refused:
                continue

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 5


async def test_what_has_aged_is_forgotten(clock: FixedClock) -> None:
    limiter = MemoryAttemptLimiter(clock)
    for number in range(SWEEP_EVERY - 1):
        await limiter.take([f"code:{number}"])
    clock.advance(minutes=16)
    await limiter.take(["code:new"])
    assert len(limiter) == 1


async def test_processes_on_one_redis_share_five_tries(redis_url: str, clock: FixedClock) -> None:
    prefix = f"{uuid.uuid4().hex}:"
    limiters = [SharedAttemptLimiter(redis_url, clock, prefix=prefix) for _ in range(3)]
    tries = [limiter.take(["conversation:a", "code:x"]) for limiter in limiters for _ in range(10)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    taken = [result for result in results if isinstance(result, Ticket)]
    assert len(taken) == len({ticket.id for ticket in taken}) == 5
    await limiters[0].give_back(taken[-1])
    await limiters[1].take(["code:x"])
    await refused(limiters[2], "code:x")
    async with Redis.from_url(redis_url, decode_responses=True) as server:
        kept = [key async for key in server.scan_iter(f"{prefix}*")]
        assert len(kept) == 2
        for key in kept:
            assert 0 < await server.pttl(key) <= 15 * 60 * 1000
    for limiter in limiters:
        await limiter.close()


async def test_redis_that_is_down_lets_nobody_try_and_costs_no_answer(clock: FixedClock) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound, nobody listens
        limiter = SharedAttemptLimiter(f"redis://127.0.0.1:{probe.getsockname()[1]}/0", clock)
        with pytest.raises(Unavailable) as raised:
            await limiter.take(["code:x"])
        assert raised.value.code is ErrorCode.DATABASE_DOWN
        await limiter.give_back(Ticket(1, ("code:x",)))
        await limiter.close()


async def test_the_address_chooses_the_limiter(redis_url: str, clock: FixedClock) -> None:
    assert isinstance(open_limiter("", clock), MemoryAttemptLimiter)
    limiter = open_limiter(redis_url, clock)
    assert isinstance(limiter, SharedAttemptLimiter)
    await limiter.close()
