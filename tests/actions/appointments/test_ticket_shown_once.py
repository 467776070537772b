"""The secret of a ticket stands in the answer to the booking and in no other."""

from __future__ import annotations

from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.opening import opening
from actions.appointments.port import Appointment
from actions.appointments.slots import SlotPlan
from actions.cases.desk import CaseDesk
from actions.cases.fake import FakeLists
from actions.cases.load import Interviews
from actions.clock import FixedClock
from actions.memory import ProcessMemory
from actions.messages import Reply, TicketMessage
from actions.rasa_actions.appointments import ActionChangeAppointment, ActionShowAppointment
from actions.rasa_actions.tickets import keep_ticket, ticket_reply
from actions.services import Services
from tests.actions.some_services import some_services

from .conftest import at, phone


@pytest.fixture
def services(bookings: Bookings, clock: FixedClock) -> Services:
    plan = SlotPlan(branches(), calendar(), opening())
    return some_services(
        booking=bookings, branches=branches(), clock=clock, memory=ProcessMemory(), public_url="https://tthc.test",
        plan=plan, cases=CaseDesk(Interviews({}), FakeLists(clock), cast(Any, None)),
    )


@pytest.fixture
async def made(services: Services, bookings: Bookings) -> Appointment:
    booked = bookings.book(
        branch_id="CN01", starts_at=at(9), conversation="web:a", phone=phone(1), consent=True, idempotency_key="k"
    )
    await keep_ticket(services, "web:a", booked, booked.secret)
    return booked


async def ask(services: Services, action: type[Any], **entities: str) -> TicketMessage:
    named = [{"entity": name, "value": value} for name, value in entities.items()]
    message = {"text": "/button", "intent": {"name": "button", "confidence": 1.0}, "entities": named}
    dispatcher = CollectingDispatcher()
    tracker = Tracker("web:a", {}, message, [], False, None, {}, "action_listen")
    await action(services).run(dispatcher, tracker, {})
    reply = Reply.model_validate(dispatcher.messages[0]["custom"])
    (ticket,) = [message for message in reply.messages if isinstance(message, TicketMessage)]
    return ticket


async def test_shown_again_and_moved_it_holds_no_secret(services: Services, made: Appointment) -> None:
    assert (await ticket_reply(services, made, made.secret)).holds_secret
    shown = await ask(services, ActionShowAppointment)
    moved = await ask(services, ActionChangeAppointment, value=at(10).isoformat())
    assert (shown.starts_at, moved.starts_at) == (at(9), at(10))
    for ticket in (shown, moved):
        assert ticket.number == made.number
        assert made.secret not in ticket.model_dump_json()
        assert ticket.choices, "it can still be changed and cancelled here"
    again = await ask(services, ActionChangeAppointment, value=at(11).isoformat())
    assert again.starts_at == at(11)
