"""The appointment of a conversation: kept, found and shown."""

from __future__ import annotations

import asyncio

from actions.appointments.port import Appointment
from actions.appointments.ticket import calendar_file, say_date, say_time, ticket_message
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.services import Services
from actions.wording import say


async def keep_ticket(services: Services, conversation: str, made: Appointment, secret: str) -> None:
    """Remembers, until a day after it, which appointment this conversation may show, move and cancel."""
    left = (made.starts_at - services.clock.now()).total_seconds() + 24 * 3600
    await services.memory.put(f"ticket:{conversation}", {"id": made.id, "secret": secret}, max(left, 3600))


async def ticket_of(services: Services, conversation: str) -> tuple[Appointment, str] | None:
    held = await services.memory.get(f"ticket:{conversation}")
    if held is None:
        return None
    made = await asyncio.to_thread(services.booking.get, held["id"], held["secret"])
    return made, str(held["secret"])


async def ticket_reply(
    services: Services, made: Appointment, secret: str, procedure: str = "", said: str = ""
) -> Reply:
    """The ticket with its buttons.  `secret` is shown where the booking is made, and empty ever after."""
    papers = await asyncio.to_thread(services.cases.papers_of, made.id)
    branch = services.branches.get(made.branch_id)
    ticket = ticket_message(made, branch, secret, services.public_url, procedure, papers)
    ticket.choices += [
        Choice(title=say("booking.button_change"), command=Command(intent="change_appointment")),
        Choice(title=say("booking.button_cancel_ticket"), command=Command(intent="cancel_appointment")),
    ]
    messages: list[Message] = [TextMessage(text=said)] if said else []
    messages.append(ticket)
    if calendar := calendar_file(made, services.public_url):
        messages.append(calendar)
    return Reply(messages=messages, trace=Trace(behaviour=Behaviour.BOOKING))


def booking_text(text: str, choices: list[Choice] | None = None) -> Reply:
    message: Message = ChoicesMessage(text=text, choices=choices) if choices else TextMessage(text=text)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.BOOKING))


def facts_of(services: Services, made: Appointment) -> dict[str, str]:
    return {
        "time": say_time(made.starts_at),
        "date": say_date(made.starts_at),
        "branch": services.branches.get(made.branch_id).short_name,
    }
