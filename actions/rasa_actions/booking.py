"""Booking a counter appointment: the form's actions, thin over `actions.appointments.dialogue`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions.appointments.dialogue import (
    BRANCH,
    CONFIRM,
    DAY,
    NO_REMINDERS,
    PHONE,
    SLOTS,
    TIME,
    BookingDialogue,
    Draft,
    Reading,
    asking,
)
from actions.appointments.opening import Lane
from actions.appointments.priority import says_priority
from actions.intake.ratings import Matter
from actions.messages import (
    Behaviour,
    Choice,
    ChoicesMessage,
    Command,
    Message,
    Reply,
    TextMessage,
    TicketMessage,
    Trace,
)
from actions.personal import normalise_phone
from actions.personal_numbers import PHONE_MARK, forget, reveal
from actions.procedures.answers import answer
from actions.procedures.titles import called, shorten
from actions.procedures.wants import Aspect, cued
from actions.rasa_actions.base import Events, Heard, TthcAction, failed
from actions.rasa_actions.base import forget as forget_slots
from actions.rasa_actions.cases import BOOKING_FORM, PAUSED, carry_list
from actions.rasa_actions.channel_choice import elsewhere
from actions.rasa_actions.errand import corrected, named_procedure, not_taken
from actions.rasa_actions.ratings import offer, resolved
from actions.rasa_actions.tickets import keep_ticket, ticket_reply
from actions.services import Services
from actions.talk.session import Session
from actions.wording import say, say_error
from knowledge_base.errors import Conflict, ErrorCode, TthcError

__all__ = ["SLOTS", "release_hold"]
PROCEDURE = "booking_procedure"  # what one comes for; a question during the booking leaves it alone
HOLD_S = 15 * 60
BEFORE = {DAY: BRANCH, TIME: DAY, PHONE: TIME, CONFIRM: PHONE}  # the question before: "quay lại"
QUESTION_FROM = 0.55  # confidence of a question's intent from which the form does not read it as an answer


def lane_key(conversation: str) -> str:
    return f"lane:{conversation}"


async def note_lane(services: Services, heard: Heard) -> bool:
    """Remembers that who comes is 75 or older, where the message says so; whether it does."""
    said = bool(heard.text) and says_priority(heard.text, services.clock.now().year)
    if said:
        await services.memory.put(lane_key(heard.conversation), Lane.PRIORITY.value, HOLD_S)
    return said


async def lane_of(services: Services, conversation: str) -> Lane:
    return Lane(await services.memory.get(lane_key(conversation)) or Lane.ORDINARY)


def hold_key(conversation: str) -> str:
    return f"hold:{conversation}"


async def release_hold(services: Services, conversation: str) -> None:
    """Gives back the seat that a dialogue held, if any."""
    held = await services.memory.get(hold_key(conversation))
    if held:
        await services.memory.drop(hold_key(conversation))
        with contextlib.suppress(TthcError):  # it may be over already; the seat is then free as well
            await asyncio.to_thread(services.booking.cancel, held["id"], held["secret"])


class _BookingAction(TthcAction):
    async def dialogue(self, conversation: str) -> BookingDialogue:
        services = self.services
        lane = await lane_of(services, conversation)
        return BookingDialogue(services.branches, services.plan, services.booking, services.clock, lane)

    def draft(self, tracker: Tracker) -> Draft:
        return Draft(tracker.get_slot(BRANCH), tracker.get_slot(DAY), tracker.get_slot(TIME))

    def procedure_name(self, tracker: Tracker) -> str:
        code = tracker.get_slot(PROCEDURE)
        procedure = self.services.search().get(code) if code else None
        return called(procedure) if procedure else ""

    async def take(self, heard: Heard, draft: Draft, reading: Reading, procedure: str | None) -> list[Any]:
        """Slot events for what was read; the seat is held once branch, day and time are there."""
        for slot, value in reading.updates.items():
            setattr(draft, {BRANCH: "branch", DAY: "day", TIME: "time"}[slot], value)
        if draft.time and draft.branch and draft.day:
            if TIME not in reading.updates:  # a time said before its day was known
                dialogue = await self.dialogue(heard.conversation)
                await asyncio.to_thread(dialogue.check_time, draft, draft.time, reading)
                draft.time = reading.updates.get(TIME)
            if draft.time:
                await self._hold(heard.conversation, draft, reading, procedure)
        return [SlotSet(slot, value) for slot, value in reading.updates.items()]

    async def _hold(self, conversation: str, draft: Draft, reading: Reading, procedure: str | None) -> None:
        starts_at = draft.starts_at
        if not draft.branch or starts_at is None:
            return
        held = await self.services.memory.get(hold_key(conversation))
        lane = await lane_of(self.services, conversation)
        wanted = f"{draft.branch}|{starts_at.isoformat()}|{lane}"
        if held and held["what"] == wanted:
            return
        turn = await self.services.memory.count(f"holds:{conversation}", 24 * 3600)
        try:
            made = await asyncio.to_thread(
                self.services.booking.hold,
                branch_id=draft.branch,
                starts_at=starts_at,
                conversation=conversation,
                idempotency_key=f"{conversation}:{turn}:{wanted}",
                procedure_code=procedure,
                lane=lane,
            )
        except TthcError as error:
            reading.remarks.append(say_error(error))
            reading.updates[BRANCH if error.code is ErrorCode.BRANCH_FIELD else TIME] = None
            return
        kept = {"id": made.id, "secret": made.secret, "what": wanted}
        await self.services.memory.put(hold_key(conversation), kept, HOLD_S)


class ActionStartBooking(_BookingAction):
    """Reads what the first message says already: procedure, branch, day, time."""

    title = "action_start_booking"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        session = Session(self.services.memory, heard.conversation)
        named = await self._named(heard)
        paused = await session.kept(PAUSED)
        await session.drop(PAUSED)
        if paused and not named and heard.text:  # "quay lại đặt lịch" in the middle of an interview
            return None, []
        events = forget_slots(*SLOTS)
        procedure = named or tracker.get_slot("procedure")
        messages: list[Message] = []
        told = self._asked_besides(heard, named) if named else None
        if told:
            messages += told.messages
        note = not_taken(self.services, procedure, named=bool(named))
        if note:
            messages.append(TextMessage(text=note))
            procedure = None
        events.append(SlotSet(PROCEDURE, procedure))
        if named:
            events.append(SlotSet("procedure", named))
        await self.services.memory.drop(lane_key(heard.conversation))
        await note_lane(self.services, heard)
        dialogue = await self.dialogue(heard.conversation)
        reading = await asyncio.to_thread(dialogue.read, heard.text, heard.entities, Draft(), None)
        events += await self.take(heard, Draft(), reading, procedure)
        if reading.remarks:
            messages.append(TextMessage(text="\n".join(reading.remarks)))
        trace = Trace(behaviour=Behaviour.ASK_SLOT, procedure=named or procedure)
        return Reply(messages=messages, trace=trace), events

    def _asked_besides(self, heard: Heard, code: str) -> Reply | None:
        """The answer to what the same message asks about the procedure: "cần gì, hết bao nhiêu, với đặt lịch luôn"."""
        besides = {Aspect.DOCUMENTS, Aspect.FEE, Aspect.DURATION}
        wants = [want for want in cued(heard.text) if want in besides]
        procedure = self.services.search().get(code)
        return answer(procedure, wants, heard.words) if procedure and wants else None

    async def _named(self, heard: Heard) -> str | None:
        """The procedure of the button, or the one the message names."""
        return heard.entities.get("procedure_code") or await named_procedure(self.services, heard.text)


async def begin_booking(services: Services, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
    """The booking begun from an action that stands for something else: its words plainly ask for an appointment."""
    begun, events = await ActionStartBooking(services).act(heard, tracker)
    return begun or Reply(), [*events, FollowupAction(BOOKING_FORM)]


class ValidateBookingForm(_BookingAction):
    """Reads a message for the form; no event at all lets Rasa's rules take it as something else."""

    title = "validate_booking_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        wanted = tracker.get_slot("requested_slot")
        if wanted is None and heard.intent == "book_appointment" and heard.text:
            return None, []  # the form begins: its first message has been read
        draft = self.draft(tracker)
        other = await self._other_errand(heard, tracker, draft)
        if other:
            return other
        if heard.intent == "go_back" and heard.confidence >= QUESTION_FROM and wanted in BEFORE:
            if wanted == PHONE:
                await release_hold(self.services, heard.conversation)
            return None, [SlotSet(BEFORE[wanted], None)]
        if heard.intent.startswith("ask_") and heard.confidence >= QUESTION_FROM:
            return None, []
        if heard.intent in ("stop", "talk_to_human") and heard.confidence >= QUESTION_FROM:
            return None, []
        if wanted == CONFIRM and heard.intent in ("give_consent", "affirm"):
            return None, [SlotSet(CONFIRM, heard.entities.get("value") or "yes")]
        if PHONE_MARK in heard.text:
            return await self._phone(heard)
        if heard.pressed and not heard.entities.keys() & {"branch", "day", "time"}:
            return None, []
        noted = wanted is not None and await note_lane(self.services, heard)  # None: the message that began it
        dialogue = await self.dialogue(heard.conversation)
        reading = await asyncio.to_thread(dialogue.read, heard.text, heard.entities, draft, wanted)
        if noted:
            reading.remarks.insert(0, say("booking.priority_noted"))
            if not reading.updates and draft.time:  # the seat that is held becomes one of the lane
                reading.updates[TIME] = draft.time
            elif not reading.updates:
                return asking(TextMessage(text=reading.remarks[0])), [SlotSet(wanted, None)]
        if not reading.updates:
            return None, []
        events = await self.take(heard, draft, reading, tracker.get_slot(PROCEDURE))
        if reading.near:
            await self.services.memory.put(
                f"near:{heard.conversation}", [[m.branch.id, m.distance_km] for m in reading.near], HOLD_S
            )
        remark = "\n".join(reading.remarks)
        return (asking(TextMessage(text=remark)) if remark else None), events

    async def _other_errand(self, heard: Heard, tracker: Tracker, draft: Draft) -> tuple[Reply, Events] | None:
        """ "Làm kết hôn chứ không phải khai sinh": the booking goes on, for the other procedure."""
        code = await named_procedure(self.services, corrected(heard.text), sure=True)
        if code is None or code == tracker.get_slot(PROCEDURE):
            return None
        procedure = self.services.search().get(code)
        if procedure is None:
            return None
        text = not_taken(self.services, code, named=True)
        kept = None if text else code
        reading = Reading()
        if draft.time:
            await release_hold(self.services, heard.conversation)
            await self._hold(heard.conversation, draft, reading, kept)
        text = text or say("booking.errand_changed", name=shorten(called(procedure), 80))
        updates = [SlotSet(slot, value) for slot, value in reading.updates.items()]
        reply = asking(TextMessage(text="\n".join([text, *reading.remarks])))
        return reply, [SlotSet(PROCEDURE, kept), SlotSet("procedure", code), *updates]

    async def _phone(self, heard: Heard) -> tuple[Reply | None, Events]:
        number = await reveal(PHONE_MARK, heard.conversation, self.services.memory)
        try:
            normalise_phone(number or "")
        except TthcError as error:
            return failed(error), [SlotSet(PHONE, None)]
        return None, [SlotSet(PHONE, "given")]


