"""What can be done with an appointment once it is made: show, cancel, move; and where the branches are."""

from __future__ import annotations

import asyncio
import datetime as dt

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.appointments.dialogue import time_choice
from actions.appointments.nearby import named_reply, near_reply
from actions.appointments.port import Appointment
from actions.appointments.times import parse_when
from actions.clock import HANOI
from actions.messages import (
    Behaviour,
    Choice,
    Command,
    Reply,
    TextMessage,
    Trace,
)
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.overruling import overrule
from actions.rasa_actions.tickets import booking_text, facts_of, keep_ticket, ticket_of, ticket_reply
from actions.services import Services
from actions.wording import say

CANCEL = "cancel"


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
        answered = await overrule(self, heard, tracker)
        if answered:
            return answered
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
        answered = await overrule(self, heard, tracker)
        if answered:
            return answered
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
