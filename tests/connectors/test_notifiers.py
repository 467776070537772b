"""Channels as notices know them (`actions.notices.port.Notifier`), each held to the same tests over its real wire."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ScriptedAssistant, StandIn
from cryptography.fernet import Fernet
from messaging_bench import Bench, make_database, make_messenger, make_zalo, messenger_bench, zalo_bench
from telegram_bench import telegram_channel

from actions.clock import HANOI, FixedClock, SystemClock
from actions.database import Database
from actions.messages import Choice, ChoicesMessage, Command, Reply
from actions.notices.port import Notifier
from actions.personal import PersonalKeys
from assistant.pipeline.transcript import Transcripts
from assistant.turn import HistoryEntry
from connectors import web_notices
from connectors.messaging import MessagingChannel
from connectors.platform import Event
from connectors.standins import messenger as messenger_standin
from connectors.standins.messaging import Fault as PlatformFault
from connectors.standins.telegram_state import Fault
from connectors.web_notices import WebNotices
from knowledge_base.errors import ErrorCode, Refused, Unavailable

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=HANOI)


def notice(text: str = "Nhắc bạn: 09:00 ngày mai") -> Reply:
    stop = Choice(title="Ngừng nhắc", payload="p1", command=Command(intent="stop_notices"))
    return Reply(messages=[ChoicesMessage(text=text, choices=[stop])])


@pytest.fixture
def book(tmp_path: Path) -> AsyncIterator[Transcripts]:
    database = Database(f"sqlite:///{tmp_path / 'book.sqlite'}")
    database.create_all()
    yield Transcripts(database, PersonalKeys("k" * 32, Fernet.generate_key().decode()))  # type: ignore[misc]
    database.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def telegram(standin: StandIn, scripted: ScriptedAssistant, database: Database) -> AsyncIterator[Any]:
    connector = telegram_channel(scripted, standin.address, database)
    await connector.start()
    await standin.api.say(5, "/start")
    await standin.api.wait_sent(1)
    yield connector
    await connector.stop()


@pytest.fixture(params=["zalo", "messenger"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A messaging channel that one person has written to."""
    database = make_database(f"sqlite:///{tmp_path / 'channel.sqlite'}")
    async with {"zalo": zalo_bench, "messenger": messenger_bench}[request.param](database) as bench:
        await bench.start()
        await bench.api.act("5", "say", {"text": "chào"})
        await bench.said("5", 1)
        yield bench
    database.close()


@pytest.mark.parametrize("channel", ["web", "telegram"])
async def test_a_notice_arrives_with_its_button(
    channel: str, book: Transcripts, clock: FixedClock, telegram: MessagingChannel, standin: StandIn
) -> None:
    notifier: Notifier = {"web": WebNotices(book, clock), "telegram": telegram}[channel]
    conversation = f"{channel}:5"
    assert await notifier.window(conversation) == "free"
    await notifier.send(conversation, notice(), "key-1")
    if channel == "web":
        (entry,) = await book.last(conversation, 10)
        assert (entry.notice, entry.messages[0].text) == ("key-1", "Nhắc bạn: 09:00 ngày mai")
    else:
        sent = (await standin.api.wait_sent(2))[-1]
        assert sent["text"] == "Nhắc bạn: 09:00 ngày mai"
        assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "p1"


async def test_a_notice_arrives_with_its_button_on_messaging_channels(bench: Bench) -> None:
    assert bench.channel is not None
    notifier: Notifier = bench.channel
    conversation = f"{bench.channel.name}:5"
    assert await notifier.window(conversation) == "free"
    await notifier.send(conversation, notice(), "key-1")
    assert (await bench.said("5", 2))[1] == "Nhắc bạn: 09:00 ngày mai"
    (button,) = bench.api.messages["5"][-1]["buttons"]
    assert (button["title"], button["data"].removeprefix("#tthc:")) == ("Ngừng nhắc", "p1")


async def test_nobody_is_written_to_who_never_wrote(bench: Bench) -> None:
    assert bench.channel is not None
    stranger = f"{bench.channel.name}:6"
    assert await bench.channel.window(stranger) == "closed"
    with pytest.raises(Refused):
        await bench.channel.send(stranger, notice(), "key-1")
    assert bench.stores.outgoing.dead() == []


async def test_who_closes_the_channel_is_told_of(bench: Bench) -> None:
    """Zalo says so at once, Messenger only when something is sent."""
    assert bench.channel is not None
    conversation = f"{bench.channel.name}:5"
    await bench.api.act("5", "unfollow", {})
    await bench.api.hooks.idle()
    if bench.channel.name == "messenger":
        assert bench.gone == []
        with pytest.raises(Refused):
            await bench.channel.send(conversation, notice(), "key-1")
    await bench.until(lambda: bench.gone)
    assert bench.gone == [conversation]
    assert await bench.channel.window(conversation) == "closed"


async def test_an_old_farewell_closes_nothing_to_who_has_come_back(bench: Bench) -> None:
    assert bench.channel is not None
    conversation = f"{bench.channel.name}:5"
    left = Event(event_id="left-1", user="5", at=SystemClock().now(), left=True)
    bench.stores.inbox.take(bench.channel.name, [bench.channel._received(left)])
    await bench.channel._left(left)
    assert bench.gone == [conversation]
    await bench.api.act("5", "follow" if bench.channel.name == "zalo" else "say", {"text": "lại đây"})
    await bench.said("5", 2)
    await bench.channel._left(left)
    assert bench.gone == [conversation]


