"""What can be done with an appointment once it is made: show, cancel, move; and where the branches are."""

from __future__ import annotations

import asyncio
import datetime as dt

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.appointments.dialogue import time_choice
from actions.appointments.nearby import named_reply, near_reply
from actions.appointments.port import Appointment
from actions.appointments.ticket import calendar_file, say_date, say_time, ticket_message
from actions.appointments.times import parse_when
from actions.clock import HANOI
from actions.messages import (
    Behaviour,
    Choice,
    ChoicesMessage,
    Command,
    Message,
    Reply,
    TextMessage,
    Trace,
)
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.services import Services
from actions.wording import say

CANCEL = "cancel"


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


class CancelAppointment:
    """Cancelling, after a yes."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def go(self, heard: Heard) -> Reply:
        held = await ticket_of(self.services, heard.conversation)
        if held is None:
            return booking_text(say("booking.none"))
        made, secret = held
        await asyncio.to_thread(self.services.booking.cancel, made.id, secret)
        await self.services.memory.drop(f"ticket:{heard.conversation}")
        text = say("booking.cancelled", number=made.number, **facts_of(self.services, made))
        again = Choice(title=say("booking.button_again"), command=Command(intent="book_appointment"))
        return booking_text(text, [again])

    async def keep(self) -> Reply:
        return booking_text(say("booking.kept"))


class ActionCancelAppointment(TthcAction):
    """Asks once, then cancels."""

    title = "action_cancel_appointment"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        if heard.entities.get("value") == "yes":
            return await CancelAppointment(self.services).go(heard), [SlotSet("pending", None)]
        held = await ticket_of(self.services, heard.conversation)
        if held is None:
            return booking_text(say("booking.none")), []
        text = say("booking.cancel_ask", **facts_of(self.services, held[0]))
        choices = [
            Choice(
                title=say("booking.button_cancel"),
                command=Command(intent="cancel_appointment", entities={"value": "yes"}),
            ),
            Choice(title=say("booking.button_keep"), command=Command(intent="deny")),
        ]
        return booking_text(text, choices), [SlotSet("pending", CANCEL)]


class ActionChangeAppointment(TthcAction):
    """Moves the appointment to the day and time said or pressed, or offers some."""

    title = "action_change_appointment"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        services = self.services
        held = await ticket_of(services, heard.conversation)
        if held is None:
            return booking_text(say("booking.none")), []
        made, secret = held
        new_start = self._wanted(heard, made)
        if new_start is None:
            return await self._offer(made), []
        moved = await asyncio.to_thread(services.booking.move, made.id, secret, new_start)
        await keep_ticket(services, heard.conversation, moved, secret)
        return await ticket_reply(services, moved, "", said=say("booking.changed")), []

    def _wanted(self, heard: Heard, made: Appointment) -> dt.datetime | None:
        if "value" in heard.entities:
            return dt.datetime.fromisoformat(heard.entities["value"])
        when = parse_when(heard.text, self.services.clock.now()).require()
        if when.time is None:
            return None
        day = when.date or made.starts_at.astimezone(HANOI).date()
        return dt.datetime.combine(day, when.time, HANOI)

    async def _offer(self, made: Appointment) -> Reply:
        services = self.services
        choices: list[Choice] = []
        for day in services.plan.open_dates(made.branch_id, services.clock.now())[:3]:
            slots = await asyncio.to_thread(services.booking.slots, made.branch_id, day)
            for slot in [slot for slot in slots if slot.free][:: max(1, len(slots) // 3)][:3]:
                choice = time_choice(slot)
                title = f"{choice.title} {slot.starts_at.astimezone(HANOI):%d/%m}"
                value = {"value": slot.starts_at.isoformat()}
                choices.append(Choice(title=title, command=Command(intent="change_appointment", entities=value)))
        return booking_text(say("booking.change_ask", **facts_of(services, made)), choices)


class ActionShowAppointment(TthcAction):
    title = "action_show_appointment"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        held = await ticket_of(self.services, heard.conversation)
        if held is None:
            again = Choice(title=say("booking.button_again"), command=Command(intent="book_appointment"))
            return booking_text(say("booking.none"), [again]), []
        return await ticket_reply(self.services, held[0], ""), []


class ActionBranches(TthcAction):
    """Branches by place named or shared; opening hours are told only as far as they are known."""

    title = "action_branches"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        if heard.intent == "ask_opening_hours":
            window = self.services.plan.rules.window
            text = say("booking.hours", start=f"{window.start:%H:%M}", end=f"{window.end:%H:%M}")
            trace = Trace(behaviour=Behaviour.ANSWER, aspect="where")
            return Reply(messages=[TextMessage(text=text)], trace=trace), []
        branches = self.services.branches
        if "lat" in heard.entities:
            return near_reply(branches, float(heard.entities["lat"]), float(heard.entities["lon"])), []
        return named_reply(branches, branches.find(heard.text)), []
