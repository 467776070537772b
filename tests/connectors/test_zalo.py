"""A whole conversation over Zalo: the stand-in's signed events in, its API out, over real loopback HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from messaging_bench import Bench, make_database, zalo_bench
from sqlalchemy import select

from actions.channels.models import InboxRow
from actions.database import Database
from actions.messages import Choice, ChoicesMessage
from actions.wording import say
from connectors.standins.messaging import Fault
from connectors.standins.zalo import APP_ID, OA_SECRET, ZaloApi
from connectors.zalo_events import SIGNATURE_HEADER, mac


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = make_database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    yield database
    database.close()


@pytest.fixture
async def bench(database: Database) -> AsyncIterator[Bench]:
    async with zalo_bench(database) as bench:
        await bench.start()
        yield bench


async def test_a_conversation(bench: Bench) -> None:
    await bench.api.act("7", "say", {"text": "làm khai sinh"})
    assert await bench.said("7", 1) == ["làm khai sinh"]
    first = bench.api.sent[0]
    assert first == ("7", {"text": say("channels.automated")})
    choices = [Choice(title="Lệ phí", payload="id-1"), Choice(title="Giấy tờ", payload="id-2")]
    bench.echo.messages = [ChoicesMessage(text="Bạn hỏi gì?", choices=choices)]
    await bench.api.act("7", "say", {"text": "hai"})
    await bench.said("7", 2)
    await bench.api.act("7", "press", {"data": "#tthc:id-2"})
    await bench.said("7", 3)
    await bench.api.act("7", "location", {"latitude": 21.02, "longitude": 105.85})
    await bench.said("7", 4)
    text, _, pressed, place = bench.echo.turns
    assert (text.conversation, text.channel, text.text) == ("zalo:7", "zalo", "làm khai sinh")
    assert (pressed.payload, pressed.text) == ("id-2", None)
    assert place.location is not None
    assert (place.location.lat, place.location.lon) == (21.02, 105.85)
    assert isinstance(bench.api, ZaloApi)
    assert bench.api.renewals == 1


@pytest.mark.parametrize(
    ("act", "key"),
    [("sticker", "no_sticker"), ("image", "no_photo"), ("voice", "no_voice"), ("file", "no_document"),
     ("business_card", "no_contact"), ("link", "no_other")],
)
async def test_what_we_cannot_read_gets_a_sentence(bench: Bench, act: str, key: str) -> None:
    await bench.api.act("7", act, {})
    assert await bench.said("7", 1) == [say(f"channels.{key}")]
    assert bench.echo.turns == []


async def test_the_question_under_a_photo_is_taken(bench: Bench) -> None:
    await bench.api.act("7", "image", {"text": "Giấy này làm ở đâu?"})
    assert await bench.said("7", 2) == [say("channels.no_photo"), "Giấy này làm ở đâu?"]


async def test_follow_greets_and_unfollow_is_marked(bench: Bench) -> None:
    await bench.api.act("7", "follow", {})
    assert await bench.said("7", 1) == ["xin chào"]
    assert bench.stores.windows.window("zalo:7") == "free"
    await bench.api.act("7", "unfollow", {})
    await bench.api.hooks.idle()
    assert bench.stores.windows.window("zalo:7") == "closed"


async def test_the_number_of_a_form_handed_over(bench: Bench) -> None:
    await bench.api.act("7", "submit", {"phone": "84912345678"})
    assert await bench.said("7", 1) == ["84912345678"]
    with bench.database.begin() as session:
        assert session.scalars(select(InboxRow.body)).all() == [""]  # name and address are kept nowhere


async def test_a_long_list_is_answered_by_number_and_by_words(bench: Bench) -> None:
    choices = [Choice(title=f"Chi nhánh số {n}, phường {name}", payload=f"id-{n}") for n, name in
               enumerate(("Hoàn Kiếm", "Ba Đình", "Cầu Giấy", "Hà Đông"), 1)]  # fmt: skip
    bench.echo.messages = [ChoicesMessage(text="Chọn chi nhánh:", choices=choices)]
    await bench.api.act("7", "say", {"text": "đặt lịch"})
    [text] = await bench.said("7", 1)
    assert "2. Chi nhánh số 2, phường Ba Đình" in text
    for typed in ("2", "số 3", "phuong ha dong", "sticker", "5"):
        if typed == "sticker":
            await bench.api.act("7", "sticker", {})
        else:
            await bench.api.act("7", "say", {"text": typed})
    await bench.said("7", 6)
    heard = [turn.payload or turn.text for turn in bench.echo.turns[1:]]
    assert heard == ["id-2", "id-3", "id-4", "5"]


async def test_an_expired_token_is_renewed_once(bench: Bench) -> None:
    assert isinstance(bench.api, ZaloApi)
    bench.api.access = "another"
    for text in ("một", "hai"):
        await bench.api.act("7", "say", {"text": text})
    assert await bench.said("7", 2) == ["một", "hai"]
    assert bench.api.renewals == 2


@pytest.mark.parametrize(
    "fault",
    [Fault(code=-32), Fault(status=429, retry_after=0), Fault(status=502), Fault(status=500, times=3),
     Fault(delay_s=0.2), Fault(code=-200, times=2)],
)
async def test_failures_that_pass_cost_no_message(bench: Bench, fault: Fault) -> None:
    bench.api.faults.append(fault)
    await bench.api.act("7", "say", {"text": "một"})
    await bench.api.act("7", "say", {"text": "hai"})
    assert await bench.said("7", 2) == ["một", "hai"]
    assert bench.stores.outgoing.dead() == []


async def test_repeated_and_shuffled_events_are_answered_once(bench: Bench) -> None:
    bench.api.hooks.copies, bench.api.hooks.shuffled = 3, True
    for number in range(12):
        await bench.api.act("7", "say", {"text": str(number)})
    await bench.api.hooks.idle()
    answers = await bench.said("7", 12)
    await asyncio.sleep(0.3)  # one too many would come now
    assert sorted(bench.texts("7"), key=int) == [str(number) for number in range(12)]
    assert len(answers) == 12


async def test_a_fault_of_ours_holds_nobody_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(status: int, said: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("connectors.zalo.failure", broken)
    bench.api.faults.append(Fault(status=500, times=4))
    await bench.api.act("7", "say", {"text": "một"})
    await bench.api.act("7", "say", {"text": "hai"})
    assert await bench.said("7", 2) == ["một", "hai"]
    assert [letter.reason for letter in bench.stores.outgoing.dead()] == ["internal: ZeroDivisionError"]


async def test_a_message_given_up_is_replayed(bench: Bench) -> None:
    await bench.api.act("7", "say", {"text": "đầu"})
    await bench.said("7", 1)
    bench.api.faults.append(Fault(status=500, times=4))
    await bench.api.act("7", "say", {"text": "một"})
    await bench.api.act("7", "say", {"text": "hai"})
    assert await bench.said("7", 2) == ["đầu", "hai"]
    [letter] = bench.stores.outgoing.dead("zalo")
    assert (letter.conversation, letter.attempts) == ("zalo:7", 4)
    assert letter.reason == "channel_down: Zalo: HTTP 500, error -200"
    assert bench.stores.outgoing.replay("messenger") == 0
    assert bench.stores.outgoing.replay("zalo") == 1
    assert await bench.said("7", 3) == ["đầu", "hai", "một"]
    assert bench.stores.outgoing.dead() == []


async def test_who_has_blocked_us_is_marked_and_left_alone(bench: Bench) -> None:
    assert isinstance(bench.api, ZaloApi)
    await bench.api.act("7", "say", {"text": "một"})
    await bench.said("7", 1)
    bench.api.blocked.add("7")
    await bench.api.act("7", "say", {"text": "hai"})
    await bench.until(lambda: bench.stores.outgoing.dead())
    assert [letter.reason for letter in bench.stores.outgoing.dead()] == ["recipient_gone: Zalo: HTTP 200, error -217"]
    assert bench.stores.windows.window("zalo:7") == "closed"


def signed(body: bytes, secret: str = OA_SECRET, stamp: bytes = b"1795399200000") -> dict[str, str]:
    return {SIGNATURE_HEADER: f"mac={mac(APP_ID, secret, body, stamp).decode()}"}


async def test_forged_and_tampered_calls_are_refused(bench: Bench) -> None:
    assert bench.channel is not None
    body = json.dumps({"event_name": "user_send_text", "app_id": APP_ID, "sender": {"id": "7"},
                       "message": {"text": "x", "msg_id": "m"}, "timestamp": "1795399200000"}).encode()  # fmt: skip
    url = bench.address + "/webhooks/zalo"
    async with httpx.AsyncClient() as client:
        for content, headers in [
            (body, {}),
            (body, {SIGNATURE_HEADER: "mac="}),
            (body, {SIGNATURE_HEADER: "mac=" + "0" * 64}),
            (body, signed(body, "another secret")),
            (body.replace(b'"x"', b'"y"'), signed(body)),
            (body, signed(body, stamp=b"1795399200001")),
            (b"{", {}),
        ]:
            assert (await client.post(url, content=content, headers=headers)).status_code == 403
        assert (await client.post(url, content=b"a" * 20_001, headers=signed(body))).status_code == 413
        for odd in (b'[] "timestamp":"1795399200000"', b'{"event_name":"user_send_text","timestamp":"1795399200000"}'):
            assert (await client.post(url, content=odd, headers=signed(odd))).status_code == 400
    assert bench.echo.turns == []