class ActionAskBranch(_BookingAction):
    title = "action_ask_booking_form_booking_branch"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        dialogue = await self.dialogue(heard.conversation)
        reading = await asyncio.to_thread(dialogue.read, heard.text, {}, Draft(), BRANCH)
        again = heard.intent in ("inform", "nlu_fallback") and not reading.near
        return dialogue.ask_branch(reading.near, again), []


class ActionAskDay(_BookingAction):
    title = "action_ask_booking_form_booking_day"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        branch = tracker.get_slot(BRANCH)
        dialogue = await self.dialogue(heard.conversation)
        return await asyncio.to_thread(dialogue.ask_day, branch), []


class ActionAskTime(_BookingAction):
    title = "action_ask_booking_form_booking_time"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        draft = self.draft(tracker)
        dialogue = await self.dialogue(heard.conversation)
        return await asyncio.to_thread(dialogue.ask_time, draft.branch or "", draft.day or ""), []


class ActionAskPhone(_BookingAction):
    title = "action_ask_booking_form_booking_phone"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        draft = self.draft(tracker)
        again = heard.intent in ("inform", "nlu_fallback") and heard.text.replace(" ", "").isdigit()
        return (await self.dialogue(heard.conversation)).ask_phone(draft, again), []


class ActionAskConfirm(_BookingAction):
    title = "action_ask_booking_form_booking_confirm"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        number = await reveal(PHONE_MARK, heard.conversation, self.services.memory)
        dialogue = await self.dialogue(heard.conversation)
        if number is None:
            return dialogue.ask_phone(self.draft(tracker), again=True), [SlotSet(PHONE, None)]
        tail = normalise_phone(number)[-3:]
        served = self.services.reminders.serves(heard.conversation)
        told = self.services.reminders.consent_text
        reminders = await asyncio.to_thread(told, heard.conversation) if served else ""
        return dialogue.ask_confirm(self.draft(tracker), tail, self.procedure_name(tracker), reminders), []


