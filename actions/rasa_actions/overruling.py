"""Where search is surer that a procedure is meant than the classifier that something else is."""

from __future__ import annotations

import asyncio
import re

import structlog
from rasa_sdk import Tracker

from actions.messages import Behaviour, Reply
from actions.procedures.broad import thing_in
from actions.procedures.following.options import told_by
from actions.procedures.following.phrases import is_correction
from actions.procedures.wants import cued
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.booking import begin_booking
from actions.rasa_actions.journeys import told_event
from actions.rasa_actions.questions import ActionAnswer
from actions.talk.signs import asks_to_book, mentions_elsewhere, tells_danger
from knowledge_base.decision import Verdict
from knowledge_base.errors import Unavailable
from knowledge_base.focus import subject_words
from knowledge_base.text import expand, fold

log = structlog.get_logger()
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
GUESSED |= {"change_appointment", "cancel_appointment"}
GUESSED |= {"watch_dossier", "stop_watching", "show_watched", "remind_me", "stop_notices", "move_notices"}
LEAD, LEAD_AGAINST_SURE, SURE = 0.15, 0.25, 0.9
LEAD_AGAINST_GUESS = 0.05  # where it is small talk or a task that is heard, under `UNSURE`
UNSURE = 0.5  # confidence under which a question about the current procedure is taken as one
RUDE_FROM = 0.8  # confidence from which words that may be no question are taken as rude
GUESS_UNTIL = 0.65  # confidence from which small talk or a task is believed
SENT_FROM = 0.3  # confidence from which who says "muốn phản ánh" is believed to want it
_SENDS = re.compile(r"\b(?:muon|xin|can) (?:gui )?(?:phan anh|gop y|khen|to cao|khieu nai)\b|\bthai do\b")
SUBJECT = 2  # words that may name a subject; small talk has fewer


async def overrule(action: TthcAction, heard: Heard, tracker: Tracker) -> tuple[Reply, Events] | None:
    """The answer, where search is surer that a procedure is meant than the classifier that none is."""
    if not heard.text or not _doubted(heard) or tells_danger(heard.text):
        return None
    if heard.intent == "give_feedback" and heard.confidence >= SENT_FROM and _SENDS.search(fold(expand(heard.text))):
        return None
    event = told_event(heard.text, action.services)
    if event:
        return event
    if heard.confidence < SURE and not tracker.active_loop and asks_to_book(heard.text):
        return await begin_booking(action.services, heard, tracker)
    if thing_in(heard.words) or (heard.intent == "other_place" and not mentions_elsewhere(heard.text)):
        return await ActionAnswer(action.services).act(heard, tracker)  # "đang ở Mỹ thì nộp thế nào" names no province
    current, offered = tracker.get_slot("procedure"), tracker.get_slot("offered")
    try:
        search = action.services.search()
        decision = await asyncio.to_thread(search.search, heard.words)
    except Unavailable as error:  # what the classifier heard has its own reply
        log.warning("not weighed against search", code=error.code.value, detail=error.detail)
        return None
    followed = bool(current or offered) and (
        _follows(heard) or (heard.confidence < _told_until(heard) and told_by(search.get(current or ""), heard.words))
    )
    if (decision.verdict is not Verdict.ANSWER or decision.lead < _needed(heard)) and not followed:
        return None
    reply, events = await ActionAnswer(action.services).act(heard, tracker)
    taken = {Behaviour.ANSWER, Behaviour.CLARIFY} if followed and heard.confidence < UNSURE else {Behaviour.ANSWER}
    return (reply, events) if reply.trace.behaviour in taken else None


def _needed(heard: Heard) -> float:
    if heard.intent in GUESSED and heard.confidence < UNSURE:
        return LEAD_AGAINST_GUESS
    return LEAD_AGAINST_SURE if heard.confidence >= SURE else LEAD


def _told_until(heard: Heard) -> float:
    """Confidence under which what the current record tells is taken for what was asked; less where a place is named."""
    return UNSURE if heard.intent == "other_place" else SURE


def _doubted(heard: Heard) -> bool:
    if heard.intent in TURNED_AWAY:
        return True
    if heard.intent not in GUESSED:
        return False
    unsure = heard.confidence < GUESS_UNTIL and len(subject_words(heard.words)) >= SUBJECT
    return unsure or bool(thing_in(heard.words)) or (heard.intent == "deny" and is_correction(heard.text))


def _follows(heard: Heard) -> bool:
    """Whether the message may go on about the current procedure."""
    if heard.intent == "other_place":
        return False  # one is named, or it would have been answered before
    if heard.intent == "deny" and is_correction(heard.text):
        return True  # "không, ý tôi là thẻ bị gãy đôi rồi"
    if heard.intent == "abuse" and heard.confidence < RUDE_FROM:
        return True
    if heard.intent == "legal_advice" and heard.confidence < SURE and cued(heard.text):
        return True  # "anh em thoả thuận chia đất thì chứng thực ở đâu": the place is asked, not who is right
    return heard.confidence < (GUESS_UNTIL if heard.intent in GUESSED else UNSURE)
