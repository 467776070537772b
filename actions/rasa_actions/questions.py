"""Questions about procedures."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.cases.dialogue import start_choice
from actions.messages import Behaviour, CardMessage, Reply
from actions.procedures.answers import abstain, answer, clarify
from actions.procedures.subject import Subject, find_subject, is_contrast, is_correction, pick_offered
from actions.procedures.wants import Aspect, aspect_of, cued, wants_in
from actions.rasa_actions.base import DOSSIER, PROCEDURE, Events, Heard, TthcAction, failed
from actions.rasa_actions.status import ActionStatus
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.focus import subject_words
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch


def about_dossier(tracker: Tracker) -> bool:
    """Whether the talk is about a dossier: "bao giờ xong?" then means that dossier, not a procedure."""
    in_form = (tracker.active_loop or {}).get("name") == "status_form"
    return bool(in_form or tracker.get_slot("topic") == DOSSIER)


class ActionAnswer(TthcAction):
    """Answers, asks which procedure is meant, or says that none fits."""

    title = "action_answer"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        search = self.services.search()
        if heard.pressed:
            return self._chosen(search, heard)
        if about_dossier(tracker) and not subject_words(heard.text):
            return await ActionStatus(self.services).again(heard, tracker)
        current: str | None = tracker.get_slot("procedure")
        offered: list[str] = tracker.get_slot("offered") or []
        aspect = self._aspect(heard, tracker, bool(offered))
        open_question = offered and not current and not subject_words(heard.text)
        if open_question and not pick_offered(heard.text, offered, search):  # "2" has no subject, and settles it
            return self._offer_again(search, offered, aspect)
        if not (current or offered or subject_words(heard.text)) and heard.intent != "nlu_fallback":
            return abstain("no_current", Behaviour.CLARIFY), [SlotSet("aspect", aspect.value)]
        subject = await asyncio.to_thread(find_subject, search, heard.text, current, offered)
        if subject.code:
            if not subject.followed and is_contrast(heard.text) and not cued(heard.text):
                aspect = aspect_of(heard.intent) or Aspect.OVERVIEW  # another procedure: the old want no longer binds
            return self._answer(search, subject, aspect, heard)
        if subject.candidates:
            again = [c.code for c in subject.candidates] == offered
            codes = [c.code for c in subject.candidates]
            return clarify(subject.candidates, aspect, again), [SlotSet("offered", codes), SlotSet("aspect", aspect)]
        if subject.reason == "unknown_code":
            return abstain("unknown_code", Behaviour.DECLINE), []
        return abstain(), []

    def _offer_again(self, search: ProcedureSearch, offered: list[str], aspect: Aspect) -> tuple[Reply, Events]:
        """A want without a subject while the subject is still open: the want is noted, the question stands."""
        candidates = [search.candidate(code) for code in offered if search.get(code)]
        return clarify(candidates, aspect, again=True), [SlotSet("aspect", aspect.value)]

    def _aspect(self, heard: Heard, tracker: Tracker, offered: bool) -> Aspect:
        found = aspect_of(heard.intent)
        if found is None:
            named = cued(heard.text)
            likely = heard.likeliest("ask_")
            found = named[0] if named else aspect_of(likely) if likely else None
        kept = tracker.get_slot("aspect")
        if kept and not cued(heard.text):
            loose = found in (None, Aspect.OVERVIEW) and (offered or is_contrast(heard.text))
            if loose or is_correction(heard.text):
                return Aspect(kept)
        return found or Aspect.OVERVIEW

    def _answer(self, search: ProcedureSearch, subject: Subject, aspect: Aspect, heard: Heard) -> tuple[Reply, Events]:
        procedure = search.get(subject.code or "")
        if procedure is None:
            return abstain("unknown_code", Behaviour.DECLINE), []
        names = {c.code: p.name for c in procedure.confusions if (p := search.get(c.code))}
        reply = answer(procedure, wants_in(heard.text, aspect), heard.text, names)
        return self._with_case(reply, procedure), [
            SlotSet("procedure", procedure.code),
            SlotSet("aspect", aspect.value),
            SlotSet("offered", None),
            SlotSet("topic", PROCEDURE),
        ]

    def _with_case(self, reply: Reply, procedure: Procedure) -> Reply:
        """The answer, with the button of the procedure's interview where there is one."""
        card = reply.messages[-1]
        if isinstance(card, CardMessage) and self.services.cases.interview(procedure):
            card.choices.insert(0, start_choice(procedure))
        return reply

    def _chosen(self, search: ProcedureSearch, heard: Heard) -> tuple[Reply, Events]:
        code = heard.entities.get("procedure_code")
        if code is None:  # a button of a form that is over
            return failed(BadInput(ErrorCode.PAYLOAD_UNKNOWN)), []
        procedure = search.get(code)
        if procedure is None:
            return abstain("unknown_code", Behaviour.DECLINE), []
        aspect = Aspect(heard.entities.get("aspect", Aspect.OVERVIEW))
        names = {c.code: p.name for c in procedure.confusions if (p := search.get(c.code))}
        return self._with_case(answer(procedure, [aspect], "", names), procedure), [
            SlotSet("procedure", procedure.code),
            SlotSet("aspect", aspect.value),
            SlotSet("offered", None),
            SlotSet("topic", PROCEDURE),
        ]