def _with_way_on(refused: Reply, code: str | None) -> Reply:
    """A booking that was refused at its end can be begun anew, for the same procedure."""
    entities = {"procedure_code": code} if code else {}
    again = Choice(title=say("booking.button_again"), command=Command(intent="book_appointment", entities=entities))
    message = ChoicesMessage(text=refused.plain_text, choices=[again])
    return refused.model_copy(update={"messages": [message]})


class ActionBook(_BookingAction):
    """Confirms the held seat; the ticket is the answer."""

    title = "action_book"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        services = self.services
        held = await services.memory.get(hold_key(heard.conversation))
        number = await reveal(PHONE_MARK, heard.conversation, services.memory)
        over = forget_slots(*SLOTS, PROCEDURE)
        if held is None or number is None:
            return _with_way_on(failed(Conflict(ErrorCode.HOLD_EXPIRED)), tracker.get_slot(PROCEDURE)), over
        reminded = services.reminders.serves(heard.conversation) and tracker.get_slot(CONFIRM) != NO_REMINDERS
        try:
            made = await asyncio.to_thread(
                services.booking.confirm,
                held["id"],
                held["secret"],
                phone=number,
                consent=True,
                idempotency_key=f"confirm:{held['id']}",
                remind=reminded,
            )
        except TthcError as error:
            return _with_way_on(failed(error), tracker.get_slot(PROCEDURE)), over
        await services.memory.drop(hold_key(heard.conversation))
        await services.memory.drop(lane_key(heard.conversation))
        await forget(heard.conversation, services.memory)
        await keep_ticket(services, heard.conversation, made, held["secret"])
        await carry_list(services, heard.conversation, tracker.get_slot(PROCEDURE), made)
        name = self.procedure_name(tracker)
        await resolved(services, heard.conversation, Matter.BOOKING, made.procedure_code, name=made.id)
        reply = await ticket_reply(services, made, held["secret"], name)
        if reminded:
            ticket = next(message for message in reply.messages if isinstance(message, TicketMessage))
            ticket.choices += elsewhere(services, heard.conversation)
        return await offer(services, heard.conversation, reply), over
