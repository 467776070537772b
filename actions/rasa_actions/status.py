"""Reading a dossier's status: code, proof of ownership, answer."""

from __future__ import annotations

import asyncio
import re

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.dossiers.answers import (
    ask_code_reply,
    ask_factor_reply,
    confirm_code_reply,
    error_reply,
    status_reply,
)
from actions.dossiers.codes import DossierCode, find_dossier_codes, parse_dossier_code
from actions.dossiers.veil import veil
from actions.intake.ratings import Matter
from actions.messages import Behaviour, CardMessage, Choice, Command, Reply
from actions.origin import origin_of
from actions.personal_numbers import ID_MARK, PHONE_MARK, ask_digits, reveal
from actions.rasa_actions.base import DOSSIER, Events, Heard, TthcAction, forget
from actions.rasa_actions.people import left_state
from actions.rasa_actions.ratings import offer, resolved
from actions.wording import say
from knowledge_base.errors import BadInput, ErrorCode, NotFound, TthcError

CODE, FACTOR = "dossier_code", "dossier_factor"
WATCH = "watch"  # a notice's button names the watch, and no code
PENDING = "pending"  # while a code is to be confirmed, the code behind this mark
TO_CONFIRM = "code:"
PROVEN = "proven"  # what the slot holds instead of the digits
PROOF_S = 30 * 60
# Wants that the rule "something unreadable for the status form" sends to `ActionRereadStatus`.
REREAD = {"inform", "nlu_fallback", "affirm", "give_consent", "choose_day", "choose_time", "deny", "go_back"}
REREAD |= {"check_status"}
ENDS_FORM = (ErrorCode.DOSSIER_TOO_MANY_TRIES, ErrorCode.DOSSIER_SYSTEM_DOWN, ErrorCode.DOSSIER_ELSEWHERE)
_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ .]?\d){3,14}(?![\w-])")


class _StatusAction(TthcAction):
    async def proof(self, conversation: str) -> dict[str, str] | None:
        held = await self.services.memory.get(f"proof:{conversation}")
        return held if isinstance(held, dict) else None

    def code_in(self, heard: Heard) -> tuple[DossierCode | None, TthcError | None]:
        """The dossier code typed or pressed, or what is wrong with the one that is there, or neither."""
        text = heard.entities.get(CODE, "") if heard.pressed else heard.text
        today = self.services.clock.now().date()
        found = find_dossier_codes(text, today)
        try:
            code = parse_dossier_code(text, today)
        except TthcError as error:
            # without a code among the words only a code cut short, and nothing else, is one
            return None, error if found or error.data.get("missing") else None
        if not self.services.dossiers.covers(code):
            return None, NotFound(ErrorCode.DOSSIER_ELSEWHERE)
        return code, None

    def usable(self, heard: Heard, known: str | None) -> str | None:
        """The code of this turn, unless it must be confirmed first: typed without punctuation, and not `known`."""
        code, _ = self.code_in(heard)
        return None if code is None or (code.bare and str(code) != known) else str(code)

    async def factor_in(self, heard: Heard) -> str | None:
        """The digits a citizen gave as proof, if any."""
        for mark in (ID_MARK, PHONE_MARK):
            if mark in heard.text:
                return await reveal(mark, heard.conversation, self.services.memory)
        plain = heard.text
        for code in find_dossier_codes(plain, self.services.clock.now().date()):
            plain = plain[: code.start] + " " * (code.end - code.start) + plain[code.end :]
        match = _DIGITS.search(plain)
        return match.group() if match else None

    def unreadable(self, heard: Heard, tracker: Tracker) -> bool:
        """Whether a message was meant for the form and could not be read: no button, no second "tra cứu hồ sơ"."""
        asked_again = heard.intent == "deny" and str(tracker.get_slot(PENDING) or "").startswith(TO_CONFIRM)
        plain = heard.intent == "check_status" and not any(sign.isdigit() for sign in heard.text)
        return not (plain or heard.pressed or asked_again or self.code_in(heard)[0])

    def reread(self, heard: Heard, tracker: Tracker) -> bool:
        """Whether `ActionRereadStatus` has just said what is wrong, and with it what to send."""
        again = tracker.get_slot("requested_slot") == CODE and heard.intent in REREAD
        return again and self.unreadable(heard, tracker)


class ActionStartStatus(_StatusAction):
    """Takes a code from the question; a dossier proven before in this conversation needs no second proof."""

    title = "action_start_status"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        if heard.pressed and WATCH in heard.entities:
            watched = await asyncio.to_thread(self.services.watches.code_of, heard.conversation, heard.entities[WATCH])
            heard.entities[CODE] = watched or ""
        code, problem = self.code_in(heard)
        left = await left_state(self.services, heard) if code is None and problem is None else None
        if left:
            return left, [FollowupAction("action_listen")]
        proof = await self.proof(heard.conversation)
        topic = SlotSet("topic", DOSSIER)  # until a procedure is asked about in between
        if proof and problem is None and (code is None or str(code) == proof["code"]):
            return None, [SlotSet(CODE, proof["code"]), SlotSet(FACTOR, PROVEN), topic]
        return None, [SlotSet(CODE, self.usable(heard, None)), SlotSet(FACTOR, None), SlotSet(PENDING, None), topic]


