"""Leaving a message for an officer, feedback or a comment: the form `message_form`.

What is written stays out of Rasa's slots: it waits, without personal numbers, in short-lived memory until it is sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import re

import structlog
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions.intake.receipts import Kind
from actions.intake.requests import KEEP_DAYS, MESSAGE_LIMIT, Request
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.metrics import REQUESTS
from actions.personal import normalise_phone
from actions.personal_numbers import PHONE_MARK, forget, reveal
from actions.rasa_actions.base import Events, Heard, TthcAction, failed
from actions.rasa_actions.base import forget as forget_slots
from actions.rasa_actions.people import (
    CALLBACK,
    DRAFT_S,
    KIND,
    LAST_RECEIPT,
    RATING,
    SAID,
    channel_of,
    remember_receipt,
    state_text,
    summary_of,
    without_numbers,
)
from actions.rasa_actions.ratings import RATED
from actions.talk.noise import is_noise
from actions.talk.session import DAY_S, Session
from actions.wording import say
from knowledge_base.errors import TthcError, Unavailable
from knowledge_base.text import expand, fold, words

log = structlog.get_logger()
WHAT, TEXT, PHONE, CONFIRM = "message_kind", "message_text", "message_phone", "message_confirm"
SLOTS = (WHAT, TEXT, PHONE, CONFIRM)
DRAFT = "message-draft"
UNSENT = "message-unsent"  # a draft that the database could not take; it need not be written again
PER_DAY = 5  # messages of one conversation
GIVEN, NONE, YES = "given", "none", "yes"
SURE = 0.55  # confidence from which a short "thôi" ends the form rather than being the message
SHORT = 6  # words
SHOWN = 200  # characters of the message shown for checking
_CALL_BACK = re.compile(
    r"\b(?:goi (?:dien )?lai|lien (?:he|lac) lai|de lai (?:so|sdt|dien thoai)|goi cho (?:toi|em|minh))\b"
)
_COMPLAINT = re.compile(r"\b(?:phan anh|khieu nai)\b")
_FEEDBACK = re.compile(r"\b(?:gop y|loi khen|khen)\b")
_WHEN = re.compile(r"\b(?:bao gio|khi nao|luc nao|may gio|bao lau)\b")
BEFORE = {PHONE: TEXT, CONFIRM: PHONE}  # the question before: "quay lại"
_REWRITE = re.compile(r"\b(?:viet|sua|ghi|doi|nhap) lai\b|\bsua (?:noi dung|loi nhan|tin)\b")
ENDS = {"stop", "start_over", "goodbye", "talk_to_human"}


def consent_text() -> str:
    return say("people.consent", days=KEEP_DAYS)


def consent_version() -> str:
    """Names the exact wording that was agreed to."""
    return "intake-" + hashlib.sha256(consent_text().encode()).hexdigest()[:12]


def behaviour_of(kind: str) -> Behaviour:
    return Behaviour.HANDOFF if kind in (Kind.HANDOVER, CALLBACK) else Behaviour.FEEDBACK


def kind_in(text: str) -> str:
    """Which kind of message the words ask for."""
    plain = fold(expand(text))
    if _CALL_BACK.search(plain):
        return CALLBACK
    if _COMPLAINT.search(plain):
        return Kind.COMPLAINT.value
    return Kind.FEEDBACK.value if _FEEDBACK.search(plain) else Kind.HANDOVER.value


class _MessageAction(TthcAction):
    def session(self, heard: Heard) -> Session:
        return Session(self.services.memory, heard.conversation)

    def kind(self, tracker: Tracker) -> str:
        return str(tracker.get_slot(WHAT) or Kind.HANDOVER.value)

    def asks(self, text: str, *choices: Choice) -> Reply:
        message: Message = ChoicesMessage(text=text, choices=list(choices)) if choices else TextMessage(text=text)
        return Reply(messages=[message], trace=Trace(behaviour=Behaviour.ASK_SLOT))


class ActionStartMessage(_MessageAction):
    """Which kind of message, and what of it is there already."""

    title = "action_start_message"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        told = await self._asked_when(heard)
        if told:
            return told, [FollowupAction("action_listen")]
        kind = heard.entities.get(KIND) or kind_in(heard.text)
        slots: dict[str, str | None] = {WHAT: kind, TEXT: None, PHONE: None, CONFIRM: None}
        unsent = await self.session(heard).kept(UNSENT)
        said = unsent or (await self.session(heard).kept(SAID) if kind in (Kind.FEEDBACK, Kind.COMPLAINT) else None)
        if said and kind != RATING:
            await self.session(heard).keep(DRAFT, said, DRAFT_S)
            slots[TEXT] = GIVEN
        if kind == CALLBACK:
            slots[TEXT] = NONE
        if kind == RATING:
            slots |= {PHONE: NONE, CONFIRM: YES}
        if PHONE_MARK in heard.text:
            slots[PHONE] = GIVEN
        return None, [SlotSet(name, value) for name, value in slots.items()]

    async def _asked_when(self, heard: Heard) -> Reply | None:
        """The state of the message left before, to "bao giờ gọi lại cho tôi"."""
        receipt = await self.session(heard).kept(LAST_RECEIPT)
        if not receipt or not _WHEN.search(fold(expand(heard.text))):
            return None
        found = await asyncio.to_thread(self.services.requests.find, str(receipt))
        state = state_text(found)
        return Reply(
            messages=[TextMessage(text=f"{state} {say('people.when_unknown')}")],
            trace=Trace(behaviour=Behaviour.HANDOFF),
        )


class ValidateMessageForm(_MessageAction):
    """Takes the message as it is, a phone or none, and the yes; anything else is for the rules."""

    title = "validate_message_form"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        wanted = tracker.get_slot("requested_slot")
        ends = heard.intent in ENDS and heard.confidence >= SURE and len(words(heard.text)) < SHORT
        if ends or heard.intent == "crisis":
            return None, []
        back = heard.intent == "go_back" and heard.confidence >= SURE
        if back and wanted in BEFORE and not (wanted == PHONE and self.kind(tracker) == CALLBACK):
            return None, [SlotSet(BEFORE[wanted], None)]  # who asks for a call has written nothing to go back to
        if wanted == TEXT:
            return None, await self._text(heard)
        if wanted == PHONE or PHONE_MARK in heard.text:
            return await self._phone(heard, tracker)
        if wanted == CONFIRM and _REWRITE.search(fold(expand(heard.text))):
            return None, [SlotSet(TEXT, None)]
        if wanted == CONFIRM and heard.intent in ("give_consent", "affirm"):
            return None, [SlotSet(CONFIRM, YES)]
        return None, []

    async def _text(self, heard: Heard) -> Events:
        if PHONE_MARK in heard.text and not heard.words:  # a number alone: call back
            return [SlotSet(WHAT, CALLBACK), SlotSet(TEXT, NONE), SlotSet(PHONE, GIVEN)]
        if heard.pressed or is_noise(heard.words) or heard.intent in ("deny", "affirm", "go_back"):
            return []
        if heard.intent == "leave_message" and heard.confidence >= SURE and len(words(heard.text)) < SHORT:
            return []  # the request once more
        await self.session(heard).keep(DRAFT, without_numbers(heard.text)[:MESSAGE_LIMIT], DRAFT_S)
        events = [SlotSet(TEXT, GIVEN)]
        return [*events, SlotSet(PHONE, GIVEN)] if PHONE_MARK in heard.text else events

    async def _phone(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        if PHONE_MARK in heard.text:
            number = await reveal(PHONE_MARK, heard.conversation, self.services.memory)
            try:
                normalise_phone(number or "")
            except TthcError as error:
                return failed(error), [SlotSet(PHONE, None)]
            return None, [SlotSet(PHONE, GIVEN)]
        if heard.intent == "deny" and self.kind(tracker) != CALLBACK:
            return None, [SlotSet(PHONE, NONE)]
        return None, []


class ActionAskText(_MessageAction):
    title = "action_ask_message_form_message_text"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        return self.asks(say(f"people.ask_text_{self.kind(tracker)}")), []


class ActionAskMessagePhone(_MessageAction):
    title = "action_ask_message_form_message_phone"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        again = heard.intent in ("inform", "nlu_fallback") and tracker.get_slot("requested_slot") == PHONE
        if self.kind(tracker) == CALLBACK:
            return self.asks(say("people.ask_phone_again" if again else "people.ask_phone_callback")), []
        no = Choice(title=say("people.button_no_phone"), command=Command(intent="deny"))
        return self.asks(say("people.ask_phone_again" if again else "people.ask_phone"), no), []


class ActionAskMessageConfirm(_MessageAction):
    """Shows what is about to be kept, and asks for consent."""

    title = "action_ask_message_form_message_confirm"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        lines = []
        if tracker.get_slot(TEXT) == GIVEN:
            draft = await self.session(heard).kept(DRAFT)
            if not draft:
                return self.asks(say("people.lost")), [SlotSet(TEXT, None)]
            shown = draft if len(draft) <= SHOWN else f"{draft[:SHOWN].rsplit(' ', 1)[0]}…"
            lines.append(say("people.line_text", text=shown))
        if tracker.get_slot(PHONE) == GIVEN:
            number = await reveal(PHONE_MARK, heard.conversation, self.services.memory)
            if number is None:
                return self.asks(say("people.ask_phone_again")), [SlotSet(PHONE, None)]
            lines.append(say("people.line_phone", tail=normalise_phone(number)[-3:]))
        else:
            lines.append(say("people.line_no_phone"))
        yes = Choice(title=say("people.button_send"), command=Command(intent="give_consent"))
        no = Choice(title=say("people.button_not_send"), command=Command(intent="stop"))
        text = say("people.ask_confirm", lines="\n".join(lines), consent=consent_text())
        return self.asks(text, yes, no), []


class ActionSendMessage(_MessageAction):
    """Keeps the message; the receipt number is the answer."""

    title = "action_send_message"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        kind, session, over = self.kind(tracker), self.session(heard), forget_slots(*SLOTS)
        draft = str(await session.kept(DRAFT) or "") if tracker.get_slot(TEXT) == GIVEN else ""
        phone = None
        if tracker.get_slot(PHONE) == GIVEN:
            phone = await reveal(PHONE_MARK, heard.conversation, self.services.memory)
        if not (draft or phone):
            return self._said(kind, say("people.lost")), over
        if kind == RATING:
            rated = await session.kept(RATED)
            if rated:
                await asyncio.to_thread(self.services.ratings.comment, str(rated), draft)
            await session.drop(DRAFT)
            return self._said(kind, say("people.commented")), over
        if await self.services.memory.count(f"messages:{heard.conversation}", DAY_S) > PER_DAY:
            return self._said(kind, say("people.too_many", limit=PER_DAY)), over
        try:
            left = await self._leave(kind, heard, tracker, draft, phone or "")
        except Unavailable as error:
            log.error("message not kept", code=error.code.value, detail=error.detail)
            await session.keep(UNSENT, draft, DRAFT_S)
            again = Choice(title=say("people.button_resend"), command=again_command(kind))
            return self._said(kind, say("people.not_sent"), again), over
        await session.drop(DRAFT, SAID, UNSENT)
        await forget(heard.conversation, self.services.memory)
        REQUESTS.labels(left.kind.value, left.channel).inc()
        await remember_receipt(self.services, heard.conversation, left.receipt)
        return self._said(kind, say("people.sent", receipt=left.receipt)), over

    async def _leave(self, kind: str, heard: Heard, tracker: Tracker, draft: str, phone: str) -> Request:
        summary = await asyncio.to_thread(summary_of, tracker, self.services)
        return await asyncio.to_thread(
            self.services.requests.leave,
            Kind.HANDOVER if kind == CALLBACK else Kind(kind),
            heard.conversation,
            channel_of(heard.conversation),
            summary,
            message=draft,
            phone=phone,
            consent=consent_version(),
        )

    def _said(self, kind: str, text: str, *choices: Choice) -> Reply:
        reply = self.asks(text, *choices)
        reply.trace = Trace(behaviour=behaviour_of(kind))
        return reply


def again_command(kind: str) -> Command:
    return Command(intent="leave_message", entities={KIND: kind})
