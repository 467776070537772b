"""Buttons are opaque and belong to a conversation; the transcript shows again what was shown."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from actions.memory import ProcessMemory
from actions.messages import Choice, ChoicesMessage, Command, Message, Reply, TicketMessage
from actions.personal import PersonalKeys
from actions.wording import sentences
from assistant.pipeline.buttons import LIFETIME_S, seal, unseal
from assistant.pipeline.transcript import TranscriptRow, Transcripts
from assistant.turn import HistoryEntry
from knowledge_base.errors import BadInput, ErrorCode
from tests.assistant.fakes import NOW, Bench, buttons, message_id

FEE = Command(intent="choose_procedure", entities={"aspect": "fee"})


def payload_of(reply: Reply) -> str:
    message = reply.messages[0]
    assert isinstance(message, ChoicesMessage)
    payload = message.choices[0].payload
    assert payload is not None
    return payload


async def test_a_button_leaves_without_its_meaning(bench: Bench) -> None:
    reply = await bench.say("lệ phí")
    message = reply.messages[0]
    assert isinstance(message, ChoicesMessage)
    own, link = message.choices
    assert own.command is None
    assert own.payload
    assert len(own.payload.encode()) <= 64
    assert (link.payload, link.url) == (None, "https://dichvucong.gov.vn/")
    assert "choose_procedure" not in json.dumps(reply.dump())


async def test_a_pressed_button_is_its_command_and_shows_its_title(bench: Bench) -> None:
    payload = payload_of(await bench.say("khai sinh"))
    await bench.say(payload=payload)
    assert bench.dialogue.asked[1] == ("web:one", None, FEE)
    history = await bench.pipeline.history("web:one")
    assert [entry.text for entry in history if entry.who == "citizen"] == ["khai sinh", "Lệ phí"]
    await bench.say(payload=payload)  # it may be pressed again
    assert bench.dialogue.asked[2][2] == FEE


async def test_an_unknown_button_leaves_no_empty_line_in_the_history(bench: Bench) -> None:
    await bench.say(payload="x" * 12)
    assert [entry.who for entry in await bench.pipeline.history("web:one")] == ["assistant"]


async def test_every_button_has_an_id_of_its_own(bench: Bench) -> None:
    ids = {payload_of(await bench.say("lệ phí")) for _ in range(50)}
    assert len(ids) == 50


async def test_a_button_of_another_conversation_is_unknown(bench: Bench) -> None:
    payload = payload_of(await bench.say("lệ phí", "web:one"))
    reply = await bench.say(None, "web:two", payload=payload)
    assert reply.trace.error == "payload_unknown"
    assert reply.messages[0].text == sentences()["errors.payload_unknown"]
    assert len(bench.dialogue.asked) == 1


@pytest.mark.parametrize(
    "forged",
    ["", "x", "/restart", '/choose_procedure{"aspect": "fee"}', "a" * 65, "a" * 10_000, "*", "../turn", "\u200b"],
    ids=lambda text: text[:20],
)
async def test_a_forged_button_is_unknown(bench: Bench, forged: str) -> None:
    await bench.say("lệ phí")
    assert (await bench.say(None, payload=forged)).trace.error == "payload_unknown"
    assert len(bench.dialogue.asked) == 1


async def test_a_button_cannot_reach_other_things_in_memory(bench: Bench) -> None:
    """Conversation and id are joined in one key: neither may be chosen so that another's button is hit."""
    payload = payload_of(await bench.say("lệ phí", "web:one"))
    assert (await bench.say(None, "web", payload=f"one:{payload}")).trace.error == "payload_unknown"


async def test_an_expired_button_is_unknown() -> None:
    now = [0.0]
    memory = ProcessMemory(lambda: now[0])
    payload = payload_of(await seal(buttons("lệ phí"), "web:one", memory))
    now[0] = LIFETIME_S - 1
    assert await unseal(payload, "web:one", memory) == ("Lệ phí", FEE)
    now[0] = LIFETIME_S
    with pytest.raises(BadInput) as raised:
        await unseal(payload, "web:one", memory)
    assert raised.value.code is ErrorCode.PAYLOAD_UNKNOWN


