"""Questions about procedures."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.cases.dialogue import start_choice
from actions.intake.ratings import Matter
from actions.journeys.answers import journey_choice, with_way_on
from actions.journeys.detect import event_mentioned, without_event
from actions.journeys.journey import Journey, journeys
from actions.messages import Behaviour, CardMessage, Reply
from actions.procedures.answers import abstain, answer, clarify
from actions.procedures.broad import asks_about, broad
from actions.procedures.changes import with_coming_change
from actions.procedures.comparison import compared, difference
from actions.procedures.following.phrases import is_contrast, is_correction
from actions.procedures.several import several, with_others
from actions.procedures.subject import Subject, find_subject, named_words, pick_offered
from actions.procedures.titles import called
from actions.procedures.wants import Aspect, asks_whether, aspect_of, cued, wants_in
from actions.rasa_actions.base import DOSSIER, PROCEDURE, Events, Heard, TthcAction, failed
from actions.rasa_actions.booking import begin_booking
from actions.rasa_actions.ending import end_form, leaves_form
from actions.rasa_actions.journeys import JOURNEY, LEANING, asked_next, known_in, told_event
from actions.rasa_actions.ratings import resolved
from actions.rasa_actions.status import ActionStatus
from actions.rasa_actions.unclear import ASKED, ask_once, form_gone, no_question, session_ended, signs_in
from actions.talk.outcomes import Outcome
from actions.talk.session import LAST_PROCEDURE, Session
from actions.talk.signs import asks_to_book
from knowledge_base.decision import Candidate
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.focus import about, subject_words
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch

SPOKEN, SPOKEN_MOST = "spoken", 8  # procedures spoken of, so that "quay lại cái …" finds them
BOOKED_UNTIL = 0.9  # confidence of another want under which plain words of booking are heard
UNSURE = 0.5  # confidence under which a first message without a plain want asks for all of it
NAMED_BESIDE = 0.6  # score from which the words beside an event name a procedure of their own
SURE = 0.6  # confidence from which a want that the words do not name is believed all the same


def about_dossier(tracker: Tracker) -> bool:
    """Whether the talk is about a dossier: "bao giờ xong?" then means that dossier, not a procedure.

    It is from the first question for its code on, until a procedure is asked about.
    """
    return bool(tracker.get_slot("topic") == DOSSIER)


class ActionAnswer(TthcAction):
    """Answers, asks which procedure is meant, or says that none fits."""

    title = "action_answer"
    notes_numbers = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        reply, events = await self._told_or_asked(heard, tracker)
        if reply.trace.behaviour is Behaviour.ANSWER and leaves_form(heard, tracker):
            events = [*events, *await end_form(self.services, heard, tracker)]
        return reply, events

    async def _told_or_asked(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        search = self.services.search()
        if heard.pressed:
            return await self._chosen(search, heard, tracker)
        told = no_question(heard, tracker) or told_event(heard.text, self.services)
        if told:
            return told
        if heard.confidence < BOOKED_UNTIL and not tracker.active_loop and asks_to_book(heard.text):
            return await begin_booking(self.services, heard, tracker)
        if about_dossier(tracker) and not subject_words(heard.words):
            return await ActionStatus(self.services).again(heard, tracker)
        following = asked_next(heard, tracker, self.services)
        if isinstance(following, Reply):
            return following, []
        if following and (procedure := search.get(following.code)):
            return await self._told(procedure, [Aspect.OVERVIEW], heard, tracker)
        return await self._searched(search, heard, tracker)

    async def _searched(self, search: ProcedureSearch, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        current: str | None = tracker.get_slot("procedure")
        offered: list[str] = tracker.get_slot("offered") or []
        journey = journeys().get(tracker.get_slot(JOURNEY))
        steps = [step.code for step in journey.steps] if journey else []
        spoken: list[str] = [*steps, *(tracker.get_slot(SPOKEN) or [])]
        if not (current or offered) and heard.intent in ("inform", "nlu_fallback") and not tracker.active_loop:
            gone = await form_gone(heard, self.services.memory)
            if gone:
                return gone, []
        aspect = self._aspect(heard, tracker, bool(offered))
        named = named_words(heard.words)
        open_question = offered and not current and not named
        if open_question and not pick_offered(heard.words, offered, search):  # "2" has no subject, and settles it
            return await self._left_open(search, offered, aspect, heard, tracker)
        if not (current or offered or named) and heard.intent != "nlu_fallback":
            ended = await session_ended(heard, search, self.services.memory)
            reply = ended or abstain("no_current", Behaviour.CLARIFY)
            return ask_once(reply, "no_current", tracker, SlotSet("aspect", aspect.value))
        among = [] if offered or (current and not asks_about(heard.words)) else broad(search, heard.words)
        if among and current not in among:
            return self._which(search, [search.candidate(code) for code in among], aspect, tracker, offered, None)
        two = await asyncio.to_thread(compared, search, heard.words)
        if two:
            codes = [procedure.code for procedure in two]
            slots = [SlotSet("offered", codes), SlotSet("aspect", Aspect.OVERVIEW.value), SlotSet(LEANING, None)]
            return difference(*two), slots
        beside = await asyncio.to_thread(several, search, heard.words)
        if beside:
            reply, events = await self._first_of(search, beside, "answers.others", aspect, heard, tracker)
            return reply, [*events, SlotSet(SPOKEN, [*beside[1:], beside[0]])]
        subject = await asyncio.to_thread(find_subject, search, heard.words, current, offered, spoken)
        if not subject.code and not current:
            subject = await asyncio.to_thread(_of_event, search, heard.text, subject)
        if subject.code:
            return await self._answer(search, subject, aspect, heard, tracker)
        if subject.candidates:
            return self._which(search, subject.candidates, aspect, tracker, offered, subject.candidates[0].code)
        if subject.reason == "unknown_code":
            return abstain("unknown_code", Behaviour.DECLINE), []
        signs = signs_in(heard)
        if signs:
            return signs, []
        if tracker.active_loop and heard.confidence < SURE:
            return Reply(), []  # nothing was asked for: the form's own question stands
        event = event_mentioned(heard.text)
        reply = abstain(way_on=[journey_choice(event)] if event else [])
        reply.trace.outcome = Outcome.NOT_FOUND
        return ask_once(reply, "abstain", tracker)

    def _which(
        self,
        search: ProcedureSearch,
        among: list[Candidate],
        aspect: Aspect,
        tracker: Tracker,
        offered: list[str],
        leaning: str | None,
    ) -> tuple[Reply, Events]:
        """Which of a few procedures is meant, asked once; `leaning`: the one answered about should none be chosen."""
        codes = [candidate.code for candidate in among]
        reply = clarify([_named(search, candidate) for candidate in among], aspect)
        slots = [SlotSet("offered", codes), SlotSet("aspect", aspect), SlotSet(LEANING, leaning)]
        return ask_once(reply, key_of(codes), tracker, *slots, listed=codes == offered)

    async def _first_of(
        self, search: ProcedureSearch, codes: list[str], key: str, aspect: Aspect, heard: Heard, tracker: Tracker
    ) -> tuple[Reply, Events]:
        """The answer about the first of `codes`, with a line (`key`) and buttons for the others."""
        first = search.get(codes[0])
        if first is None:
            return abstain("unknown_code", Behaviour.DECLINE), []
        reply, events = await self._told(first, wants_in(heard.text, aspect), heard, tracker, aspect)
        with_others(reply, search, codes[1:], key)
        return reply, events

    async def _left_open(
        self, search: ProcedureSearch, offered: list[str], aspect: Aspect, heard: Heard, tracker: Tracker
    ) -> tuple[Reply, Events]:
        """A want without a subject while the subject is still open.

        After a search the likeliest is answered about; after a list the want is noted, and it is asked about once more.
        """
        if tracker.get_slot(LEANING) == offered[0]:
            return await self._first_of(search, offered, "answers.leaning", aspect, heard, tracker)
        journey = journeys().get(tracker.get_slot(JOURNEY))
        candidates = [_named(search, search.candidate(code), journey) for code in offered if search.get(code)]
        reply = clarify(candidates, aspect)
        return ask_once(reply, key_of(offered), tracker, SlotSet("aspect", aspect.value), listed=True)

    def _aspect(self, heard: Heard, tracker: Tracker, offered: bool) -> Aspect:
        found, named = aspect_of(heard.intent), cued(heard.text)
        if found not in named and named and heard.confidence < SURE:  # plain words against a guess
            found = named[0]
        if not named and heard.confidence < SURE and asks_whether(heard.text):
            found = Aspect.CONDITIONS
        elif not named and heard.confidence < UNSURE and not tracker.get_slot("procedure"):
            found = Aspect.OVERVIEW  # a subject, and a guess at what is wanted of it
        if found is None:
            likely = heard.likeliest("ask_")
            found = aspect_of(likely) if likely else None
        kept = tracker.get_slot("aspect")
        if kept and not named:
            loose = found in (None, Aspect.OVERVIEW) and (offered or is_contrast(heard.text))
            if loose or is_correction(heard.text):
                return Aspect(kept)
        return found or Aspect.OVERVIEW

    async def _answer(
        self, search: ProcedureSearch, subject: Subject, aspect: Aspect, heard: Heard, tracker: Tracker
    ) -> tuple[Reply, Events]:
        if not subject.followed and is_contrast(heard.text) and not cued(heard.text):
            aspect = aspect_of(heard.intent) or Aspect.OVERVIEW  # another procedure: the old want no longer binds
        procedure = search.get(subject.code or "")
        if procedure is None:
            return abstain("unknown_code", Behaviour.DECLINE), []
        return await self._told(procedure, wants_in(heard.text, aspect), heard, tracker, aspect)

    def _with_case(self, reply: Reply, procedure: Procedure) -> Reply:
        """The answer, with the button of the procedure's interview where there is one."""
        card = reply.messages[-1]
        if isinstance(card, CardMessage) and self.services.cases.interview(procedure):
            card.choices.insert(0, start_choice(procedure))
        return reply

    async def _chosen(self, search: ProcedureSearch, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        code = heard.entities.get("procedure_code")
        if code is None:  # a button of a form that is over
            return failed(BadInput(ErrorCode.PAYLOAD_UNKNOWN)), []
        procedure = search.get(code)
        if procedure is None:
            return abstain("unknown_code", Behaviour.DECLINE), []
        return await self._told(procedure, [Aspect(heard.entities.get("aspect", Aspect.OVERVIEW))], heard, tracker)

    async def _told(
        self, procedure: Procedure, wants: list[Aspect], heard: Heard, tracker: Tracker, aspect: Aspect | None = None
    ) -> tuple[Reply, Events]:
        """The answer about `procedure`, which is now the current one, with the way on along a journey."""
        search = self.services.search()
        names = {c.code: called(p) for c in procedure.confusions if (p := search.get(c.code))}
        reply = self._with_case(answer(procedure, wants, heard.words, names), procedure)
        with_coming_change(reply, procedure, self.services.clock.now().date())
        journey = journeys().get(tracker.get_slot(JOURNEY))
        with_way_on(reply, procedure.code, journey, known_in(self.services))
        await Session(self.services.memory, heard.conversation).keep(LAST_PROCEDURE, procedure.code)
        await resolved(self.services, heard.conversation, Matter.ANSWER, procedure.code)
        return reply, [
            SlotSet("procedure", procedure.code),
            SlotSet(SPOKEN, spoken_with(tracker, procedure.code)),
            SlotSet("aspect", (aspect or wants[0]).value),
            SlotSet("offered", None),
            SlotSet(LEANING, None),
            SlotSet("topic", PROCEDURE),
            SlotSet(ASKED, None),
        ]


def _of_event(search: ProcedureSearch, text: str, otherwise: Subject) -> Subject:
    """What reports the event that `text` tells ("bố tôi mất hôm qua, khai báo ở đâu"), when it names nothing beside."""
    event = event_mentioned(text)
    if event is None or event.itself is None or search.get(event.itself) is None:
        return otherwise
    rest = about(without_event(text, event))
    beside = search.rank(rest, limit=1) if subject_words(rest) else []
    if beside and beside[0].score >= NAMED_BESIDE and beside[0].code != event.itself:
        return otherwise
    return Subject(event.itself, reason="event")


def spoken_with(tracker: Tracker, code: str) -> list[str]:
    """Codes spoken of in this session, the last one last."""
    before: list[str] = tracker.get_slot(SPOKEN) or []
    return [*(other for other in before if other != code), code][-SPOKEN_MOST:]


def key_of(codes: list[str]) -> str:
    return f"offer:{','.join(codes)}"


def _named(search: ProcedureSearch, candidate: Candidate, journey: Journey | None = None) -> Candidate:
    """A step of the journey under way is asked about by its plain title, others by their short names."""
    titles = {step.code: step.title for step in journey.steps} if journey else {}
    procedure = search.get(candidate.code)
    short = procedure.short_name if procedure else ""
    return candidate.model_copy(update={"name": titles.get(candidate.code) or short or candidate.name})
