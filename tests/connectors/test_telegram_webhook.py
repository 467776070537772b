"""The webhook: forged calls, sizes, repeats, and the stand-in calling it over real loopback HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from conftest import ScriptedAssistant, StandIn
from fastapi import FastAPI
from messaging_bench import QUICK, make_stores
from telegram_bench import telegram_channel

from actions.database import Database
from assistant.turn import Turn
from connectors.standins.telegram import TOKEN
from connectors.standins.telegram_state import Fault
from connectors.telegram import OFFICIAL_API, SECRET_HEADER, WEBHOOK_PATH, Telegram
from knowledge_base.errors import ErrorCode, Misconfigured

SECRET = "webhook-secret_of-these-tests"
HEADERS = {SECRET_HEADER: SECRET}
Serving = Callable[..., contextlib.AbstractAsyncContextManager[str]]


@pytest.fixture
async def platform(
    scripted: ScriptedAssistant, standin: StandIn, database: Database, serving: Serving
) -> AsyncIterator[httpx.AsyncClient]:
    """A platform with the webhook, started, registered at the stand-in."""
    app = FastAPI()
    async with serving(app) as address:
        connector = telegram_channel(
            scripted, standin.address, database, mode="webhook", secret=SECRET, public_url=address,
            options=replace(QUICK, body_limit=2_000), stores=make_stores(database, total=3),
        )  # fmt: skip
        app.include_router(connector.router())
        await connector.start()
        async with httpx.AsyncClient(base_url=address) as client:
            yield client
        await connector.stop()
        assert standin.api.webhook is not None  # other machines may still serve it


def update(number: int, text: str, chat_id: int = 1) -> dict[str, Any]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Lan"}
    chat = {"id": chat_id, "type": "private", "first_name": "Lan"}
    return {
        "update_id": number,
        "message": {"message_id": number, "from": person, "chat": chat, "date": int(time.time()), "text": text},
    }


@pytest.mark.usefixtures("platform")
async def test_a_conversation_over_the_webhook(scripted: ScriptedAssistant, standin: StandIn) -> None:
    for text in ("một", "hai", "/trogiup"):
        await standin.api.say(1, text)
    sent = await standin.api.wait_sent(3)
    assert [message["text"] for message in sent] == ["một", "hai", "trợ giúp"]
    assert standin.api.webhook is not None
    assert standin.api.webhook.secret_token == SECRET
    assert standin.api.webhook.allowed_updates == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert [turn.message_id for turn in scripted.turns] == ["1001", "1002", "1003"]


@pytest.mark.parametrize(
    "headers", [{}] + [{SECRET_HEADER: value} for value in ("", SECRET[:-1], SECRET + "x", SECRET.upper(), "\u00e9")]
)
async def test_forged_calls_are_refused_before_anything_is_parsed(
    platform: httpx.AsyncClient,
    scripted: ScriptedAssistant,
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[object] = []
    monkeypatch.setattr(Telegram, "read", lambda _, raw: parsed.append(raw) or [])
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await platform.post(WEBHOOK_PATH, content=json.dumps(update(1, "chào")), headers=encoded)
    assert answer.status_code == 403
    assert parsed == []
    assert scripted.turns == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b" " * 2_001, 413),
        (b"{}", 200),
        (b'{"update_id": "x", "message": 5}', 200),
        (b'{"update_id": 1, "message": {"message_id": 1}}', 200),
    ],
)
async def test_odd_bodies(platform: httpx.AsyncClient, body: bytes, status: int) -> None:
    assert (await platform.post(WEBHOOK_PATH, content=body, headers=HEADERS)).status_code == status


async def test_repeats_are_taken_once(
    platform: httpx.AsyncClient, scripted: ScriptedAssistant, standin: StandIn
) -> None:
    standin.api.messages[1] = []  # the citizen has written to the bot before
    for number in (7, 7, 8, 7):
        assert (await platform.post(WEBHOOK_PATH, json=update(number, f"tin {number}"), headers=HEADERS)).is_success
    sent = await standin.api.wait_sent(2)
    assert [message["text"] for message in sent] == ["tin 7", "tin 8"]
    assert [turn.message_id for turn in scripted.turns] == ["7", "8"]
    assert scripted.repeats == []


async def test_the_answer_does_not_wait_for_the_turn(
    platform: httpx.AsyncClient, scripted: ScriptedAssistant, standin: StandIn
) -> None:
    release = asyncio.Event()

    async def hold(turn: Turn) -> None:
        await release.wait()

    scripted.before = hold
    standin.api.messages[1] = []
    statuses = [
        (await platform.post(WEBHOOK_PATH, json=update(number, str(number)), headers=HEADERS)).status_code
        for number in range(1, 5)
    ]
    assert statuses == [200, 200, 200, 503]  # no room: Telegram will send the last one again
    release.set()
    assert [message["text"] for message in await standin.api.wait_sent(3)] == ["1", "2", "3"]


async def test_a_webhook_telegram_refuses(
    scripted: ScriptedAssistant, standin: StandIn, database: Database
) -> None:
    standin.api.faults.append(Fault("setWebhook", 400))
    more = {"mode": "webhook", "secret": SECRET, "public_url": "https://a.vn"}
    connector = telegram_channel(scripted, standin.address, database, **more)
    with pytest.raises(Misconfigured) as caught:
        await connector.start()
    assert caught.value.code is ErrorCode.CHANNEL_DOWN
    await connector.stop()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"token": " "}, "TTHC_TELEGRAM_TOKEN"),
        ({"mode": "webhook", "public_url": "https://a.vn"}, "TTHC_TELEGRAM_SECRET"),
        ({"mode": "webhook", "public_url": "https://a.vn", "secret": "short"}, "TTHC_TELEGRAM_SECRET"),
        ({"mode": "webhook", "public_url": "https://a.vn", "secret": "blanks in it, long"}, "TTHC_TELEGRAM_SECRET"),
        ({"mode": "webhook", "secret": SECRET}, "TTHC_PUBLIC_URL"),
        ({"mode": "webhook", "secret": SECRET, "public_url": "http://a.vn", "api": OFFICIAL_API}, "TTHC_PUBLIC_URL"),
    ],
)
def test_half_a_setting_is_refused_by_name(given: dict[str, Any], name: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        Telegram(**({"token": TOKEN} | given))
