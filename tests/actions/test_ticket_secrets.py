"""The secret goes past the dialogue runtime, once, to the conversation that booked."""

from __future__ import annotations

import datetime as dt

from actions.clock import HANOI
from actions.memory import ProcessMemory
from actions.messages import Choice, Command, Reply, TextMessage, TicketMessage
from actions.ticket_secrets import KEEP_S, restore, withhold
from actions.wording import say
from knowledge_base.errors import ErrorCode, Unavailable

SECRET = "K7QM2XPA"
BOOKED = Reply(
    messages=[
        TextMessage(text="Đã đặt."),
        TicketMessage(
            text=f"Số phiếu: A-001\n{say('appointments.secret', secret=SECRET)}",
            appointment_id="a1", number="A-001", state="confirmed", branch="Chi nhánh số 1", secret=SECRET,
            starts_at=dt.datetime(2026, 11, 24, 9, tzinfo=HANOI),
            choices=[Choice(title="Hủy", command=Command(intent="cancel_appointment"))],
        ),
    ]
)  # fmt: skip


class BrokenMemory(ProcessMemory):
    async def get(self, key: str) -> object:
        raise Unavailable(ErrorCode.DATABASE_DOWN, key)

    async def put(self, key: str, value: object, ttl_s: float) -> None:
        raise Unavailable(ErrorCode.DATABASE_DOWN, key)


async def test_rasa_sees_no_secret_and_the_citizen_gets_the_whole_ticket() -> None:
    memory = ProcessMemory()
    through_rasa = await withhold(BOOKED, "web:a", memory)
    assert SECRET not in through_rasa.model_dump_json()
    assert await restore(through_rasa, "web:a", memory) == BOOKED


async def test_it_is_given_once_and_to_that_conversation_alone() -> None:
    memory = ProcessMemory()
    through_rasa = await withhold(BOOKED, "web:a", memory)
    assert await restore(through_rasa, "web:b", memory) == through_rasa
    assert await restore(through_rasa, "web:a", memory) == BOOKED
    assert await restore(through_rasa, "web:a", memory) == through_rasa


async def test_it_does_not_wait_for_ever() -> None:
    now = [0.0]
    memory = ProcessMemory(now=lambda: now[0])
    through_rasa = await withhold(BOOKED, "web:a", memory)
    now[0] = KEEP_S + 1
    assert await restore(through_rasa, "web:a", memory) == through_rasa


async def test_without_memory_the_ticket_still_comes_and_no_secret_leaks() -> None:
    through_rasa = await withhold(BOOKED, "web:a", BrokenMemory())
    assert SECRET not in through_rasa.model_dump_json()
    assert await restore(through_rasa, "web:a", BrokenMemory()) == through_rasa


async def test_a_reply_without_a_ticket_needs_no_memory() -> None:
    reply = Reply(messages=[TextMessage(text="Chào")])
    assert await withhold(reply, "web:a", BrokenMemory()) == reply
    assert await restore(reply, "web:a", BrokenMemory()) == reply
