"""Life events: the list, the steps of one, and the step after the present one."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.journeys.answers import Known, list_reply, menu_choice, steps_reply
from actions.journeys.detect import event_in
from actions.journeys.journey import Journey, Step, journeys, next_step, openable
from actions.messages import Behaviour, ChoicesMessage, Reply, Trace
from actions.rasa_actions.base import PROCEDURE, Events, Heard, TthcAction
from actions.services import Services
from actions.wording import say
from knowledge_base.text import expand, fold

JOURNEY = "journey"
LEANING = "leaning"  # of the procedures offered after a search, the likeliest
_NEXT = re.compile(
    r"^(?:the |roi |vay |xong |ok |da |xong roi |xong buoc nay |buoc nay xong |thi |con )*"
    r"(?:(?:buoc|viec|thu tuc) (?:tiep theo|ke tiep|sau|tiep)|tiep theo|tiep di|lam gi (?:tiep|nua)|"
    r"phai lam gi (?:tiep|nua)|lam gi tiep theo|con phai lam gi nua|gi nua)(?: (?:theo|la gi|thi sao|lam gi|a|the))*$"
)


_LIST = re.compile(r"\b(?:viec|su kien|thu tuc)(?: theo)?(?: su kien)?(?: trong)? doi song\b|\bsu kien trong doi\b")


def known_in(services: Services) -> Known:
    search = services.search()
    return lambda code: search.get(code) is not None


def open_journey(journey: Journey, services: Services) -> tuple[Reply, Events]:
    """The steps; what is said next without a subject may point at one of them, by number or in words."""
    known = known_in(services)
    codes = [step.code for step in openable(journey, known)]
    return steps_reply(journey, known), [
        SlotSet(JOURNEY, journey.id),
        SlotSet("offered", codes),
        SlotSet(LEANING, None),
        SlotSet("procedure", None),
        SlotSet("aspect", None),
        SlotSet("topic", PROCEDURE),
    ]


def told_event(text: str, services: Services) -> tuple[Reply, Events] | None:
    """The journey of the event that a typed message tells, if it tells one and nothing more."""
    if text and _LIST.search(fold(expand(text))):
        return list_reply(), []
    journey = event_in(text) if text else None
    return open_journey(journey, services) if journey else None


def asked_next(heard: Heard, tracker: Tracker, services: Services) -> Step | Reply | None:
    """The next step when "bước tiếp theo" is typed during a journey; a reply where there is none; None otherwise."""
    journey, code = journeys().get(tracker.get_slot(JOURNEY)), tracker.get_slot("procedure")
    if journey is None or not code or not _NEXT.match(fold(expand(heard.text)).strip(" .?!")):
        return None
    steps = openable(journey, known_in(services))
    here = next((step for step in steps if step.code == code), None)
    if here is None:
        return None
    following = next_step(journey, code, known_in(services))
    if following:
        return following
    message = ChoicesMessage(text=say("journeys.over", title=here.title), choices=[menu_choice()])
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.CLARIFY))


class ActionJourney(TthcAction):
    """A button: one event, the events of a procedure, or the list of all."""

    title = "action_journey"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        if JOURNEY in heard.entities:
            journey = journeys().get(heard.entities[JOURNEY])
            if journey is None:  # a button older than the list
                return list_reply(text=say("journeys.unknown")), []
            return open_journey(journey, self.services)
        found = journeys().with_procedure(heard.entities.get("procedure_code", ""))
        if len(found) == 1:
            return open_journey(found[0], self.services)
        return list_reply(found), []
