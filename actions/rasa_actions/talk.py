"""Small talk, what the assistant does not do, and the way to a person."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import AllSlotsReset, SlotSet

from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, TextMessage, Trace
from actions.procedures.wants import Aspect
from actions.rasa_actions.appointments import CANCEL, CancelAppointment
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.questions import ActionAnswer
from actions.wording import say

# Confidence of a guard intent under which a confident search answers all the same.
OVERRULE_BELOW = {
    "out_of_domain": 0.7,
    "legal_advice": 0.6,
    "crisis": 0.6,
    "other_place": 0.9,
    "other_person_dossier": 0.6,
}

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
    ]


def with_person(text: str, behaviour: Behaviour) -> Reply:
    human = Choice(title=say("talk.human"), command=Command(intent="talk_to_human"))
    return Reply(messages=[ChoicesMessage(text=text, choices=[human])], trace=Trace(behaviour=behaviour))


ENDINGS = {
    "talk_to_human": ("talk.handoff", Behaviour.HANDOFF),
    "give_feedback": ("talk.feedback", Behaviour.HANDOFF),
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

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        pending = tracker.get_slot("pending")
        if pending == CANCEL and heard.intent in ("affirm", "deny", "stop"):
            cancel = CancelAppointment(self.services)
            reply = await (cancel.go(heard) if heard.intent == "affirm" else cancel.keep())
            return reply, [SlotSet("pending", None)]
        text = say(f"talk.{heard.intent}")
        trace = Trace(behaviour=Behaviour.SMALL_TALK)
        if heard.intent in ("greet", "ask_help", "go_back", "affirm"):
            return Reply(messages=[ChoicesMessage(text=text, choices=starters())], trace=trace), []
        if heard.intent == "ask_bot":
            return with_person(text, Behaviour.SMALL_TALK), []
        return Reply(messages=[TextMessage(text=text)], trace=trace), []


class ActionDecline(TthcAction):
    """Each kind of question the assistant does not answer has its own sentence.

    The classifier may take an unusual question for out of domain; when it is unsure and the search is sure, the
    question is answered.
    """

    title = "action_decline"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        if heard.confidence < OVERRULE_BELOW.get(heard.intent, 0.0) and heard.text:
            reply, events = await ActionAnswer(self.services).act(heard, tracker)
            if reply.trace.behaviour is Behaviour.ANSWER:
                return reply, events
        behaviour = Behaviour.HANDOFF if heard.intent in HANDED_OVER else Behaviour.DECLINE
        text = say(f"talk.{heard.intent}")
        if heard.intent in ("legal_advice", "other_place", "abuse"):
            return with_person(text, behaviour), []
        return Reply(messages=[TextMessage(text=text)], trace=Trace(behaviour=behaviour)), []


class ActionHandoff(TthcAction):
    title = "action_handoff"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        booking = Choice(title=say("talk.start_booking"), command=Command(intent="book_appointment"))
        message = ChoicesMessage(text=say("talk.handoff"), choices=[booking])
        return Reply(messages=[message], trace=Trace(behaviour=Behaviour.HANDOFF)), []


class ActionFeedback(TthcAction):
    title = "action_feedback"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        return with_person(say("talk.feedback"), Behaviour.HANDOFF), []


class ActionRestartConversation(TthcAction):
    title = "action_restart_conversation"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        message = ChoicesMessage(text=say("talk.start_over"), choices=starters())
        return Reply(messages=[message], trace=Trace(behaviour=Behaviour.SMALL_TALK)), [AllSlotsReset()]