class ValidateStatusForm(_StatusAction):
    """Reads code or proof; nothing of either lets Rasa's rules take the message as something else."""

    title = "validate_status_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        read, problem = self.code_in(heard)
        if heard.pressed and read is None:
            return None, []
        current = tracker.get_slot(CODE)
        code = self.usable(heard, current) or self._confirmed(heard, tracker)
        if problem is not None or (read is not None and code is None):
            return None, [SlotSet(CODE, None)]
        if heard.intent == "go_back" and tracker.get_slot("requested_slot") == FACTOR and read is None:
            return None, forget(CODE, FACTOR, PENDING)
        events: Events = []
        if code and code != current:
            current = code
            events = [SlotSet(CODE, code), SlotSet(FACTOR, None), SlotSet(PENDING, None)]
        if current and tracker.get_slot("requested_slot") == FACTOR:
            factor = await self.factor_in(heard)
            if factor:
                return await self._prove(current, factor, heard.conversation, events)
        return None, events

    def _confirmed(self, heard: Heard, tracker: Tracker) -> str | None:
        """The code asked about, when the citizen says yes in words."""
        pending = str(tracker.get_slot(PENDING) or "")
        if heard.intent != "affirm" or not pending.startswith(TO_CONFIRM):
            return None
        return pending.removeprefix(TO_CONFIRM)

    async def _prove(self, code: str, factor: str, conversation: str, events: Events) -> tuple[Reply | None, Events]:
        try:
            origin = await origin_of(conversation, self.services.memory)
            await self.services.dossiers.check(code, factor, conversation, origin)
        except TthcError as error:
            over = error.code in ENDS_FORM
            ends: Events = [ActiveLoop(None), SlotSet("requested_slot", None)] if over else []
            return error_reply(error), [*events, SlotSet(FACTOR, None), *ends]
        await self.services.memory.put(f"proof:{conversation}", {"code": code, "factor": factor}, PROOF_S)
        return None, [*events, SlotSet(FACTOR, PROVEN)]


class ActionAskDossierCode(_StatusAction):
    """Asks for the code, or whether one typed without punctuation was read rightly."""

    title = "action_ask_status_form_dossier_code"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        code, problem = self.code_in(heard)
        if code is None and problem is None and self.reread(heard, tracker):
            return None, [SlotSet(PENDING, None)]
        if code is None:
            return (error_reply(problem) if problem else ask_code_reply()), [SlotSet(PENDING, None)]
        yes = Command(intent="check_status", entities={CODE: str(code)})
        return confirm_code_reply(code, yes, Command(intent="deny")), [SlotSet(PENDING, f"{TO_CONFIRM}{code}")]


class ActionAskDossierFactor(_StatusAction):
    title = "action_ask_status_form_dossier_factor"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        await ask_digits(heard.conversation, self.services.memory)
        before = tracker.get_slot("requested_slot") == FACTOR and self.code_in(heard)[0] is None
        reply = ask_factor_reply(again=before and heard.intent in ("check_status", "inform", "nlu_fallback"))
        reply.trace.behaviour = Behaviour.STATUS  # the dossier is settled; what follows is about it
        return reply, []


class ActionRereadStatus(_StatusAction):
    """Says what could not be read, before the form asks again."""

    title = "action_reread_status"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        if not self.unreadable(heard, tracker):
            return None, []
        if tracker.get_slot("requested_slot") == FACTOR:
            return error_reply(BadInput(ErrorCode.DOSSIER_FACTOR_MALFORMED)), []
        if not any(sign.isdigit() for sign in heard.text):
            return ask_code_reply(without=True), []
        return error_reply(BadInput(ErrorCode.DOSSIER_CODE_MALFORMED)), []


class ActionStatus(_StatusAction):
    title = "action_status"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        """After the form.  Without a proof the form ended on an error, which has been told."""
        proof = await self.proof(heard.conversation)
        return (None, forget(CODE, FACTOR)) if proof is None else await self._told(proof, heard)

    async def again(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        """Asked again about the dossier under discussion."""
        proof = await self.proof(heard.conversation)
        return (self._unproven(tracker), []) if proof is None else await self._told(proof, heard)

    async def _told(self, proof: dict[str, str], heard: Heard) -> tuple[Reply, Events]:
        try:
            origin = await origin_of(heard.conversation, self.services.memory)
            answer = await self.services.dossiers.check(proof["code"], proof["factor"], heard.conversation, origin)
        except TthcError as error:
            return error_reply(error), forget(CODE, FACTOR)
        card = status_reply(answer)
        ended = answer.info is not None and answer.info.ends
        if not ended and self.services.watches.serves(heard.conversation):
            watch = Choice(title=say("notices.button_watch"), command=Command(intent="watch_dossier"))
            for message in card.messages:
                if isinstance(message, CardMessage):
                    message.choices.append(watch)
        await resolved(self.services, heard.conversation, Matter.DOSSIER, name=proof["code"])
        told = await veil(card, heard.conversation, self.services.memory)
        reply = await offer(self.services, heard.conversation, told)
        return reply, [*forget(FACTOR), SlotSet("topic", DOSSIER)]

    def _unproven(self, tracker: Tracker) -> Reply:
        reply = ask_factor_reply() if tracker.get_slot(CODE) else ask_code_reply()
        if tracker.get_slot(CODE):
            reply.trace.behaviour = Behaviour.STATUS
        return reply
