"""The interview that ends in a personal checklist: the form's actions, thin over `actions.cases`."""

from __future__ import annotations

import asyncio
import contextlib
import re

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.appointments.dialogue import asking
from actions.appointments.port import Appointment
from actions.cases import record
from actions.cases.checklist import checklist
from actions.cases.dialogue import ANSWER, CODE, QUESTION, all_papers, ask, leads_to
from actions.cases.model import UNSURE, Interview
from actions.cases.reading import is_back, is_edit, read
from actions.messages import Behaviour, Choice, Command, FileMessage, Message, Reply, TextMessage, Trace
from actions.procedures.answers import abstain, answer, follow_ups
from actions.procedures.wants import Aspect
from actions.rasa_actions.base import PROCEDURE, Events, Heard, TthcAction, forget
from actions.services import Services
from actions.talk.session import LAST_PROCEDURE, Session
from actions.wording import say
from knowledge_base.decision import Verdict
from knowledge_base.errors import TthcError
from knowledge_base.focus import about, subject_words
from knowledge_base.procedure import Procedure

FORM = "case_form"
SUBJECT, ANSWERS, ASKED, DONE = "case_procedure", "case_answers", "case_asked", "case_done"
SLOTS = (ASKED, DONE)  # what an interview that ends leaves behind; its answers can be changed later on
PAUSED = "paused-booking"  # a booking under way when the interview began
BOOKING_FORM = "booking_form"
PAUSED_S = 15 * 60  # as long as a seat is held
LIST_S = 24 * 3600  # for how long a booking of the same conversation takes the list along
QUESTION_FROM = 0.55  # confidence from which the classifier is believed
AROUND = re.compile(
    r"\b(?:lập|lap|làm|lam|tạo|tao|soạn|soan|cho|xin)? ?(?:danh sách|danh sach|checklist)"
    r"(?: giấy tờ| giay to| hồ sơ| ho so)?"
    r"|\b(?:trường hợp|truong hop)(?: riêng| rieng)?(?: của| cua)?(?: tôi| toi| em| mình| minh| con| nhà| nha)?\b"
    r"|\b(?:chuẩn bị|chuan bi|cần|can|mang)(?: theo)? (?:những |nhung )?(?:gì|gi)\b|\bgiấy tờ\b|\bgiay to\b"
    r"|\b(?:cá nhân|ca nhan|riêng|rieng|phù hợp|phu hop|cụ thể|cu the)\b"
)
UNREADABLE = {"inform", "nlu_fallback", "affirm", "deny", "go_back", "choose_answer", "choose_day", "choose_time"}
UNREADABLE |= {"give_consent"}

# Would end the interview or turn the citizen away; an unsure classifier takes short answers for them.
SERIOUS = {"crisis", "abuse", "goodbye", "give_feedback", "out_of_domain", "injection", "foreign_language"}
SERIOUS |= {"legal_advice", "other_place", "other_person_dossier"}
# Wants that leave the interview for another task; words that might also be an answer do not keep it.
LEAVING = {"stop", "talk_to_human", "start_over", "check_status", "book_appointment", "change_appointment"}
LEAVING |= {"cancel_appointment", "show_appointment", "find_branch", "ask_opening_hours", "make_checklist"}
SILENT = {"", "action_listen", "action_session_start", "action_deactivate_loop"}  # Rasa's own
DANGER_FROM = 0.9  # confidence of a cry for help that no answer outweighs


def doubted(heard: Heard) -> bool:
    """Whether the classifier guessed something grave without being sure of it."""
    return heard.intent in SERIOUS and heard.confidence < QUESTION_FROM


def leaves(heard: Heard) -> bool:
    """Whether another want outweighs words that may be an answer; a question is never read as one to begin with."""
    if heard.intent == "crisis":
        return heard.confidence >= DANGER_FROM
    return heard.intent in LEAVING and heard.confidence >= QUESTION_FROM


def printable(public_url: str, list_id: str) -> FileMessage:
    """The citizen's own list as a page for paper."""
    return FileMessage.at(
        public_url, f"/danh-sach/{list_id}", title=say("cases.button_print"), name="danh-sach-giay-to.html",
        media_type="text/html",
    )  # fmt: skip


