"""Five wrong tries in fifteen minutes, by conversation and by code, whatever happens at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from actions.clock import FixedClock
from actions.dossiers.limiter import SWEEP_EVERY, MemoryAttemptLimiter
from knowledge_base.errors import ErrorCode, Refused


@pytest.fixture
def limiter(clock: FixedClock) -> MemoryAttemptLimiter:
    return MemoryAttemptLimiter(clock)


async def refused(limiter: MemoryAttemptLimiter, *keys: str) -> object:
    with pytest.raises(Refused) as caught:
        await limiter.take(keys)
    assert caught.value.code is ErrorCode.DOSSIER_TOO_MANY_TRIES
    return caught.value.data["minutes"]


async def test_the_sixth_is_refused_until_the_first_has_aged(limiter: MemoryAttemptLimiter, clock: FixedClock) -> None:
    for _ in range(5):
        await limiter.take(["conversation:a", "code:x"])
        clock.advance(minutes=1)
    assert await refused(limiter, "conversation:a", "code:y") == 10
    assert await refused(limiter, "conversation:b", "code:x") == 10
    await limiter.take(["conversation:b", "code:y"])
    clock.advance(minutes=10)
    await limiter.take(["conversation:a", "code:x"])
    assert await refused(limiter, "conversation:a") == 1


async def test_a_refusal_counts_nowhere(limiter: MemoryAttemptLimiter) -> None:
    for _ in range(5):
        await limiter.take(["conversation:a"])
    for _ in range(9):
        await refused(limiter, "conversation:a", "code:x")
    for _ in range(5):
        await limiter.take(["code:x"])


async def test_what_did_not_fail_does_not_count(limiter: MemoryAttemptLimiter) -> None:
    for _ in range(20):
        await limiter.give_back(await limiter.take(["conversation:a", "code:x"]))
    assert len(limiter) == 0
    ticket = await limiter.take(["conversation:a"])
    await limiter.give_back(ticket)
    await limiter.give_back(ticket)
    assert len(limiter) == 0


async def test_many_at_once_get_five_tries(limiter: MemoryAttemptLimiter) -> None:
    results = await asyncio.gather(*(limiter.take(["code:x"]) for _ in range(50)), return_exceptions=True)
    assert sum(not isinstance(result, Refused) for result in results) == 5


def test_threads_at_once_get_five_tries(limiter: MemoryAttemptLimiter) -> None:
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


async def test_what_has_aged_is_forgotten(limiter: MemoryAttemptLimiter, clock: FixedClock) -> None:
    for number in range(SWEEP_EVERY - 1):
        await limiter.take([f"code:{number}"])
    clock.advance(minutes=16)
    await limiter.take(["code:new"])
    assert len(limiter) == 1
