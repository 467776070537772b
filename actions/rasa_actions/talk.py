"""Small talk, what the assistant does not do, and the way to a person."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import AllSlotsReset, SlotSet

from actions.journeys.answers import menu_choice
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, TextMessage, Trace
from actions.procedures.wants import Aspect
from actions.rasa_actions.appointments import CANCEL, CancelAppointment
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.cases import reopened
from actions.rasa_actions.journeys import told_event
from actions.rasa_actions.notices import WATCH, ActionNotices, just_asked
from actions.rasa_actions.overruling import overrule
from actions.rasa_actions.people import feedback_reply
from actions.rasa_actions.ratings import offer
from actions.rasa_actions.unclear import no_question, signs_in
from actions.talk.outcomes import Outcome
from actions.talk.session import LAST_PROCEDURE, UNFINISHED, Session
from actions.talk.signs import tells_danger, without_places
from actions.wording import say
from knowledge_base.decision import Verdict
from knowledge_base.errors import Unavailable
from knowledge_base.focus import about

HANDED_OVER = {"legal_advice", "other_place", "crisis"}


def starters() -> list[Choice]:
    """The first buttons of a conversation."""
    return [
        Choice(
            title=say("talk.start_documents"),
            command=Command(
                intent="choose_procedure", entities={"procedure_code": "1.001193", "aspect": Aspect.OVERVIEW}
            ),
        ),
        Choice(
            title=say("talk.start_identity"),
            command=Command(
                intent="choose_procedure", entities={"procedure_code": "1.014064", "aspect": Aspect.OVERVIEW}
            ),
        ),
        Choice(title=say("talk.start_status"), command=Command(intent="check_status")),
        Choice(title=say("talk.start_booking"), command=Command(intent="book_appointment")),
        menu_choice(),
    ]


def with_person(text: str, behaviour: Behaviour) -> Reply:
    human = Choice(title=say("talk.human"), command=Command(intent="talk_to_human"))
    return Reply(messages=[ChoicesMessage(text=text, choices=[human])], trace=Trace(behaviour=behaviour))


ENDINGS = {
    "crisis": ("talk.crisis", Behaviour.HANDOFF),
    "goodbye": ("talk.goodbye", Behaviour.SMALL_TALK),
    "start_over": ("talk.start_over", Behaviour.SMALL_TALK),
}


def stop_text(intent: str) -> tuple[str | None, Behaviour]:
    """What is said when `intent` ends a form; None: the form's own sentence."""
    if intent in ENDINGS:
        key, behaviour = ENDINGS[intent]
        return say(key), behaviour
    return None, Behaviour.SMALL_TALK


class ActionTalk(TthcAction):
    title = "action_talk"
    notes_numbers = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        told = told_event(heard.text, self.services)
        if told:
            return told
        danger = signs_in(heard) if tells_danger(heard.text) else None
        if danger:
            return danger, []
        pending = tracker.get_slot("pending")
        if pending == CANCEL and heard.intent in ("affirm", "deny", "stop"):
            cancel = CancelAppointment(self.services)
            reply = await (cancel.go(heard) if heard.intent == "affirm" else cancel.keep())
            return reply, [SlotSet("pending", None)]
        if pending == WATCH and heard.intent in ("affirm", "deny", "stop") and just_asked(tracker):
            return await ActionNotices(self.services).watch(heard, agreed=heard.intent == "affirm")
        answered = await overrule(self, heard, tracker)
        if answered:
            return answered
        again = reopened(tracker, self.services) if heard.intent == "go_back" and not tracker.active_loop else []
        if again:
            return Reply(trace=Trace(behaviour=Behaviour.ASK_SLOT)), again
        text = say(f"talk.{heard.intent}")
        trace = Trace(behaviour=Behaviour.SMALL_TALK)
        if heard.intent in ("greet", "ask_help", "go_back", "affirm"):
            return Reply(messages=[ChoicesMessage(text=text, choices=starters())], trace=trace), []
        if heard.intent == "ask_bot":
            return with_person(text, Behaviour.SMALL_TALK), []
        reply = Reply(messages=[TextMessage(text=text)], trace=trace)
        if heard.intent in ("thank", "goodbye"):
            await offer(self.services, heard.conversation, reply)
        return reply, []


class ActionDecline(TthcAction):
    """Each kind of question the assistant does not answer has its own sentence.

    The classifier may take an unusual question for out of domain; when it is unsure and the search is sure, the
    question is answered.
    """

    title = "action_decline"
    notes_numbers = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        answered = no_question(heard, tracker) if heard.text else None
        answered = answered or await overrule(self, heard, tracker)
        if answered:
            return answered
        behaviour = Behaviour.HANDOFF if heard.intent in HANDED_OVER else Behaviour.DECLINE
        text = say(f"talk.{heard.intent}")
        if heard.intent in ("legal_advice", "other_place", "abuse"):
            reply = with_person(text, behaviour)
        else:
            reply = Reply(messages=[TextMessage(text=text)], trace=Trace(behaviour=behaviour))
        reply.trace.outcome = Outcome(heard.intent)
        return reply, await self._spoken_of(heard) if heard.intent == "other_place" else []

    async def _spoken_of(self, heard: Heard) -> Events:
        """What is wanted stays, though not there: "thế làm ở Hà Nội thì sao" goes on about it."""
        try:
            decision = await asyncio.to_thread(self.services.search().search, about(without_places(heard.words)))
        except Unavailable:
            return []
        if decision.verdict is not Verdict.ANSWER or decision.best is None:
            return []
        return [SlotSet("procedure", decision.best.code), SlotSet("offered", None)]


class ActionFeedback(TthcAction):
    title = "action_feedback"
    notes_numbers = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        answered = await overrule(self, heard, tracker)
        if answered:
            return answered
        return await feedback_reply(self.services, heard), []


class ActionRestartConversation(TthcAction):
    title = "action_restart_conversation"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        await Session(self.services.memory, heard.conversation).drop(LAST_PROCEDURE, UNFINISHED)
        message = ChoicesMessage(text=say("talk.start_over"), choices=starters())
        return Reply(messages=[message], trace=Trace(behaviour=Behaviour.SMALL_TALK)), [AllSlotsReset()]