class _CaseAction(TthcAction):
    def subject(self, code: str | None) -> tuple[Procedure, Interview] | None:
        procedure = self.services.search().get(code) if code else None
        interview = self.services.cases.interview(procedure) if procedure else None
        return (procedure, interview) if procedure and interview else None

    async def finished(
        self, heard: Heard, procedure: Procedure, interview: Interview, answers: dict[str, str]
    ) -> Reply:
        """The checklist with what can be done with it, or the procedure that is the right one instead."""
        instead = interview.instead(answers)
        if instead:
            target = self.services.search().get(instead.code)
            reason = record.lines(procedure, instead.because)[0].rstrip(". ")
            held = bool(target and self.services.cases.interview(target))
            return leads_to(procedure, instead, reason, target, held)
        made = checklist(procedure, interview, answers)
        messages: list[Message] = [made]
        with contextlib.suppress(TthcError):  # a list that cannot be kept is a list all the same
            kept = await asyncio.to_thread(self.services.cases.lists.keep, procedure.code, answers)
            carried = {"id": kept.id, "code": procedure.code}
            await self.services.memory.put(f"case:{heard.conversation}", carried, LIST_S)
            if self.services.public_url:
                messages.append(printable(self.services.public_url, kept.id))
        made.choices += follow_ups(procedure, [Aspect.DOCUMENTS, Aspect.FEE, Aspect.DURATION, Aspect.WHERE])
        if any(section.folded for section in made.sections):
            made.choices.append(all_papers(procedure))
        edit = {CODE: procedure.code, "value": "edit"}
        made.choices.append(
            Choice(title=say("cases.button_edit"), command=Command(intent="make_checklist", entities=edit))
        )
        trace = Trace(behaviour=Behaviour.ANSWER, procedure=procedure.code, aspect=Aspect.DOCUMENTS)
        return Reply(messages=messages, trace=trace)


class ActionStartCase(_CaseAction):
    """Finds the procedure and begins, or goes on where answers are changed after the end."""

    title = "action_start_case"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        code = await self._code(heard, tracker)
        procedure = self.services.search().get(code) if code else None
        if procedure is None:
            return abstain_from(), [SlotSet("aspect", Aspect.DOCUMENTS.value), *_over(tracker)]
        found = self.subject(code)
        events: Events = [
            SlotSet("procedure", code),
            SlotSet("offered", None),
            SlotSet("topic", PROCEDURE),
            SlotSet("aspect", Aspect.DOCUMENTS.value),
        ]
        if found is None:
            reply = answer(procedure, [Aspect.DOCUMENTS])
            return _with_text(say("cases.no_interview"), reply), [*events, *_over(tracker)]
        interview = found[1]
        await Session(self.services.memory, heard.conversation).keep(LAST_PROCEDURE, procedure.code)
        answers = self._answers(heard, tracker, procedure.code, interview)
        events += [SlotSet(SUBJECT, code), SlotSet(ANSWERS, answers), SlotSet(ASKED, None), SlotSet(DONE, None)]
        if interview.next_question(answers) is None:
            return await self.finished(heard, procedure, interview, answers), [*events, *_over(tracker)]
        reply = Reply(trace=Trace(behaviour=Behaviour.ASK_SLOT, procedure=code))
        if (tracker.active_loop or {}).get("name") == BOOKING_FORM:
            await Session(self.services.memory, heard.conversation).keep(PAUSED, True, PAUSED_S)
            reply.messages.append(TextMessage(text=say("cases.booking_paused")))
        return reply, events

    async def _code(self, heard: Heard, tracker: Tracker) -> str | None:
        """The procedure of the button, else the one the message names, else the current one."""
        code = heard.entities.get(CODE)
        if code:
            return code
        before: str | None = tracker.get_slot(SUBJECT)
        if before and is_edit(heard.text):
            return before
        errand = AROUND.sub(" ", about(heard.text))
        if subject_words(errand):
            decision = await asyncio.to_thread(self.services.search().search, errand)
            if decision.verdict is not Verdict.ABSTAIN and decision.best:
                return decision.best.code
        current: str | None = tracker.get_slot("procedure")
        return current

    def _answers(self, heard: Heard, tracker: Tracker, code: str, interview: Interview) -> dict[str, str]:
        """The answers to begin with: none, unless this very interview is taken up again to change one."""
        kept: dict[str, str] = tracker.get_slot(ANSWERS) or {}
        if tracker.get_slot(SUBJECT) != code:
            return {}
        if heard.entities.get("value") == "edit" or (heard.text and is_edit(heard.text)):
            return interview.back(kept)
        return _pressed(heard, interview, kept) or {}


class ValidateCaseForm(_CaseAction):
    """Takes an answer; no event at all lets Rasa's rules take the message as something else."""

    title = "validate_case_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        found = self.subject(tracker.get_slot(SUBJECT))
        if found is None:  # the record changed meanwhile: the form ends, and what it can say is said then
            return None, [SlotSet(DONE, "yes")]
        procedure, interview = found
        answers = interview.settled(tracker.get_slot(ANSWERS) or {})
        question = interview.next_question(answers)
        if question is None:
            return None, [SlotSet(DONE, "yes")]
        if heard.intent == "choose_answer" and heard.pressed:
            if heard.entities.get(CODE) != procedure.code:
                return asking(TextMessage(text=say("cases.old_button"))), [SlotSet(ASKED, None)]
            changed = _pressed(heard, interview, answers)
            return None, [] if changed is None else self._taken(interview, changed)
        if (heard.pressed and heard.intent == "go_back") or (heard.text and is_back(heard.text)):
            # nothing asked yet: the form begins with these very words, which have been heeded
            begun = tracker.get_slot(ASKED) is not None
            return None, [SlotSet(ANSWERS, interview.back(answers) if begun else answers)]
        if heard.pressed or not heard.text:
            return None, []
        said = read(question, heard.text)
        if said is None and doubted(heard):
            return asking(TextMessage(text=say("cases.unreadable"))), [SlotSet(ANSWERS, answers)]
        if said is None or (leaves(heard) and not said.sure):
            return None, []
        return None, self._taken(interview, {**answers, question.id: said.answer})

    def _taken(self, interview: Interview, answers: dict[str, str]) -> Events:
        settled = interview.settled(answers)
        events: Events = [SlotSet(ANSWERS, settled)]
        if interview.next_question(settled) is None:
            events.append(SlotSet(DONE, "yes"))
        return events