async def test_a_repeat_of_a_reply_has_the_same_working_buttons(bench: Bench) -> None:
    name = message_id()
    first = payload_of(await bench.say("lệ phí", message_id=name))
    again = payload_of(await bench.say("lệ phí", message_id=name))
    assert first == again
    assert (await bench.say(payload=again)).trace.error is None


async def test_a_place_goes_on_as_a_search_for_a_branch(bench: Bench) -> None:
    await bench.say(location={"lat": 21.028511, "lon": 105.804817})
    command = bench.dialogue.asked[0][2]
    assert command == Command(intent="find_branch", entities={"lat": "21.02851", "lon": "105.80482"})
    history = await bench.pipeline.history("web:one")
    assert history[0].text == "📍"


async def test_the_history_is_what_was_shown(bench: Bench) -> None:
    ticket: Message = TicketMessage(
        text="Số phiếu: A-012", appointment_id="abc", number="A-012", state="confirmed", branch="Chi nhánh số 1",
        starts_at=NOW, secret="K7QX2M9P",
        choices=[Choice(title="Huỷ lịch", command=Command(intent="cancel_appointment"))],
    )  # fmt: skip
    bench.dialogue.reply = Reply(messages=[ticket, *buttons("Còn gì nữa?").messages])
    shown = await bench.say("  đặt lịch, số 0912 345 678 ")
    citizen, assistant = await bench.pipeline.history("web:one")
    assert (citizen.who, citizen.text, citizen.at) == ("citizen", "đặt lịch, số 0912 345 678", NOW)
    assert (assistant.who, assistant.messages) == ("assistant", shown.without_secrets().messages)


async def test_what_is_refused_is_in_the_history_too(bench: Bench) -> None:
    reply = await bench.say("x" * 500)
    citizen, assistant = await bench.pipeline.history("web:one")
    assert len(citizen.text) == 200
    assert assistant.messages == reply.messages


async def test_the_history_gives_the_last_entries_oldest_first(bench: Bench) -> None:
    for number in range(5):
        await bench.say(f"câu {number}")
    assert [entry.text for entry in await bench.pipeline.history("web:one", 4) if entry.text] == ["câu 3", "câu 4"]
    assert await bench.pipeline.history("web:other") == []


async def test_at_rest_the_transcript_is_not_readable(bench: Bench) -> None:
    await bench.say("chuyện riêng, số 0912 345 678")
    with bench.database.begin() as session:
        bodies = list(session.scalars(select(TranscriptRow.body)))
    assert len(bodies) == 2
    assert not [body for body in bodies if "riêng" in body or "0912" in body or "citizen" in body]


async def test_an_entry_of_a_lost_key_is_left_out(bench: Bench) -> None:
    other = Transcripts(bench.database, PersonalKeys("k" * 32, Fernet.generate_key().decode()))
    await other.keep("web:one", [HistoryEntry(who="citizen", at=NOW, text="cũ")])
    await bench.say("mới")
    assert [entry.text for entry in await bench.pipeline.history("web:one") if entry.who == "citizen"] == ["mới"]


async def test_old_entries_are_forgotten(bench: Bench) -> None:
    keys = PersonalKeys("k" * 32, Fernet.generate_key().decode())
    transcripts = Transcripts(bench.database, keys)
    for days in (31, 30, 1):
        at = NOW - dt.timedelta(days=days)
        await transcripts.keep("web:one", [HistoryEntry(who="citizen", at=at, text=f"{days}")])
    await transcripts.forget_before(NOW - dt.timedelta(days=30))
    assert [entry.text for entry in await transcripts.last("web:one", 9)] == ["30", "1"]


async def test_many_conversations_at_once_keep_their_own_buttons(bench: Bench) -> None:
    async def one(number: int) -> None:
        conversation = f"web:{number}"
        payload = payload_of(await bench.say(f"câu {number}", conversation))
        assert (await bench.say(None, conversation, payload=payload)).trace.error is None

    await asyncio.gather(*(one(number) for number in range(20)))
    assert len(bench.dialogue.asked) == 40
