"""1,000 webhook calls with repeats, through restarts and on two processes: each reply once, in order."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from messaging_bench import QUICK, Bench, make_database, make_stores, make_zalo, messenger_bench, zalo_bench
from telegram_bench import TelegramBench, telegram_bench

from assistant.turn import Turn
from connectors import messenger_events
from connectors.messaging import MessagingChannel
from connectors.standins import messenger
from connectors.standins.telegram_state import BotApi
from connectors.standins.zalo import APP_ID, OA_SECRET
from connectors.telegram import SECRET_HEADER
from connectors.zalo_events import SIGNATURE_HEADER, mac

CITIZENS, MESSAGES, COPIES = 25, 20, 2
START = int(time.time()) * 1000
ABRUPT = replace(QUICK, worker=replace(QUICK.worker, drain_s=0.01, lease_s=1))  # turns under way are broken off


Call = tuple[bytes, dict[str, str]]


def zalo_call(user: int, number: int) -> Call:
    stamp = str(START + number)
    event = {"event_name": "user_send_text", "app_id": APP_ID, "sender": {"id": str(user)}, "timestamp": stamp,
             "message": {"text": f"{user}-{number}", "msg_id": f"m{user}-{number}"}}  # fmt: skip
    raw = json.dumps(event).encode()
    return raw, {SIGNATURE_HEADER: f"mac={mac(APP_ID, OA_SECRET, raw, stamp.encode()).decode()}"}


def messenger_call(user: int, number: int) -> Call:
    one = {"sender": {"id": str(user)}, "recipient": {"id": messenger.PAGE_ID}, "timestamp": START + number,
           "message": {"mid": f"m{user}-{number}", "text": f"{user}-{number}"}}  # fmt: skip
    raw = json.dumps({"object": "page", "entry": [{"id": messenger.PAGE_ID, "messaging": [one]}]}).encode()
    return raw, {messenger_events.SIGNATURE_HEADER: messenger_events.signature(messenger.APP_SECRET, raw)}


def telegram_call(user: int, number: int) -> Call:
    """Many in one second, as Telegram tells time."""
    sent = {"message_id": number, "from": BotApi.citizen(user), "chat": BotApi.chat(user), "date": START // 1000}
    update = {"update_id": user * 1000 + number, "message": sent | {"text": f"{user}-{number}"}}
    return json.dumps(update).encode(), {SECRET_HEADER: TelegramBench.SECRET}


CALLS: dict[str, Callable[[int, int], Call]] = {
    "zalo": zalo_call, "messenger": messenger_call, "telegram": telegram_call
}  # fmt: skip
BENCHES = {"zalo": zalo_bench, "messenger": messenger_bench, "telegram": telegram_bench}


def make_url(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> str:
    return f"sqlite:///{tmp_path / 'channels.sqlite'}" if kind == "sqlite" else request.getfixturevalue(kind)


@pytest.fixture(params=["sqlite", "postgres_database"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    database = make_database(make_url(request, tmp_path, request.param))
    async with zalo_bench(database) as bench:
        yield bench
    database.close()


async def deliver(
    bench: Bench | TelegramBench, client: httpx.AsyncClient, user: int, call: Callable[[int, int], Call] = zalo_call
) -> int:
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
                        answer = await client.post(bench.url, content=raw, headers=headers)
                    except httpx.TransportError:
                        continue
                    if answer.status_code == 200:
                        taken += 1
                        break
                    await asyncio.sleep(0.02)
    return taken


def acted(bench: Bench | TelegramBench) -> None:
    """The stand-in lets the account answer these citizens."""
    for user in range(1, CITIZENS + 1):
        if isinstance(bench, TelegramBench):
            bench.api.messages[user] = []
        else:
            bench.api.said(str(user), "…")


def expected(user: int) -> list[str]:
    return [f"{user}-{number}" for number in range(MESSAGES)]


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("zalo", "sqlite"), ("zalo", "postgres_database"), ("messenger", "sqlite"), ("telegram", "sqlite")],
)
async def test_a_thousand_calls_with_restarts_in_between(
    request: pytest.FixtureRequest, tmp_path: Path, channel: str, kind: str
) -> None:
    database = make_database(make_url(request, tmp_path, kind))
    async with BENCHES[channel](database) as bench:
        await _a_thousand_calls(bench, CALLS[channel])
    database.close()


async def _a_thousand_calls(bench: Bench | TelegramBench, call: Callable[[int, int], Call]) -> None:
    acted(bench)
    people = range(1, CITIZENS + 1)

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
        deliveries = asyncio.gather(*(deliver(bench, client, user, call) for user in people))
        for _ in range(4):
            await asyncio.sleep(0.3)
            await bench.until(lambda: len(busy) > 2)
            await bench.stop()
            await bench.start(ABRUPT)
        assert sum(await deliveries) >= CITIZENS * MESSAGES * COPIES
    for user in people:
        await bench.said(str(user), MESSAGES)
    await asyncio.sleep(0.3)  # a reply too many would come now
    assert {user: bench.texts(str(user)) for user in people} == {user: expected(user) for user in people}
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
        await asyncio.gather(*(deliver(bench, client, user) for user in range(1, 9)))
    for user in range(1, 9):
        await bench.said(str(user), MESSAGES)
    await other.stop()
    assert [bench.texts(str(user)) for user in range(1, 9)] == [expected(user) for user in range(1, 9)]
    assert len(bench.echo.turns) == 8 * MESSAGES


async def test_news_and_the_end_at_the_same_moment(bench: Bench) -> None:
    """The word to stop is not lost when something new comes with it."""
    for _ in range(5):
        channel = await bench.start()
        await asyncio.sleep(0.02)
        channel._worker.wake()
        async with asyncio.timeout(5):
            await bench.stop()
