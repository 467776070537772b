"""The transcript is written behind the answer, in order, and without what must not be kept."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actions.memory import ProcessMemory
from actions.messages import Reply, TextMessage, TicketMessage
from actions.wording import say
from assistant.logs import set_up_logs
from assistant.pipeline.pipeline import REPEAT_S, SECRET_S
from assistant.pipeline.transcript import Transcripts
from assistant.turn import HistoryEntry
from tests.assistant.fakes import NOW, Bench, make_bench, message_id, turn

SECRET = "K7QM2XPA"
Keep = Transcripts._keep  # the one that writes, in its thread


class Desk:
    """Holds every writing until opened; tells what was written, and how many at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[str] = []
        self.inside = self.most = 0
        self.gate = threading.Event()
        self._lock = threading.Lock()
        desk = self

        def keep(transcripts: Transcripts, conversation: str, entries: list[HistoryEntry]) -> None:
            with desk._lock:
                desk.inside += 1
                desk.most = max(desk.most, desk.inside)
            assert desk.gate.wait(10)
            Keep(transcripts, conversation, entries)
            with desk._lock:
                desk.inside -= 1
                desk.written.append(f"{conversation} {entries[0].text}")

        monkeypatch.setattr(Transcripts, "_keep", keep)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


async def test_the_answer_does_not_wait_for_the_transcript(bench: Bench, desk: Desk) -> None:
    for number in range(3):
        reply = await asyncio.wait_for(bench.pipeline.handle(turn(str(number))), 5)
        assert reply is not None
    assert desk.written == []
    desk.gate.set()
    await bench.pipeline.close()
    assert desk.written == ["web:one 0", "web:one 1", "web:one 2"]
    assert bench.pipeline._keeping == {}


async def test_history_waits_for_its_own_conversation_only(bench: Bench, desk: Desk) -> None:
    await bench.pipeline.handle(turn("một"))
    assert await asyncio.wait_for(bench.pipeline.history("web:other"), 5) == []
    asked = asyncio.create_task(bench.pipeline.history("web:one"))
    left = asyncio.create_task(bench.pipeline.history("web:one"))
    await asyncio.sleep(0)
    left.cancel()  # who does not want to wait any more takes nothing from the others
    await asyncio.sleep(0)
    assert not asked.done()
    desk.gate.set()
    assert [entry.text for entry in await asked if entry.who == "citizen"] == ["một"]


async def test_closing_with_nothing_to_write_is_done_at_once(bench: Bench) -> None:
    await bench.pipeline.close()
    assert await bench.pipeline.history("web:one") == []


async def test_a_slow_database_does_not_take_every_thread(bench: Bench, desk: Desk) -> None:
    await asyncio.gather(*(bench.pipeline.handle(turn("một", f"web:{number}")) for number in range(12)))
    desk.gate.set()
    await bench.pipeline.close()
    assert len(desk.written) == 12
    assert desk.most <= 4


async def test_one_that_fails_is_logged_by_type_and_the_next_is_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(transcripts: Transcripts, conversation: str, entries: list[HistoryEntry]) -> None:
        raise OSError("disk of Nguyễn Văn An")

    set_up_logs("DEBUG", as_json=True)
    with monkeypatch.context() as broken:
        broken.setattr(Transcripts, "_keep", fail)
        await bench.say("một")
    await bench.say("hai")
    assert [entry.text for entry in await bench.pipeline.history("web:one") if entry.who == "citizen"] == ["hai"]
    logs = capsys.readouterr().out
    assert ("OSError" in logs, "Nguyễn" in logs) == (True, False)


def ticket() -> Reply:
    text = "\n".join(["Số phiếu: A-001", say("appointments.secret", secret=SECRET), "Mời bạn đến sớm."])
    message = TicketMessage(
        text=text, appointment_id="a1", number="A-001", state="confirmed", branch="CN01", starts_at=NOW, secret=SECRET
    )
    return Reply(messages=[TextMessage(text="Xong."), message])


class Timed(ProcessMemory):
    """Lets time pass, and tells for how long things were kept."""

    def __init__(self) -> None:
        self.time = 0.0
        self.kept: dict[str, float] = {}
        super().__init__(lambda: self.time)

    async def put(self, key: str, value: Any, ttl_s: float) -> None:
        self.kept[json.dumps(value)] = ttl_s
        await super().put(key, value, ttl_s)


@pytest.fixture
async def timed(tmp_path: Path) -> AsyncIterator[tuple[Bench, Timed]]:
    memory = Timed()
    bench = make_bench(tmp_path, memory=memory)
    yield bench, memory
    await bench.pipeline.close()
    bench.database.close()


async def test_the_secret_of_a_ticket_is_told_and_not_kept(timed: tuple[Bench, Timed]) -> None:
    bench, memory = timed
    bench.dialogue.reply = ticket()
    name = message_id()
    first = await bench.say("đồng ý", message_id=name)
    assert first == ticket().model_copy(update={"trace": first.trace})
    shown = (await bench.pipeline.history("web:one"))[1].messages[1]
    assert isinstance(shown, TicketMessage)
    assert (shown.secret, shown.text) == ("", "Số phiếu: A-001\nMời bạn đến sớm.")
    assert {ttl for value, ttl in memory.kept.items() if SECRET in value} == {SECRET_S}
    memory.time = SECRET_S - 1
    assert (await bench.say("đồng ý", message_id=name)).messages == first.messages
    memory.time = SECRET_S + 1
    assert (await bench.say("đồng ý", message_id=name)).messages[1] == shown
    memory.time = REPEAT_S - 1
    assert (await bench.say("đồng ý", message_id=name)).messages[1] == shown
    assert len(bench.dialogue.asked) == 1