class ActionAskCase(_CaseAction):
    title = "action_ask_case_form_case_done"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        found = self.subject(tracker.get_slot(SUBJECT))
        if found is None:
            return None, []
        procedure, interview = found
        answers = interview.settled(tracker.get_slot(ANSWERS) or {})
        question = interview.next_question(answers)
        if question is None:
            return None, []
        how = ""
        if tracker.get_slot(ASKED) == question.id:
            back = heard.intent == "go_back" or bool(heard.text and is_back(heard.text))
            again = heard.intent in UNREADABLE or doubted(heard)
            how = "first" if back and not answers else "again" if again else "resumed"
        return ask(procedure, interview, question, answers, how), [SlotSet(ASKED, question.id)]


class ActionChecklist(_CaseAction):
    """After the form."""

    title = "action_checklist"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        code = tracker.get_slot(SUBJECT)
        found = self.subject(code)
        over = forget(*SLOTS)
        if found is None:
            procedure = self.services.search().get(code) if code else None
            reply = answer(procedure, [Aspect.DOCUMENTS]) if procedure else abstain_from()
            return _with_text(say("cases.no_interview"), reply) if procedure else reply, over
        procedure, interview = found
        answers = interview.settled(tracker.get_slot(ANSWERS) or {})
        reply = await self.finished(heard, procedure, interview, answers)
        return reply, [*over, *await resume_booking(self.services, heard.conversation, reply)]


async def resume_booking(services: Services, conversation: str, reply: Reply) -> Events:
    """Goes on with the booking that the interview came between, and says so in `reply`; empty where there was none."""
    session = Session(services.memory, conversation)
    if not await session.kept(PAUSED):
        return []
    await session.drop(PAUSED)
    reply.messages.append(TextMessage(text=say("cases.booking_resumed")))
    return [FollowupAction(BOOKING_FORM)]


def reopened(tracker: Tracker, services: Services) -> Events:
    """The interview taken up again at its last answer, where its list is the last thing that was said; else empty.

    "Quay lại" typed below a finished list means the last question, as it did while the questions were asked.
    """
    if said_last(tracker) not in (ActionChecklist.title, ActionStartCase.title):
        return []
    code = tracker.get_slot(SUBJECT)
    procedure = services.search().get(code) if code else None
    interview = services.cases.interview(procedure) if procedure else None
    if interview is None:
        return []
    answers = interview.back(interview.settled(tracker.get_slot(ANSWERS) or {}))
    return [SlotSet(ANSWERS, answers), *forget(*SLOTS), FollowupAction(FORM)]


def said_last(tracker: Tracker) -> str:
    """The last action of ours before the message at hand."""
    names = [str(event.get("name") or "") for event in tracker.events or [] if event.get("event") == "action"]
    return next((name for name in reversed(names) if name not in SILENT), "")


async def carry_list(services: Services, conversation: str, code: str | None, made: Appointment) -> None:
    """The checklist of this conversation goes with an appointment for the same procedure."""
    held = await services.memory.get(f"case:{conversation}")
    if held and held["code"] == code:
        with contextlib.suppress(TthcError):  # the appointment stands without it
            await asyncio.to_thread(services.cases.attach, held["id"], made)


def abstain_from() -> Reply:
    reply = abstain("no_current", Behaviour.CLARIFY)
    reply.messages = [TextMessage(text=say("cases.no_procedure"))]
    return reply


def _over(tracker: Tracker) -> Events:
    """No interview after this action, also where one is under way; another form stays."""
    form = (tracker.active_loop or {}).get("name")
    if form == BOOKING_FORM:
        return [FollowupAction(BOOKING_FORM)]
    ends: Events = [ActiveLoop(None), SlotSet("requested_slot", None)] if form == FORM else []
    return [*ends, FollowupAction("action_listen")]


def _with_text(text: str, reply: Reply) -> Reply:
    messages: list[Message] = [TextMessage(text=text), *reply.messages]
    return reply.model_copy(update={"messages": messages})


def _pressed(heard: Heard, interview: Interview, answers: dict[str, str]) -> dict[str, str] | None:
    """The answers after an answer's button, also one of an earlier question; None for a button that fits no more."""
    question = interview.question(heard.entities.get(QUESTION, ""))
    chosen = heard.entities.get(ANSWER, "")
    if question is None or (chosen != UNSURE and question.answer(chosen) is None):
        return None
    changed = {**answers, question.id: chosen}
    settled = interview.settled(changed)
    return settled if question.id in settled else None
