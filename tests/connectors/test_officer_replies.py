"""What an officer writes back goes out on the channel the message came from, by that channel's rules.

The whole way: the officer's desk, the outbox, the postman, the channel, the stand-in of its platform.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from messaging_bench import KEYS, Bench, make_database, messenger_bench, zalo_bench
from sqlalchemy import select

from actions.channels.models import ContactRow
from actions.clock import SystemClock
from actions.intake.receipts import Kind
from actions.intake.replies import Replies
from actions.intake.requests import Requests
from actions.memory import ProcessMemory
from actions.messages import Reply, TextMessage
from actions.notices.outbox import Draft, Outbox
from actions.notices.port import Reason
from actions.notices.quiet import QuietHours
from actions.wording import say
from assistant.notices import AsWritten, Postman
from assistant.pipeline.buttons import seal
from assistant.pipeline.transcript import Transcripts
from connectors.standins.messenger import MessengerApi
from connectors.standins.zalo import ZaloApi

CLOCK = SystemClock()
ANSWER = "Mời chị mang thêm bản chính giấy chứng sinh."


class Desk:
    """An officer, and the worker that sends what is due; over one channel."""

    def __init__(self, bench: Bench, pay: bool = False) -> None:
        assert bench.channel is not None
        self.bench, self.name = bench, bench.channel.name
        self.outbox = Outbox(bench.database, CLOCK, KEYS)
        self.requests = Requests(bench.database, KEYS, CLOCK)
        self.replies = Replies(self.requests, self.outbox, CLOCK, ("zalo", "messenger"))
        memory = ProcessMemory()

        async def sealed(reply: Reply, conversation: str) -> Reply:
            return await seal(reply, conversation, memory)

        composers = {Reason.OFFICER: AsWritten(), Reason.REMINDER: AsWritten()}
        self.postman = Postman(
            self.outbox, {self.name: bench.channel}, composers, Transcripts(bench.database, KEYS), sealed, CLOCK,
            QuietHours.parse(""), pay,
        )  # fmt: skip

    async def citizen_wrote(self, ago: dt.timedelta) -> None:
        await self.bench.api.act("7", "say", {"text": "chào"})
        await self.bench.said("7", 1)
        await self.bench.until(lambda: not self.bench.stores.outgoing.owes(self.who))
        with self.bench.database.begin() as session:
            session.scalars(select(ContactRow)).one().last_act_at -= ago  # type: ignore[operator]
        assert isinstance(self.bench.api, MessengerApi | ZaloApi)
        self.bench.api.acted["7"] -= ago.total_seconds()

    def officer_answers(self) -> str:
        kind = Kind.HANDOVER
        left = self.requests.leave(kind, self.who, self.name, "1.001193", message="Tôi hỏi", phone="", consent="v1")
        self.replies.answer(left.receipt, [kind], ANSWER, "key-1")
        return say("people.officer_reply", receipt=left.receipt, text=ANSWER)

    def program_reminds(self) -> None:
        body = Reply(messages=[TextMessage(text="Nhắc hẹn")]).model_dump_json()
        now = CLOCK.now()

        def work(session: object) -> None:
            consent = self.outbox.consent(session, Reason.REMINDER, "a1", self.who, "v1")  # type: ignore[arg-type]
            until = now + dt.timedelta(days=1)
            draft = Draft("r-1", Reason.REMINDER, "day", "a1", self.who, consent, now, until, body)
            self.outbox.write(session, draft)  # type: ignore[arg-type]

        self.outbox.run(work)

    @property
    def who(self) -> str:
        return f"{self.name}:7"

    async def sends(self) -> dict[str, tuple[str, str | None]]:
        """State and cost of each notice, by its reason, once nothing more is due."""
        while await self.postman.round():
            pass
        return {row.reason: (row.state, row.cost) for row in self.outbox.list(None, 10)}

    @property
    def heard(self) -> list[str]:
        return self.bench.texts("7")[1:]


@pytest.fixture
async def messenger(tmp_path: Path) -> AsyncIterator[Bench]:
    database = make_database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    async with messenger_bench(database) as bench:
        await bench.start()
        yield bench
    database.close()


@pytest.fixture
async def zalo(tmp_path: Path) -> AsyncIterator[Bench]:
    database = make_database(f"sqlite:///{tmp_path / 'channels.sqlite'}")
    async with zalo_bench(database) as bench:
        await bench.start()
        yield bench
    database.close()


async def test_on_messenger_a_person_may_write_after_a_day_and_a_program_may_not(messenger: Bench) -> None:
    desk = Desk(messenger)
    await desk.citizen_wrote(dt.timedelta(days=2))
    told = desk.officer_answers()
    desk.program_reminds()
    assert await desk.sends() == {"officer": ("sent", "free"), "reminder": ("kept", None)}
    assert desk.heard == [told]
    assert isinstance(messenger.api, MessengerApi)
    assert messenger.api.tags[-1] == "HUMAN_AGENT"


async def test_on_messenger_after_seven_days_it_waits_for_the_next_contact(messenger: Bench) -> None:
    desk = Desk(messenger)
    await desk.citizen_wrote(dt.timedelta(days=8))
    told = desk.officer_answers()
    assert await desk.sends() == {"officer": ("kept", None)}
    await messenger.api.act("7", "say", {"text": "có tin gì chưa"})
    await messenger.said("7", 2)
    assert desk.outbox.contact(desk.who) == 1
    assert await desk.sends() == {"officer": ("sent", "free")}
    assert desk.heard[-1] == told


@pytest.mark.parametrize(
    ("days", "pay", "outcome"),
    [(1, False, ("sent", "free")), (3, False, ("kept", None)), (3, True, ("sent", "paid")), (8, True, ("kept", None))],
)
async def test_on_zalo_it_keeps_to_the_windows(
    zalo: Bench, days: int, pay: bool, outcome: tuple[str, str | None]
) -> None:
    desk = Desk(zalo, pay)
    await desk.citizen_wrote(dt.timedelta(days=days))
    told = desk.officer_answers()
    assert await desk.sends() == {"officer": outcome}
    assert desk.heard == ([told] if outcome[0] == "sent" else [])
