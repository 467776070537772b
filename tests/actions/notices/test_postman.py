"""What the worker does with a notice in hand."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from actions.messages import Reply
from actions.notices.port import Reason, State
from actions.notices.quiet import QuietHours
from assistant import notices
from assistant.metrics import NOTICES
from knowledge_base.errors import ErrorCode, Refused, Unavailable
from tests.actions.appointments.conftest import at
from tests.actions.notices.bench import Bench, Recorder
from tests.assistant.fakes import turn


def down() -> Unavailable:
    return Unavailable(ErrorCode.CHANNEL_DOWN, "Zalo: 500")


async def test_sent_once_and_kept_in_the_history(bench: Bench) -> None:
    zalo = Recorder()
    bench.write("a")
    postman = bench.postman(zalo=zalo)
    assert await postman.round() == 1
    assert await postman.round() == 0
    assert zalo.sent == [("zalo:7", "a", "Cán bộ trả lời a")]
    (entry,) = await bench.transcripts.last("zalo:7", 10)
    assert (entry.who, entry.notice, entry.messages[0].text) == ("assistant", "a", "Cán bộ trả lời a")
    (row,) = bench.rows()
    assert (row.state, row.cost) == (State.SENT, "free")


async def test_a_channel_of_another_process_is_left_alone(bench: Bench) -> None:
    bench.write("a", "telegram:5")
    assert await bench.postman(zalo=Recorder()).round() == 0
    assert bench.states() == {"a": "queued"}


async def test_never_at_night(bench: Bench, machine_zone: str) -> None:
    zalo = Recorder()
    postman = bench.postman(zalo=zalo)
    bench.clock.moment = at(23, 50, day=25)
    bench.write("long", useful=dt.timedelta(hours=10))
    bench.write("short", useful=dt.timedelta(hours=7))
    await postman.round()
    assert bench.states() == {"long": "queued", "short": "dropped"}
    assert bench.dues() == ["reply 26 07:00"]
    assert bench.rows(State.DROPPED)[0].outcome == "night"
    bench.clock.advance(minutes=20)  # past midnight
    assert await postman.round() == 0
    bench.clock.moment = at(7, 0, day=26)
    assert await postman.round() == 1
    assert [key for _, key, _ in zalo.sent] == ["long"]
    assert bench.rows(State.SENT)[0].attempts == 1, "waiting for the morning was no attempt"


async def test_without_quiet_hours_at_any_time(bench: Bench) -> None:
    zalo = Recorder()
    bench.clock.moment = at(3, 0)
    bench.write("a")
    await bench.postman(zalo=zalo, quiet=QuietHours.parse("")).round()
    assert len(zalo.sent) == 1


async def test_what_comes_too_late_is_dropped(bench: Bench) -> None:
    zalo = Recorder()
    bench.write("a", useful=dt.timedelta(minutes=5))
    bench.clock.advance(minutes=5)
    await bench.postman(zalo=zalo).round()
    assert (zalo.sent, bench.rows()[0].outcome) == ([], "expired")


async def test_paid_only_where_allowed_and_closed_until_the_citizen_writes(bench: Bench) -> None:
    zalo = Recorder(state="paid")
    bench.write("a")
    await bench.postman(zalo=zalo).round()
    assert bench.states() == {"a": "kept"}
    zalo.state = "closed"
    bench.write("b")
    await bench.postman(pay=True, zalo=zalo).round()
    assert bench.states() == {"a": "kept", "b": "kept"}
    assert bench.outbox.contact("zalo:7") == 2
    zalo.state = "free"
    await bench.postman(zalo=zalo).round()
    zalo.state = "paid"
    bench.write("c")
    await bench.postman(pay=True, zalo=zalo).round()
    assert {key for _, key, _ in zalo.sent} == {"a", "b", "c"}
    assert {row.key: row.cost for row in bench.rows()} == {"a": "free", "b": "free", "c": "paid"}


async def test_closed_by_the_channels_own_count_is_kept(bench: Bench) -> None:
    """The platform knows its window better than we do: what it will not take waits, and nobody is taken for gone."""
    zalo = Recorder(faults=[Refused(ErrorCode.WINDOW_CLOSED, "-230")])
    bench.write("a")
    bench.write("later", after_s=600)
    await bench.postman(zalo=zalo).round()
    assert bench.states() == {"a": "kept", "later": "queued"}
    assert bench.rows(State.KEPT)[0].attempts == 0, "it was no attempt"


async def test_what_a_person_wrote_is_told_apart(bench: Bench) -> None:
    zalo, telegram = Recorder(), Recorder()
    bench.book(at(10, 30, day=26))
    bench.clock.moment = at(10, 30, day=25)
    bench.write("a")
    await bench.postman(zalo=zalo, telegram=telegram).round()
    assert (zalo.asked_by_staff, telegram.asked_by_staff) == ([True], [False])
    sent = [message for reply in zalo.replies + telegram.replies for message in reply.messages]
    kinds = [(message.type, getattr(message, "reason", "")) for message in sent]
    assert kinds == [("notice", "officer"), ("notice", "reminder")]


async def test_what_goes_out_late_is_counted_as_late(bench: Bench) -> None:
    def counted(outcome: str) -> float:
        return NOTICES.labels(reason="officer", channel="zalo", outcome=outcome)._value.get()

    sent, late = counted("sent"), counted("late")
    bench.write("in time", after_s=-299)
    bench.write("late", after_s=-301)
    bench.clock.moment = at(8, 0)
    bench.write("by night", after_s=-8 * 3600)
    postman = bench.postman(zalo=Recorder())
    bench.clock.moment = at(7, 30, day=23)
    await postman.round()
    assert (counted("sent"), counted("late")) == (sent + 1, late + 1)
    bench.clock.moment = at(6, 0)
    await postman.round()
    bench.clock.moment = at(7, 0)
    await postman.round()
    assert (counted("sent"), counted("late")) == (sent + 2, late + 1), "moved to the morning is in time"


async def test_a_channel_that_is_down_is_tried_again(bench: Bench) -> None:
    zalo = Recorder(faults=[down(), ValueError("a bug of the channel"), OSError("network")])
    bench.write("a")
    bench.write("b")
    postman = bench.postman(zalo=zalo)
    await postman.round()
    assert bench.states() == {"a": "queued", "b": "queued"}
    assert {row.outcome for row in bench.rows()} == {"channel_down", "ValueError"}
    for _ in range(3):
        bench.clock.advance(minutes=5)
        await postman.round()
    assert bench.states() == {"a": "sent", "b": "sent"}
    assert sorted(key for _, key, _ in zalo.sent) == ["a", "b"]


async def test_a_citizen_who_blocked_us_is_not_written_to_again(bench: Bench) -> None:
    zalo = Recorder(faults=[Refused(ErrorCode.FORBIDDEN, "blocked")])
    bench.write("a")
    bench.write("later", after_s=600)
    await bench.postman(zalo=zalo).round()
    assert {row.key: (row.state, row.outcome) for row in bench.rows()} == {
        "a": ("dropped", "blocked"), "later": ("dropped", "blocked"),
    }  # fmt: skip


async def test_a_channel_that_never_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "SEND_S", 0.05)
    bench.write("a")
    await bench.postman(zalo=Recorder(waits_s=30)).round()
    assert (bench.rows()[0].state, bench.rows()[0].outcome) == (State.QUEUED, "timeout")


async def test_cancelled_between_claim_and_send(bench: Bench) -> None:
    """The citizen cancels while the worker already asks the channel for its window."""
    made, secret = bench.book(at(9, day=26))
    bench.clock.moment = at(9, 0, day=25)

    class Slow(Recorder):
        async def window(self, conversation: str, by_staff: bool = False) -> notices.Window:
            await asyncio.to_thread(bench.bookings.cancel, made.id, secret)
            return "free"

    telegram = Slow()
    assert await bench.postman(telegram=telegram).round() == 1
    assert telegram.sent == []
    assert {row.outcome for row in bench.rows()} == {"gone"}


async def test_withdrawn_between_claim_and_send(bench: Bench) -> None:
    bench.write("a")

    class Slow(Recorder):
        async def window(self, conversation: str, by_staff: bool = False) -> notices.Window:
            await asyncio.to_thread(bench.outbox.withdraw, conversation, [Reason.OFFICER])
            return "free"

    zalo = Slow()
    await bench.postman(zalo=zalo).round()
    assert (zalo.sent, bench.rows()[0].outcome) == ([], "withdrawn")


async def test_sent_but_not_settled_goes_out_again_with_the_same_key(bench: Bench) -> None:
    """A worker dies after sending: the next one sends again, and a channel that knows keys knows this one."""
    zalo = Recorder()
    bench.write("a")
    postman = bench.postman(zalo=zalo)
    settle = bench.outbox.sent

    def dies(*given: object) -> bool:
        raise SystemError("killed")

    bench.outbox.sent = dies  # type: ignore[method-assign]
    await postman.round()
    bench.outbox.sent = settle  # type: ignore[method-assign]
    bench.clock.advance(minutes=5)
    await postman.round()
    assert [key for _, key, _ in zalo.sent] == ["a", "a"]
    assert bench.states() == {"a": "sent"}
    assert len(await bench.transcripts.last("zalo:7", 10)) == 1


async def test_buttons_leave_sealed(bench: Bench) -> None:
    telegram = Recorder()
    bench.book(at(9, day=26))
    bench.clock.moment = at(9, 0, day=25)
    await bench.postman(telegram=telegram).round()
    reply: Reply = telegram.replies[0]
    choices = [choice for message in reply.messages for choice in getattr(message, "choices", [])]
    assert len(choices) == 3
    assert all(choice.payload and choice.command is None for choice in choices)


async def test_a_turn_tells_that_the_citizen_is_there() -> None:
    """The pipeline's hook behind the answer; `Outbox.contact` is what the platform hangs on it."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from tests.assistant.fakes import make_bench as make_pipeline

    told: list[str] = []

    async def contact(conversation: str) -> None:
        told.append(conversation)
        raise Unavailable(ErrorCode.DATABASE_DOWN)

    with TemporaryDirectory() as folder:
        pipe = make_pipeline(Path(folder))
        pipe.pipeline._contact = contact
        assert await pipe.pipeline.handle(turn("xin chào", "zalo:7")) is not None
        await pipe.close()
    assert told == ["zalo:7"]
