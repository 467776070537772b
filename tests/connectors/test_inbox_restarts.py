"""1,000 webhook calls with repeats, through restarts and on two processes: each reply once, in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from messaging_bench import QUICK, Bench, make_database, make_stores, make_zalo, zalo_bench

from assistant.turn import Turn
from connectors.messaging import MessagingChannel
from connectors.standins.zalo import APP_ID, OA_SECRET
from connectors.zalo_events import SIGNATURE_HEADER, mac

CITIZENS, MESSAGES, COPIES = 25, 20, 2
START = 1795399200000
ABRUPT = replace(QUICK, worker=replace(QUICK.worker, drain_s=0.01, lease_s=1))  # turns under way are broken off


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path / 'channels.sqlite'}"
    database = make_database(url if request.param == "sqlite" else request.getfixturevalue("postgres_database"))
    async with zalo_bench(database) as bench:
        yield bench
    database.close()


def call(user: int, number: int) -> tuple[bytes, dict[str, str]]:
    stamp = str(START + number)
    event = {"event_name": "user_send_text", "app_id": APP_ID, "sender": {"id": str(user)}, "timestamp": stamp,
             "message": {"text": f"{user}-{number}", "msg_id": f"m{user}-{number}"}}  # fmt: skip
    raw = json.dumps(event).encode()
    return raw, {SIGNATURE_HEADER: f"mac={mac(APP_ID, OA_SECRET, raw, stamp.encode()).decode()}"}


async def deliver(bench: Bench, client: httpx.AsyncClient, user: int) -> int:
    """All messages of a citizen, in order, each some times; like a platform, again until it is taken.  Calls taken."""
    random.seed(user)
    planned = [number for number in range(MESSAGES) for _ in range(COPIES - 1)]
    planned = sorted(planned + [random.randint(n, MESSAGES - 1) for n in range(MESSAGES)])
    seen: set[int] = set()
    taken = 0
    for number in planned:
        for due in range(number + 1):  # a repeat never comes before its first
            if due not in seen or due == number:
                seen.add(due)
                raw, headers = call(user, due)
                while True:
                    try:
                        answer = await client.post(bench.api.hooks.url, content=raw, headers=headers)
                    except httpx.TransportError:
                        continue
                    if answer.status_code == 200:
                        taken += 1
                        break
                    await asyncio.sleep(0.02)
    return taken


def acted(bench: Bench) -> None:
    """The stand-in lets the account answer these citizens."""
    for user in range(CITIZENS):
        bench.api.said(str(user), "…")


def expected(user: int) -> list[str]:
    return [f"{user}-{number}" for number in range(MESSAGES)]


async def test_a_thousand_calls_with_restarts_in_between(bench: Bench) -> None:
    acted(bench)

    busy: set[str] = set()

    async def think(turn: Turn) -> None:
        busy.add(turn.conversation)
        try:
            await asyncio.sleep(random.random() * 0.05)
        finally:
            busy.discard(turn.conversation)

    bench.echo.before = think
    await bench.start(ABRUPT)
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=8)) as client:
        deliveries = asyncio.gather(*(deliver(bench, client, user) for user in range(CITIZENS)))
        for _ in range(4):
            await asyncio.sleep(0.3)
            await bench.until(lambda: len(busy) > 2)
            await bench.stop()
            await bench.start(ABRUPT)
        assert sum(await deliveries) >= CITIZENS * MESSAGES * COPIES
    for user in range(CITIZENS):
        await bench.said(str(user), MESSAGES)
    await asyncio.sleep(0.3)  # a reply too many would come now
    assert {user: bench.texts(str(user)) for user in range(CITIZENS)} == {
        user: expected(user) for user in range(CITIZENS)
    }
    assert len(bench.echo.turns) > CITIZENS * MESSAGES  # some turns were broken off and taken again


async def test_two_processes_never_take_the_same_event(bench: Bench) -> None:
    acted(bench)
    inside: dict[str, int] = {}

    async def alone(turn: Turn) -> None:
        inside[turn.conversation] = inside.get(turn.conversation, 0) + 1
        assert inside[turn.conversation] == 1
        await asyncio.sleep(random.random() * 0.01)
        inside[turn.conversation] -= 1

    bench.echo.before = alone
    await bench.start()
    other = MessagingChannel(
        make_zalo(bench.standin, bench.database), bench.echo, make_stores(bench.database), QUICK
    )
    await other.start()
    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(deliver(bench, client, user) for user in range(8)))
    for user in range(8):
        await bench.said(str(user), MESSAGES)
    await other.stop()
    assert [bench.texts(str(user)) for user in range(8)] == [expected(user) for user in range(8)]
    assert len(bench.echo.turns) == 8 * MESSAGES


async def test_news_and_the_end_at_the_same_moment(bench: Bench) -> None:
    """The word to stop is not lost when something new comes with it."""
    for _ in range(5):
        channel = await bench.start()
        await asyncio.sleep(0.02)
        channel._worker.wake()
        async with asyncio.timeout(5):
            await bench.stop()
