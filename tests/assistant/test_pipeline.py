"""The life of a turn: repeats, limits, text as it may go on, order, and what is said when a part is down."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from actions.messages import Behaviour, Reply, TextMessage, Trace
from actions.origin import Origin, origin_of
from actions.personal_numbers import ID_MARK, ask_digits, reveal
from actions.wording import sentences
from assistant.logs import set_up_logs
from assistant.pipeline.pipeline import repeat_key
from assistant.pipeline.transcript import TranscriptRow
from knowledge_base.errors import ErrorCode, Refused, Unavailable
from tests.assistant.fakes import Bench, BrokenMemory, Gate, down, make_bench, message_id, turn

INVISIBLE = ["\u200b", "\u200b\u200d\ufeff", "\u2060 \u00ad", "\ufeff\n\t ", "\u202e", "\u0000\u0007"]


@pytest.mark.parametrize("channel", ["web", "api", "terminal", "zalo", "messenger", "telegram"])
async def test_a_repeat_gets_the_same_reply_where_the_caller_waits(bench: Bench, channel: str) -> None:
    name = message_id()
    first = await bench.say("lệ phí", f"{channel}:a", message_id=name)
    again = await bench.say("lệ phí", f"{channel}:a", message_id=name)
    assert again.messages == first.messages
    assert len(bench.dialogue.asked) == 1
    assert len(await bench.pipeline.history(f"{channel}:a")) == 2


async def test_a_repeat_on_a_channel_that_only_pushes_is_dropped(bench: Bench) -> None:
    name = message_id()
    assert await bench.pipeline.handle(turn("xin chào", "push:1", message_id=name)) is not None
    assert await bench.pipeline.handle(turn("xin chào", "push:1", message_id=name)) is None
    assert len(bench.dialogue.asked) == 1


async def test_the_same_id_in_another_conversation_and_no_id_are_no_repeats(bench: Bench) -> None:
    name = message_id()
    await bench.say("một", "web:a", message_id=name)
    await bench.say("một", "web:b", message_id=name)
    await bench.say("một", "web:a")
    await bench.say("một", "web:a")
    assert len(bench.dialogue.asked) == 4


async def test_a_repeat_cannot_be_asked_for_from_another_conversation(bench: Bench) -> None:
    await bench.say("riêng", "api:a:b", message_id="c")
    assert (await bench.say("lạ", "api:a", message_id="b:c")).messages[0].text == "heard: lạ"


async def test_two_deliveries_at_once_are_one_turn(bench: Bench) -> None:
    name = message_id()
    replies = await asyncio.gather(*(bench.pipeline.handle(turn("một", message_id=name)) for _ in range(5)))
    assert len(bench.dialogue.asked) == 1
    assert len({reply.messages[0].text for reply in replies if reply}) == 1


async def test_a_repeat_kept_by_an_older_release_is_taken_anew(bench: Bench) -> None:
    name = message_id()
    await bench.memory.put(repeat_key(turn(message_id=name)), {"messages": [{"type": "gone"}]}, 60)
    assert (await bench.say("lệ phí", message_id=name)).messages[0].text == "heard: lệ phí"


async def test_too_many_turns_are_refused_for_their_conversation_only(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, turns_per_minute=3)
    replies = [await bench.say(f"câu {number}") for number in range(5)]
    assert [reply.trace.error for reply in replies] == [None, None, None, "rate_limited", "rate_limited"]
    assert replies[4].messages == [TextMessage(text=sentences()["errors.rate_limited"])]
    assert (await bench.say("câu", "web:other")).trace.error is None
    assert len(bench.dialogue.asked) == 4
    await bench.close()


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "/", "///", " / \\ ", *INVISIBLE], ids=repr)
async def test_nothing_said_is_nothing_asked(bench: Bench, text: str) -> None:
    reply = await bench.say(text)
    assert (reply.trace.error, reply.trace.behaviour) == ("text_empty", Behaviour.DECLINE)
    assert reply.messages[0].text == sentences()["errors.text_empty"]
    assert bench.dialogue.asked == []


async def test_a_turn_without_anything_is_told_so(bench: Bench) -> None:
    assert (await bench.say(None)).trace.error == "text_empty"


async def test_the_longest_text_passes_and_one_more_is_told_the_limit(bench: Bench) -> None:
    assert (await bench.say("ă" * 200)).trace.error is None
    reply = await bench.say("ă" * 201)
    assert reply.trace.error == "text_too_long"
    assert "200" in reply.messages[0].text
    assert len(bench.dialogue.asked) == 1


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/restart", "restart"),
        ("//cancel_appointment", "cancel_appointment"),
        ("  / /confirm", "confirm"),
        ("\\/session_start", "session_start"),
        ("\u200b/stop", "stop"),
        ("\u202e\ufeff //stop", "stop"),
        ("/\u200b/stop", "stop"),
        ("\n/stop", "stop"),
        ('/inform{"procedure":"1.001193"}', 'inform{"procedure":"1.001193"}'),
        ("nộp 1/2 hồ sơ", "nộp 1/2 hồ sơ"),
        ("hoà  giải\u00a0ở   cơ sở", "hòa giải ở cơ sở"),
    ],
)
async def test_typed_text_never_is_a_command(bench: Bench, typed: str, heard: str) -> None:
    await bench.say(typed)
    assert bench.dialogue.asked == [("web:one", heard, None)]


async def test_numbers_stay_out_of_the_dialogue_and_in_the_history(bench: Bench) -> None:
    await bench.say("số 0912 345 678, căn cước 001099012345")
    assert bench.dialogue.asked[0][1] == "số <so-dien-thoai>, căn cước <so-dinh-danh>"
    assert (await bench.pipeline.history("web:one"))[0].text == "số 0912 345 678, căn cước 001099012345"


async def test_one_conversation_is_answered_in_order_one_at_a_time(bench: Bench) -> None:
    gate = Gate()
    bench.dialogue.before = gate
    tasks = [asyncio.create_task(bench.pipeline.handle(turn(str(number)))) for number in range(6)]
    await gate.until(1)
    assert gate.waiting == ["web:one 0"]
    gate.open()
    replies = await asyncio.gather(*tasks)
    assert [reply.messages[0].text for reply in replies if reply] == [f"heard: {number}" for number in range(6)]
    assert [text for _, text, _ in bench.dialogue.asked] == [str(number) for number in range(6)]
    assert bench.dialogue.most[""] == 1
    said = [entry.text for entry in await bench.pipeline.history("web:one") if entry.who == "citizen"]
    assert said == [str(number) for number in range(6)]


async def test_conversations_run_side_by_side(bench: Bench) -> None:
    gate = Gate()
    bench.dialogue.before = gate
    tasks = [asyncio.create_task(bench.pipeline.handle(turn("xin chào", f"web:{number}"))) for number in range(8)]
    await gate.until(8)  # all of them are inside at once, or this never comes
    gate.open()
    await asyncio.gather(*tasks)
    assert bench.dialogue.most[""] == 8


async def test_rasa_down_still_answers_from_search(bench: Bench) -> None:
    bench.dialogue.fault = down()
    reply = await bench.say("/cấp lại căn cước")
    assert reply.messages[0].text == "searched: cấp lại căn cước"
    assert (reply.trace.behaviour, reply.trace.error) == (Behaviour.DEGRADED, "dialogue_down")
    assert bench.degraded == ["cấp lại căn cước"]


async def test_rasa_down_cannot_answer_a_place_and_says_so(bench: Bench) -> None:
    bench.dialogue.fault = down()
    reply = await bench.say(location={"lat": 21.03, "lon": 105.85})
    assert reply.messages[0].text == sentences()["errors.dialogue_down"]
    assert (reply.trace.behaviour, bench.degraded) == (Behaviour.DEGRADED, [])


async def test_rasa_without_a_reply_is_an_error_told_politely(bench: Bench) -> None:
    bench.dialogue.reply = Reply(trace=Trace(intent="ask_fee"))
    reply = await bench.say("lệ phí")
    assert reply.messages[0].text == sentences()["errors.internal"]
    assert reply.trace.behaviour is Behaviour.DEGRADED


async def test_a_fault_inside_is_a_polite_sentence_and_nothing_of_it(bench: Bench) -> None:
    bench.dialogue.fault = ZeroDivisionError("secret/path.py line 12")
    reply = await bench.say("lệ phí", message_id=message_id())
    assert reply.messages == [TextMessage(text=sentences()["errors.internal"])]
    assert "secret" not in json.dumps(reply.dump())
    bench.dialogue.fault = None
    assert (await bench.say("lệ phí")).trace.error is None


async def test_an_error_of_the_family_has_its_own_sentence(bench: Bench) -> None:
    bench.dialogue.fault = Refused(ErrorCode.BOOKING_LIMIT, limit=2)
    assert "2" in (await bench.say("đặt lịch")).messages[0].text


async def test_memory_down_does_not_cost_the_answer(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, memory=BrokenMemory())
    reply = await bench.say("lệ phí khai sinh", message_id=message_id())
    assert reply.messages[0].text == "heard: lệ phí khai sinh"
    assert [choice.url for choice in getattr(reply.messages[0], "choices", [])] == ["https://dichvucong.gov.vn/"]
    assert "command" not in json.dumps(reply.dump())
    bench.dialogue.reply = Reply.model_validate(
        {"messages": [{"type": "choices", "text": "Chọn", "choices": [{"title": "A", "command": {"intent": "deny"}}]}]}
    )
    assert (await bench.say("chọn")).messages == [TextMessage(text="Chọn")]
    await bench.close()


async def test_the_database_down_does_not_cost_the_answer(bench: Bench) -> None:
    with bench.database.begin() as session:
        session.execute(sql(f"DROP TABLE {TranscriptRow.__tablename__}"))
    reply = await bench.say("lệ phí", message_id=message_id())
    assert reply.messages[0].text == "heard: lệ phí"


async def test_timings_are_told_apart(bench: Bench) -> None:
    timings = (await bench.say("lệ phí")).trace.timings_ms
    assert set(timings) == {"dialogue", "total", "platform"}
    assert timings["total"] == pytest.approx(timings["dialogue"] + timings["platform"], abs=0.02)


async def test_logs_hold_no_typed_text(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("DEBUG", as_json=True)
    said = "chuyện riêng của tôi"
    for fault in (
        None,
        down(),
        Unavailable(ErrorCode.SEARCH_DOWN),
        ZeroDivisionError("số 0912345678, H26.16-261103-0012"),
    ):
        bench.dialogue.fault = fault
        await bench.say(f"{said} 0987654321 H26.16-261103-0099")
    await bench.say(said * 50)
    await bench.say(payload="x" * 30)
    await bench.pipeline.close()
    with bench.database.begin() as session:
        session.execute(sql(f"DROP TABLE {TranscriptRow.__tablename__}"))
    await bench.say(said)
    await bench.pipeline.close()
    logs = capsys.readouterr().out
    events = [json.loads(line)["event"] for line in logs.splitlines()]
    assert {"dialogue down", "turn refused", "turn failed", "transcript not kept"} <= set(events)
    assert "ZeroDivisionError" in logs
    for private in (said, "riêng", "0987654321", "0912345678", "0012", "0099", "web:one"):
        assert private not in logs


async def test_where_a_turn_comes_from_goes_past_rasa_and_the_logs(bench: Bench) -> None:
    """The action finds it under the conversation; the dialogue and the logs know nothing of it."""
    met: list[Origin] = []

    async def action(conversation: str, _: str | None) -> None:
        met.append(await origin_of(conversation, bench.memory))

    bench.dialogue.before = action
    with capture_logs() as logs:
        await bench.say("tra hồ sơ", person="zalo:0077", address="a1b2c3d4")
        await bench.say("tra hồ sơ", conversation="telegram:5")
    assert met == [Origin("zalo:0077", "a1b2c3d4"), Origin()]
    assert "a1b2c3d4" not in f"{logs}{bench.dialogue.asked}{met}"
    assert "zalo:0077" not in f"{logs}{bench.dialogue.asked}{met}"


async def test_digits_that_were_asked_for_are_marked_once(bench: Bench) -> None:
    await ask_digits("web:one", bench.memory)
    await bench.say("1212")
    await bench.say("1212")
    assert [text for _, text, _ in bench.dialogue.asked] == [ID_MARK, "1212"]
    assert await reveal(ID_MARK, "web:one", bench.memory) == "1212"
