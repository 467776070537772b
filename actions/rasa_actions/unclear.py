"""What is said when a message cannot be understood, asked about once, or belongs to a session that is over."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.journeys.answers import human_choice, menu_choice
from actions.memory import Memory
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, TextMessage, Trace
from actions.procedures.titles import called, shorten
from actions.procedures.wants import Aspect
from actions.rasa_actions.base import Events, Heard
from actions.talk.clarifying import Asked, once
from actions.talk.noise import is_english, is_foreign_script, is_noise
from actions.talk.outcomes import Outcome
from actions.talk.session import LAST_PROCEDURE, UNFINISHED, Session
from actions.talk.signs import names_elsewhere, tells_danger
from actions.wording import say
from knowledge_base.search import ProcedureSearch

ASKED = "asked"
# How a form that is gone is begun anew.
_AGAIN = {
    "status_form": Command(intent="check_status"),
    "booking_form": Command(intent="book_appointment"),
    "message_form": Command(intent="leave_message", entities={"kind": "handover"}),
    "case_form": Command(intent="make_checklist"),
}


def ask_once(reply: Reply, key: str, tracker: Tracker, *slots: Any, listed: bool = False) -> tuple[Reply, Events]:
    """`reply`, unless the same was asked just now; `listed` as in `once`."""
    reply, asked = once(reply, key, Asked.of(tracker.get_slot(ASKED)), listed)
    return reply, [*slots, SlotSet(ASKED, asked.dump())]


def no_question(heard: Heard, tracker: Tracker) -> tuple[Reply, Events] | None:
    """The reply to keyboard noise, a lone letter or emoji, and to another script; None for anything else."""
    if is_foreign_script(heard.text) or is_english(heard.text):
        trace = Trace(behaviour=Behaviour.DECLINE, outcome=Outcome.FOREIGN_LANGUAGE)
        return Reply(messages=[TextMessage(text=say("talk.foreign_language"))], trace=trace), []
    if not is_noise(heard.text):
        return None
    message = ChoicesMessage(text=say("talk.nonsense"), choices=[menu_choice(), human_choice()])
    reply = Reply(messages=[message], trace=Trace(behaviour=Behaviour.DECLINE, outcome=Outcome.NONSENSE))
    return ask_once(reply, "nonsense", tracker)


def signs_in(heard: Heard) -> Reply | None:
    """The reply to a life in danger or to another province, where no procedure fits and the classifier saw neither."""
    if tells_danger(heard.text):
        trace = Trace(behaviour=Behaviour.HANDOFF, outcome=Outcome.CRISIS)
        return Reply(messages=[TextMessage(text=say("talk.crisis"))], trace=trace)
    if names_elsewhere(heard.text):
        trace = Trace(behaviour=Behaviour.HANDOFF, outcome=Outcome.OTHER_PLACE)
        return Reply(messages=[ChoicesMessage(text=say("talk.other_place"), choices=[human_choice()])], trace=trace)
    return None


async def form_gone(heard: Heard, memory: Memory) -> Reply | None:
    """Said once to who goes on with a form that ended with the last session."""
    session = Session(memory, heard.conversation)
    form = await session.kept(UNFINISHED)
    if form not in _AGAIN:
        return None
    await session.drop(UNFINISHED)
    again = _AGAIN[form]
    last = await session.kept(LAST_PROCEDURE)
    if form == "case_form" and isinstance(last, str):
        again = again.model_copy(update={"entities": {"procedure_code": last}})
    text = say("talk.session_ended_form", what=say(f"talk.unfinished_{form}"))
    return _ended(text, Choice(title=say(f"talk.again_{form}"), command=again))


async def session_ended(heard: Heard, search: ProcedureSearch, memory: Memory) -> Reply | None:
    """Said to who asks on, without a subject, about the procedure that the last session spoke of."""
    last = await Session(memory, heard.conversation).kept(LAST_PROCEDURE)
    procedure = search.get(last) if isinstance(last, str) else None
    if procedure is None:
        return None
    name = shorten(called(procedure), 60)
    entities = {"procedure_code": procedure.code, "aspect": Aspect.OVERVIEW.value}
    command = Command(intent="choose_procedure", entities=entities)
    return _ended(say("talk.session_ended", name=name), Choice(title=say("talk.continue", name=name), command=command))


def _ended(text: str, choice: Choice) -> Reply:
    trace = Trace(behaviour=Behaviour.CLARIFY, outcome=Outcome.SESSION_ENDED)
    return Reply(messages=[ChoicesMessage(text=text, choices=[choice, menu_choice()])], trace=trace)
