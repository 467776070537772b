"""A whole conversation over Messenger: the stand-in's signed calls in, its Send API out, over real loopback HTTP."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from messaging_bench import Bench, make_database, messenger_bench
from sqlalchemy import select

from actions.channels.models import ContactRow
from actions.messages import Choice, ChoicesMessage, Reply, TextMessage
from actions.wording import say
from connectors.messenger_events import SIGNATURE_HEADER, signature
from connectors.standins.messaging import Fault
from connectors.standins.messenger import APP_SECRET, PAGE_ID, VERIFY_TOKEN, MessengerApi
from knowledge_base.errors import ErrorCode, Misconfigured, Refused


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    database = make_database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    async with messenger_bench(database) as bench:
        await bench.start()
        yield bench
    database.close()


async def test_a_conversation(bench: Bench) -> None:
    await bench.api.act("7", "follow", {})  # the start button
    assert await bench.said("7", 1) == ["xin chào"]
    assert bench.api.sent[0] == ("7", {"text": say("channels.automated")})
    bench.echo.messages = [ChoicesMessage(text="Hỏi gì?", choices=[Choice(title="Lệ phí", payload="id-1")])]
    await bench.api.act("7", "say", {"text": "làm khai sinh"})
    await bench.said("7", 2)
    await bench.api.act("7", "press", {"data": "id-1"})
    await bench.said("7", 3)
    await bench.api.act("7", "location", {"latitude": 21.02, "longitude": 105.85})
    await bench.said("7", 4)
    _, typed, pressed, place = bench.echo.turns
    assert (typed.conversation, typed.channel, typed.text) == ("messenger:7", "messenger", "làm khai sinh")
    assert (pressed.payload, pressed.text) == ("id-1", None)
    assert place.location is not None


async def test_start_button_greeting_and_menu_are_set(bench: Bench) -> None:
    assert isinstance(bench.api, MessengerApi)
    profile = bench.api.profile
    assert profile["get_started"] == {"payload": "TTHC_START"}
    assert "tự động" in profile["greeting"][0]["text"]
    assert len(profile["greeting"][0]["text"]) <= 160
    [menu] = profile["persistent_menu"]
    assert [one["payload"] for one in menu["call_to_actions"]] == ["TTHC_START", "TTHC_CANCEL", "TTHC_HELP"]
    assert all(len(one["title"]) <= 30 for one in menu["call_to_actions"])
    for act in ("cancel", "help"):
        await bench.api.act("7", act, {})
    assert await bench.said("7", 2) == ["hủy", "trợ giúp"]


@pytest.mark.parametrize(
    ("act", "key"),
    [("sticker", "no_sticker"), ("image", "no_photo"), ("video", "no_photo"), ("voice", "no_voice"),
     ("file", "no_document"), ("edit", "edited"), ("delete", "deleted")],
)
async def test_what_we_cannot_read_gets_a_sentence(bench: Bench, act: str, key: str) -> None:
    await bench.api.act("7", "say", {"text": "chào"})
    await bench.said("7", 1)
    await bench.api.act("7", act, {})
    assert await bench.said("7", 2) == ["chào", say(f"channels.{key}")]


async def test_longer_choices_are_quick_replies_and_numbers(bench: Bench) -> None:
    titles = ["Đăng ký khai sinh", "Đăng ký khai sinh lưu động", "Đăng ký lại khai sinh", "Cấp bản sao trích lục"]
    choices = [Choice(title=title, payload=f"id-{number}") for number, title in enumerate(titles, 1)]
    bench.echo.messages = [ChoicesMessage(text="Bạn hỏi thủ tục nào?", choices=choices)]
    await bench.api.act("7", "say", {"text": "khai sinh"})
    [shown] = await bench.said("7", 1)
    assert "4. Cấp bản sao trích lục" in shown
    await bench.api.act("7", "press", {"data": "id-2"})
    await bench.said("7", 2)
    await bench.api.act("7", "say", {"text": "3"})
    await bench.said("7", 3)
    assert [turn.payload for turn in bench.echo.turns] == [None, "id-2", "id-3"]


@pytest.mark.parametrize(
    "fault", [Fault(status=400, code=613), Fault(status=500, code=2), Fault(status=503, times=3), Fault(delay_s=0.2)]
)
async def test_failures_that_pass_cost_no_message(bench: Bench, fault: Fault) -> None:
    bench.api.faults.append(fault)
    await bench.api.act("7", "say", {"text": "một"})
    await bench.api.act("7", "say", {"text": "hai"})
    assert await bench.said("7", 2) == ["một", "hai"]


async def test_who_has_blocked_the_page_is_marked(bench: Bench) -> None:
    await bench.api.act("7", "say", {"text": "một"})
    await bench.said("7", 1)
    await bench.api.act("7", "block", {})
    await bench.api.act("7", "say", {"text": "hai"})
    await bench.until(lambda: bench.stores.outgoing.dead())
    assert bench.stores.windows.window("messenger:7") == "closed"


async def test_notices_and_people_keep_to_the_window(bench: Bench) -> None:
    """The tag that opens seven days is for what a person of the staff wrote, never for the assistant."""
    assert isinstance(bench.api, MessengerApi)
    assert bench.channel is not None
    reminder, answer = (Reply(messages=[TextMessage(text=text)]) for text in ("Nhắc hẹn", "Cán bộ trả lời"))
    with pytest.raises(Refused) as caught:
        await bench.channel.send("messenger:7", reminder, "key-1")
    assert caught.value.code is ErrorCode.WINDOW_CLOSED
    await bench.api.act("7", "say", {"text": "chào"})
    await bench.said("7", 1)
    await bench.channel.send("messenger:7", reminder, "key-1")
    with bench.database.begin() as session:  # two days later
        session.scalars(select(ContactRow)).one().last_act_at -= dt.timedelta(days=2)  # type: ignore[operator]
    bench.api.acted["7"] -= 2 * 24 * 3600
    with pytest.raises(Refused):
        await bench.channel.send("messenger:7", reminder, "key-2")
    await bench.channel.send("messenger:7", answer, "key-3", by_staff=True)
    assert await bench.said("7", 3) == ["chào", "Nhắc hẹn", "Cán bộ trả lời"]
    assert bench.api.tags[-2:] == [None, "HUMAN_AGENT"]


async def test_the_handshake(bench: Bench) -> None:
    url = bench.address + "/webhooks/messenger"
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    async with httpx.AsyncClient() as client:
        answer = await client.get(url, params=asked)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
        for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": "<script>"}, None):
            params = asked | wrong if wrong is not None else {}
            assert (await client.get(url, params=params)).status_code == 403


async def test_forged_calls_are_refused(bench: Bench) -> None:
    one = {"sender": {"id": "7"}, "recipient": {"id": PAGE_ID}, "timestamp": int(time.time() * 1000),
           "message": {"mid": "m1", "text": "x"}}  # fmt: skip
    body = json.dumps({"object": "page", "entry": [{"id": PAGE_ID, "messaging": [one]}]}).encode()
    sha1 = {"X-Hub-Signature": "sha1=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha1).hexdigest()}
    right = signature(APP_SECRET, body)
    url = bench.address + "/webhooks/messenger"
    async with httpx.AsyncClient() as client:
        for content, headers in [
            (body, {}),
            (body, sha1),
            (body, {SIGNATURE_HEADER: sha1["X-Hub-Signature"]}),
            (body, {SIGNATURE_HEADER: right.removeprefix("sha256=")}),
            (body, {SIGNATURE_HEADER: signature("another", body)}),
            (body.replace(b'"x"', b'"y"'), {SIGNATURE_HEADER: right}),
        ]:
            assert (await client.post(url, content=content, headers=headers)).status_code == 403
        for odd in (b"{", b"[]", b'{"object": "instagram"}'):
            answer = await client.post(url, content=odd, headers={SIGNATURE_HEADER: signature(APP_SECRET, odd)})
            assert answer.status_code == 400
        for _ in range(3):  # a call that was overheard and is played again is taken, and does nothing
            assert (await client.post(url, content=body, headers={SIGNATURE_HEADER: right})).status_code == 200
    bench.api.said("7", "…")
    await bench.until(lambda: bench.echo.turns)
    assert len(bench.echo.turns) == 1


async def test_a_token_that_is_refused_is_said_and_the_events_wait(tmp_path: Path) -> None:
    database = make_database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    async with messenger_bench(database) as bench:
        assert isinstance(bench.api, MessengerApi)
        bench.api.token = "another"
        with pytest.raises(Misconfigured, match="TTHC_MESSENGER_TOKEN"):
            await bench.start()
        assert bench.channel is not None
        assert bench.channel.state == "refused"
    database.close()