async def test_the_web_knows_a_key_again(book: Transcripts, clock: FixedClock) -> None:
    first, other_process = WebNotices(book, clock), WebNotices(book, clock)
    pushed: list[dict[str, Any]] = []

    async def page(frame: dict[str, Any]) -> None:
        pushed.append(frame)

    first.joins("web:a", page)
    for web in (first, other_process, first):
        await web.send("web:a", notice(), "key-1")
    assert len(await book.last("web:a", 10)) == 1
    (frame,) = pushed
    assert (frame["type"], frame["id"], frame["at"]) == ("notice", "key-1", NOW.isoformat())
    assert "command" not in str(frame)


async def test_a_page_open_at_another_process_is_reached_there(book: Transcripts, clock: FixedClock) -> None:
    here, there = WebNotices(book, clock), WebNotices(book, clock)
    pushed: list[tuple[str, str]] = []

    def page(name: str) -> Any:
        async def push(frame: dict[str, Any]) -> None:
            pushed.append((name, frame["id"]))

        return push

    one, two = page("one"), page("two")
    there.joins("web:a", one)
    there.joins("web:a", two)
    there.joins("web:b", page("other"))
    await here.send("web:a", notice(), "key-1")
    assert pushed == []
    await there.look()
    await there.look()
    assert pushed == [("one", "key-1"), ("two", "key-1")]
    there.leaves("web:a", one)
    await here.send("web:a", notice(), "key-2")
    await there.look()
    assert pushed[2:] == [("two", "key-2")]
    clock.advance(days=8)
    assert await there.since("web:a", NOW - dt.timedelta(days=30)) == [], "so old that the history is the place"


async def test_a_page_that_takes_nothing_in_holds_up_no_other(
    book: Transcripts, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_notices, "PUSH_S", 0.05)
    web, pushed = WebNotices(book, clock), []

    async def stuck(frame: dict[str, Any]) -> None:
        await asyncio.sleep(60)

    async def well(frame: dict[str, Any]) -> None:
        pushed.append(frame["id"])

    web.joins("web:a", stuck)
    web.joins("web:a", well)
    await asyncio.wait_for(web.send("web:a", notice(), "key-1"), 5)
    assert pushed == ["key-1"]


async def test_what_a_page_missed(book: Transcripts, clock: FixedClock) -> None:
    web = WebNotices(book, clock)
    await web.send("web:a", notice("cũ"), "key-1")
    clock.advance(minutes=5)
    seen = clock.now()
    clock.advance(minutes=5)
    await web.send("web:a", notice("mới"), "key-2")
    await web.send("web:b", notice("của người khác"), "key-3")
    await book.keep("web:a", [HistoryEntry(who="assistant", at=clock.now(), messages=notice("trả lời").messages)])
    assert [frame["id"] for frame in await web.since("web:a", seen)] == ["key-2"]


async def test_telegram_says_what_is_worth_trying_again(telegram: MessagingChannel, standin: StandIn) -> None:
    with pytest.raises(Refused) as caught:
        await telegram.send("telegram:6", notice(), "key-1")
    assert caught.value.code is ErrorCode.WINDOW_CLOSED  # never wrote
    standin.api.faults.append(Fault("sendMessage", 502))
    with pytest.raises(Unavailable):
        await telegram.send("telegram:5", notice(), "key-1")
    standin.api.faults.append(Fault("sendMessage", 403))
    with pytest.raises(Refused) as caught:
        await telegram.send("telegram:5", notice(), "key-1")
    assert caught.value.code is ErrorCode.RECIPIENT_GONE


async def test_sent_means_taken_by_the_platform(bench: Bench) -> None:
    """Nothing is left behind in a queue: what fails is told to who sends it, and stands nowhere else."""
    assert bench.channel is not None
    conversation = f"{bench.channel.name}:5"
    for fault in (PlatformFault(status=502), PlatformFault(status=429, retry_after=1)):
        bench.api.faults.append(fault)
        with pytest.raises(Unavailable):
            await bench.channel.send(conversation, notice(), "key-1")
    assert not bench.stores.outgoing.owes(conversation)
    before = len(bench.api.sent)
    await bench.channel.send(conversation, notice(), "key-1")
    assert len(bench.api.sent) == before + 1  # at once, not some time later
    assert bench.stores.outgoing.dead() == []


async def test_a_notice_overtakes_no_answer(bench: Bench) -> None:
    assert bench.channel is not None
    conversation = f"{bench.channel.name}:5"
    bench.api.faults.append(PlatformFault(status=502, times=2))
    await bench.api.act("5", "say", {"text": "hỏi"})
    await bench.until(lambda: bench.stores.outgoing.owes(conversation))
    with contextlib.suppress(Unavailable):
        await bench.channel.send(conversation, notice("Nhắc"), "key-1")
    await bench.said("5", 2)
    assert bench.texts("5")[1] == "hỏi"


async def test_each_notice_counts_against_the_free_messages(bench: Bench) -> None:
    assert bench.channel is not None
    conversation = f"{bench.channel.name}:5"  # two have gone: the words about automation, and an answer
    for _ in range(6):
        await bench.channel.send(conversation, notice(), "key-1")
    assert await bench.channel.window(conversation) == ("paid" if bench.channel.name == "zalo" else "free")


async def test_the_link_to_a_channel_brings_the_code_where_it_can(
    telegram: MessagingChannel, database: Database
) -> None:
    assert telegram.reachable
    assert telegram.door("TB2345AB") == "https://t.me/tthc_thu_bot?start=TB2345AB"
    page = f"https://m.me/{messenger_standin.PAGE_ID}?ref=TB2345AB"
    assert make_messenger("http://127.0.0.1:1", database).door("TB2345AB") == page
    assert make_zalo("http://127.0.0.1:1", database).door("TB2345AB") == "", "no id of the account is set"
    named = make_zalo("http://127.0.0.1:1", database, account_id="431")
    assert named.door("TB2345AB") == "https://zalo.me/431"
