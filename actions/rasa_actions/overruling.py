"""Where search is surer that a procedure is meant than the classifier that something else is."""

from __future__ import annotations

import asyncio
import re

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions.messages import Behaviour, Reply
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.booking import ActionStartBooking
from actions.rasa_actions.cases import BOOKING_FORM
from actions.rasa_actions.journeys import told_event
from actions.rasa_actions.questions import ActionAnswer
from actions.talk.signs import mentions_elsewhere
from knowledge_base.decision import Verdict
from knowledge_base.focus import subject_words
from knowledge_base.text import expand, fold

# How much nearer a procedure must be asked than any question of the kind the classifier suspects (`Decision.lead`) for
# the question to be answered all the same: an unsure classifier is overruled more easily.
TURNED_AWAY = {
    "out_of_domain",
    "legal_advice",
    "crisis",
    "other_place",
    "other_person_dossier",
    "give_feedback",
    "abuse",
}
# Small talk and tasks whose examples are short; a longer question is taken for them, but never surely.
GUESSED = {"stop", "affirm", "deny", "goodbye", "ask_help", "ask_bot"}
GUESSED |= {"watch_dossier", "stop_watching", "show_watched", "remind_me", "stop_notices", "move_notices"}
LEAD, LEAD_AGAINST_SURE, SURE = 0.15, 0.25, 0.9
UNSURE = 0.5  # confidence under which a question about the current procedure is taken as one
GUESS_UNTIL = 0.65  # confidence from which small talk or a task is believed
SUBJECT = 2  # words that may name a subject; small talk has fewer


_BOOKING = re.compile(r"\b(?:dat|lay|xin) (?:lich|hen|lich hen)\b")


async def overrule(action: TthcAction, heard: Heard, tracker: Tracker) -> tuple[Reply, Events] | None:
    """The answer, where search is surer that a procedure is meant than the classifier that none is."""
    if not heard.text or not _doubted(heard):
        return None
    told = told_event(heard.text, action.services)
    if told:
        return told
    if heard.confidence < SURE and not tracker.active_loop and _books(heard):
        begun, events = await ActionStartBooking(action.services).act(heard, tracker)
        return begun or Reply(), [*events, FollowupAction(BOOKING_FORM)]
    decision = await asyncio.to_thread(action.services.search().search, heard.words)
    needed = LEAD_AGAINST_SURE if heard.confidence >= SURE else LEAD
    followed = bool(tracker.get_slot("procedure")) and _follows(heard)
    if (decision.verdict is not Verdict.ANSWER or decision.lead < needed) and not followed:
        return None
    reply, events = await ActionAnswer(action.services).act(heard, tracker)
    return (reply, events) if reply.trace.behaviour is Behaviour.ANSWER else None


def _books(heard: Heard) -> bool:
    """Whether the words plainly ask for an appointment, and no other province is named."""
    return bool(_BOOKING.search(fold(expand(heard.text)))) and not mentions_elsewhere(heard.text)


def _doubted(heard: Heard) -> bool:
    if heard.intent in TURNED_AWAY:
        return True
    return heard.intent in GUESSED and heard.confidence < GUESS_UNTIL and len(subject_words(heard.words)) >= SUBJECT


def _follows(heard: Heard) -> bool:
    """Whether the message may go on about the current procedure: "tôi đang ở Mỹ thì nộp thế nào" names no province."""
    if heard.intent == "other_place" and not mentions_elsewhere(heard.text):
        return True
    return heard.confidence < (GUESS_UNTIL if heard.intent in GUESSED else UNSURE)
