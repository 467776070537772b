"""Long polling against the stand-in, over real loopback HTTP: turns, order, floods, failures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from conftest import ScriptedAssistant, StandIn, serving
from messaging_bench import make_stores
from telegram_bench import QUICK_CALLS, telegram_channel

from actions.database import Database
from actions.messages import CardMessage, Choice, LocationMessage, Reply, TextMessage, TicketMessage
from actions.wording import say
from assistant.turn import Turn
from connectors.messaging import MessagingChannel
from connectors.standins.telegram import TOKEN, create_app
from connectors.standins.telegram_state import BotApi, Fault
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, Refused, Unavailable

NOTICE = Reply(messages=[TextMessage(text="nhắc lịch")])


@pytest.fixture
def gone() -> list[str]:
    """Conversations that have blocked the bot."""
    return []


@pytest.fixture
async def connector(
    scripted: ScriptedAssistant, standin: StandIn, database: Database, gone: list[str]
) -> AsyncIterator[MessagingChannel]:
    async def on_gone(conversation: str) -> None:
        gone.append(conversation)

    connector = telegram_channel(scripted, standin.address, database, on_gone=on_gone)
    await connector.start()
    yield connector
    await connector.stop()


def texts(sent: list[dict[str, Any]], chat_id: int | None = None) -> list[str]:
    return [m.get("text") or m.get("caption") for m in sent if chat_id in (None, m["chat"]["id"])]


async def until(standin: StandIn, true: Callable[[], object]) -> None:
    """Waits for something that follows a call to the stand-in."""
    async with asyncio.timeout(10), standin.api.changed:
        await standin.api.changed.wait_for(true)


@pytest.mark.usefixtures("connector")
async def test_a_conversation(scripted: ScriptedAssistant, standin: StandIn) -> None:
    scripted.messages = [
        CardMessage(text="Cần <b>2</b> giấy tờ \U0001f600", title="T", choices=[Choice(title="Lệ phí", payload="id-1")])
    ]
    await standin.api.say(5, "/start")
    [card] = await standin.api.wait_sent(1)
    assert card["text"] == "Cần <b>2</b> giấy tờ \U0001f600"
    await standin.api.press(5, "id-1")
    await standin.api.wait_sent(2)
    await standin.api.post(5, location={"latitude": 21.02, "longitude": 105.85})
    await standin.api.wait_sent(3)
    await until(standin, lambda: standin.api.answered)
    first, second, third = scripted.turns
    assert (first.conversation, first.channel, first.text) == ("telegram:5", "telegram", "xin chào")
    assert (second.payload, second.text) == ("id-1", None)
    assert third.location is not None
    assert [int(turn.message_id or 0) for turn in scripted.turns] == [1001, 1002, 1003]
    assert [command["command"] for command in standin.api.commands] == ["start", "huy", "trogiup"]


async def test_who_is_talking(scripted: ScriptedAssistant, database: Database) -> None:
    """The first thing anybody hears, once; a group is only told where to write."""
    api = BotApi(TOKEN)
    async with serving(create_app(api)) as address:
        connector = telegram_channel(scripted, address, database)
        await connector.start()
        for text in ("một", "hai"):
            await api.say(5, text)
        await api.post(-7, text=f"@{api.me['username']} ơi")
        sent = await api.wait_sent(4)
        assert texts(sent, 5) == [say("channels.automated"), "một", "hai"]
        assert texts(sent, -7) == [say("telegram.group", username=api.me["username"])]
        await connector.stop()


@pytest.mark.usefixtures("connector")
async def test_an_edited_message_gets_a_sentence_and_no_turn(scripted: ScriptedAssistant, standin: StandIn) -> None:
    now = int(time.time())
    person, chat = standin.api.citizen(5), standin.api.chat(5)
    standin.api.messages[5] = []
    edited = {"message_id": 1, "from": person, "chat": chat, "date": now, "edit_date": now, "text": "sửa"}
    await standin.api.push(edited_message=edited)
    assert texts(await standin.api.wait_sent(1)) == [say("channels.edited")]
    assert scripted.turns == []


@pytest.mark.usefixtures("connector")
async def test_a_number_asked_for_is_handed_over_by_a_button(scripted: ScriptedAssistant, standin: StandIn) -> None:
    scripted.messages = [TextMessage(text="Số điện thoại của bạn?", asks="phone")]
    await standin.api.say(5, "đặt lịch")
    [asked] = await standin.api.wait_sent(1)
    [[button]] = asked["reply_markup"]["keyboard"]
    assert (button["text"], button["request_contact"]) == (say("telegram.share_phone_button"), True)
    scripted.messages = None
    await standin.api.post(5, contact={"phone_number": "84912345678", "first_name": "Lan", "user_id": 5})
    await standin.api.post(5, contact={"phone_number": "84900000000", "first_name": "Ai", "user_id": 6})
    _, heard, other = await standin.api.wait_sent(3)
    assert heard["reply_markup"] == {"remove_keyboard": True}
    assert [heard["text"], other["text"]] == ["84912345678", say("channels.no_contact")]
    assert [turn.text for turn in scripted.turns] == ["đặt lịch", "84912345678"]


@pytest.mark.usefixtures("connector")
async def test_a_photo_gets_a_sentence_and_no_turn(scripted: ScriptedAssistant, standin: StandIn) -> None:
    size = {"file_id": "A", "file_unique_id": "B", "width": 1, "height": 1}
    await standin.api.post(5, photo=[size])
    await standin.api.post(-7, text=f"@{standin.api.me['username']} ơi")
    sent = await standin.api.wait_sent(2)
    assert "chưa xem được ảnh" in texts(sent, 5)[0]
    assert "@tthc_thu_bot" in texts(sent, -7)[0]
    assert scripted.turns == []


@pytest.mark.usefixtures("connector")
async def test_order_within_a_chat_and_chats_side_by_side(scripted: ScriptedAssistant, standin: StandIn) -> None:
    release = asyncio.Event()

    async def hold_the_first(turn: Turn) -> None:
        if turn.text == "một":
            await release.wait()

    scripted.before = hold_the_first
    for text in ("một", "hai", "ba"):
        await standin.api.say(1, text)
    await standin.api.say(2, "khác")
    assert texts(await standin.api.wait_sent(1)) == ["khác"]
    assert [turn.text for turn in scripted.turns if turn.conversation == "telegram:1"] == ["một"]
    release.set()
    assert texts(await standin.api.wait_sent(4), 1) == ["một", "hai", "ba"]


@pytest.mark.usefixtures("connector")
async def test_a_flood_limit_is_waited_out(standin: StandIn) -> None:
    standin.api.faults.append(Fault("sendMessage", 429, retry_after=1))
    before = time.monotonic()
    await standin.api.say(1, "một")
    assert texts(await standin.api.wait_sent(1)) == ["một"]
    assert time.monotonic() - before >= 1


@pytest.mark.usefixtures("connector")
async def test_server_faults_are_tried_again(standin: StandIn) -> None:
    standin.api.faults += [Fault("sendMessage", 502), Fault("sendMessage", 500)]
    await standin.api.say(1, "một")
    assert texts(await standin.api.wait_sent(1)) == ["một"]


async def test_a_slow_answer_is_tried_again(
    scripted: ScriptedAssistant, standin: StandIn, database: Database
) -> None:
    connector = telegram_channel(scripted, standin.address, database, calls=replace(QUICK_CALLS, read_s=0.3))
    await connector.start()
    standin.api.faults.append(Fault("sendMessage", 200, delay_s=0.5))
    await standin.api.say(1, "một")
    assert set(texts(await standin.api.wait_sent(1))) == {"một"}
    assert [method for method, _ in standin.api.calls].count("sendMessage") == 3  # with the words about automation
    await connector.stop()


async def test_what_never_arrives_stops_nothing_and_is_replayed(
    connector: MessagingChannel, standin: StandIn, database: Database
) -> None:
    await standin.api.say(1, "đầu")
    await standin.api.wait_sent(1)
    standin.api.faults.append(Fault("sendMessage", 500, times=4))
    await standin.api.say(1, "mất")
    await standin.api.say(1, "còn")
    assert texts(await standin.api.wait_sent(2)) == ["đầu", "còn"]
    outgoing = make_stores(database).outgoing
    [letter] = outgoing.dead("telegram")
    assert (letter.conversation, letter.attempts) == ("telegram:1", 4)
    assert outgoing.replay("telegram") == 1
    assert texts(await standin.api.wait_sent(3)) == ["đầu", "còn", "mất"]
    standin.api.faults.append(Fault("sendMessage", 500))
    with pytest.raises(Unavailable) as caught:
        await connector.send("telegram:1", NOTICE, "key")
    assert caught.value.code is ErrorCode.CHANNEL_DOWN


async def test_blocked(connector: MessagingChannel, standin: StandIn, gone: list[str]) -> None:
    await standin.api.say(1, "chào")
    await standin.api.wait_sent(1)
    standin.api.blocked.add(1)
    with pytest.raises(Refused):
        await connector.send("telegram:1", NOTICE, "key")
    assert gone == ["telegram:1"]
    await standin.api.block(1, blocked=False)
    await standin.api.say(1, "quay lại")
    assert texts(await standin.api.wait_sent(2))[1] == "quay lại"
    await connector.send("telegram:1", NOTICE, "key")
    await standin.api.block(1)
    await standin.api.say(2, "sau đó")  # taken after the block, so the block was taken too
    await standin.api.wait_sent(4)
    assert gone == ["telegram:1", "telegram:1"]
    assert await connector.window("telegram:1") == "closed"


@pytest.mark.usefixtures("connector")
async def test_a_keyboard_telegram_refuses_is_left_out(scripted: ScriptedAssistant, standin: StandIn) -> None:
    await standin.api.say(1, "đầu")
    await standin.api.wait_sent(1)
    standin.api.faults.append(Fault("sendMessage", 400))
    scripted.messages = [CardMessage(text="Thẻ", title="T", choices=[Choice(title="Lệ phí", payload="p")])]
    await standin.api.say(1, "một")
    [_, sent] = await standin.api.wait_sent(2)
    assert sent["text"] == "Thẻ"
    assert "reply_markup" not in sent


@pytest.mark.usefixtures("connector")
async def test_ticket_sends_its_picture(scripted: ScriptedAssistant, standin: StandIn) -> None:
    scripted.messages = [
        TicketMessage(
            text="Phiếu A1", appointment_id="1", number="A1", state="confirmed", branch="B",
            starts_at="2026-11-24T08:30:00+07:00", qr_content="https://example.org/t/1",
        )
    ]  # fmt: skip
    await standin.api.say(1, "phiếu")
    text, picture = await standin.api.wait_sent(2)
    assert text["text"] == "Phiếu A1"
    assert picture["photo"][0]["file_size"] > 200
    assert picture["caption"] == "Mã QR của phiếu A1"


@pytest.mark.usefixtures("connector")
async def test_the_location_keyboard_goes_away_when_words_come(scripted: ScriptedAssistant, standin: StandIn) -> None:
    scripted.messages = [LocationMessage(text="Ở đâu?", request=True)]
    await standin.api.say(1, "gần đây")
    [asked] = await standin.api.wait_sent(1)
    assert asked["reply_markup"]["keyboard"][0][0]["request_location"] is True
    scripted.messages = None
    await standin.api.say(1, "Cầu Giấy")
    await standin.api.say(1, "cảm ơn")
    _, removed, after = await standin.api.wait_sent(3)
    assert removed["reply_markup"] == {"remove_keyboard": True}
    assert "reply_markup" not in after


@pytest.mark.parametrize(
    ("fault", "code"),
    [(BadInput(ErrorCode.PAYLOAD_UNKNOWN), ErrorCode.PAYLOAD_UNKNOWN), (ValueError("x"), ErrorCode.INTERNAL)],
)
@pytest.mark.usefixtures("connector")
async def test_a_turn_that_fails_is_answered(
    scripted: ScriptedAssistant, standin: StandIn, fault: Exception, code: ErrorCode
) -> None:
    scripted.fault = fault
    await standin.api.say(1, "một")
    assert texts(await standin.api.wait_sent(1)) == [say(f"errors.{code.value}")]


@pytest.mark.usefixtures("connector")
async def test_an_update_nobody_can_read_holds_up_nothing(standin: StandIn) -> None:
    await standin.api.push(message={"message_id": "?"})
    await standin.api.say(1, "sau")
    assert texts(await standin.api.wait_sent(1)) == ["sau"]


async def test_too_many_waiting_messages_of_one_chat_are_dropped(
    scripted: ScriptedAssistant, standin: StandIn, database: Database
) -> None:
    release = asyncio.Event()
    scripted.before = lambda turn: release.wait()  # type: ignore[assignment,return-value]
    for number in range(5):
        await standin.api.say(1, str(number))
    await standin.api.say(2, "khác")
    connector = telegram_channel(scripted, standin.address, database, stores=make_stores(database, per_person=2))
    await connector.start()
    await until(standin, lambda: [m for m, _ in standin.api.calls].count("getUpdates") >= 2)
    release.set()
    assert sorted(texts(await standin.api.wait_sent(3))) == ["0", "1", "khác"]
    await connector.stop()


# --- starting, stopping, going on


async def test_polling_survives_a_bad_network(connector: MessagingChannel, standin: StandIn) -> None:
    standin.api.faults += [Fault("getUpdates", 502, times=2), Fault("getUpdates", 429, retry_after=1)]
    await standin.api.say(1, "một")
    await standin.api.wait_sent(1)
    await standin.api.say(1, "hai")
    assert texts(await standin.api.wait_sent(2)) == ["một", "hai"]
    assert connector.state == "up"
    assert standin.api.faults[0].times == 0


async def test_stopping_finishes_turns_and_confirms_updates(
    scripted: ScriptedAssistant, standin: StandIn, database: Database
) -> None:
    release, begun = asyncio.Event(), asyncio.Event()

    async def hold(turn: Turn) -> None:
        begun.set()
        await release.wait()

    scripted.before = hold
    connector = telegram_channel(scripted, standin.address, database)
    await connector.start()
    await standin.api.say(1, "một")
    await begun.wait()
    stopping = asyncio.create_task(connector.stop())
    await until(standin, lambda: not standin.api.updates)
    release.set()
    await stopping
    assert connector.state == "off"
    assert len(scripted.turns) == 1
    again = telegram_channel(scripted, standin.address, database)
    await again.start()
    assert texts(await standin.api.wait_sent(1)) == ["một"]  # sent before the end, or now
    await asyncio.sleep(0.2)
    assert (len(standin.api.sent), len(scripted.turns)) == (1, 1)
    await again.stop()


async def test_a_wrong_token_is_said_at_start(
    scripted: ScriptedAssistant, standin: StandIn, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    for token in ("8020:another-token-than-the-right", "not a token"):
        connector = telegram_channel(scripted, standin.address, database, token=token)
        with pytest.raises(Misconfigured) as caught:
            await connector.start()
        assert caught.value.code is ErrorCode.CHANNEL_DOWN
        assert connector.state == "refused"
        await connector.stop()
        assert token not in str(caught.value)
        printed = capsys.readouterr().out
        assert "channel_refused" in printed
        assert "TTHC_TELEGRAM_TOKEN" in printed
        assert token not in printed


async def test_a_token_revoked_later_ends_polling(connector: MessagingChannel, standin: StandIn) -> None:
    standin.api.faults.append(Fault("getUpdates", 401))
    await standin.api.say(1, "một")  # ends the poll that waits, if one was under way before the fault
    async with asyncio.timeout(10):
        while connector.state != "refused":  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.02)


async def test_telegram_out_of_reach_at_start(
    scripted: ScriptedAssistant,
    database: Database,
) -> None:
    async with serving(create_app(BotApi(TOKEN))) as address:
        pass  # the port is free again
    connector = telegram_channel(scripted, address, database)
    await connector.start()
    assert connector.state == "connecting"
    api = BotApi(TOKEN)
    async with serving(create_app(api), int(address.rpartition(":")[2])):
        await api.say(1, "một")
        assert texts(await api.wait_sent(2)) == [say("channels.automated"), "một"]
        assert connector.state == "up"
        await connector.stop()


async def test_another_poller_is_no_end(connector: MessagingChannel, standin: StandIn) -> None:
    await standin.api.call(TOKEN, "getUpdates", {"timeout": 0})
    await standin.api.say(1, "một")
    assert texts(await standin.api.wait_sent(1)) == ["một"]
    assert connector.state == "up"


@pytest.mark.usefixtures("connector")
async def test_no_library_logs_the_token(standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await standin.api.say(1, "bí mật")
        await standin.api.wait_sent(1)
    assert TOKEN not in caplog.text
    assert "bí mật" not in caplog.text
