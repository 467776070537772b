"""The way to a person: what is said at "gặp cán bộ" and to feedback, and the state of what was left."""

from __future__ import annotations

import asyncio
import re

import structlog
from rasa_sdk import Tracker

from actions.intake.hours import staffed
from actions.intake.receipts import Kind
from actions.intake.requests import Request
from actions.journeys.journey import journeys
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.personal_numbers import ID_MARK, PHONE_MARK
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.services import Services
from actions.talk.session import DAY_S, Session
from actions.wording import say
from knowledge_base.errors import TthcError
from knowledge_base.text import expand, fold, words

log = structlog.get_logger()
KIND, VALUE = "kind", "value"
CALLBACK, RATING = "callback", "rating"  # a message of another shape: a phone alone, a comment alone
LAST_RECEIPT = "receipt"  # of this conversation
SAID = "said-feedback"  # what was typed as feedback, so that it need not be typed again
WORTH_SENDING = 6  # words of a message that is feedback by itself
DRAFT_S = 30 * 60
_COMPLAINT = re.compile(
    r"\b(?:khieu nai|to cao|phan anh|thai do|te|kem|cham tre|tre hen|qua lau|sach nhieu|nhung nhieu|hach sach|quat|"
    r"vo trach nhiem|buc|buc xuc|gay kho de|lam kho|khong chap nhan|that vong|vong vo|dun day|boi duong|phong bi)\b"
)

_LEFT = re.compile(
    r"\b(?:loi nhan|tin nhan|phan anh|gop y|khieu nai|yeu cau|ma (?:do|nay|vua|hoi nay|luc nay))\b.*"
    r"\b(?:chua|den dau|toi dau|ra sao|the nao)\b|\bai (?:da )?(?:xem|doc|tra loi|goi lai)\b.*\bchua\b"
)


def channel_of(conversation: str) -> str:
    return conversation.split(":", 1)[0][:32]


def without_numbers(text: str) -> str:
    """`text` as it may be kept: marks of personal numbers become words."""
    return text.replace(PHONE_MARK, say("people.number_phone")).replace(ID_MARK, say("people.number_id"))


def summary_of(tracker: Tracker, services: Services) -> str:
    """What the talk was about, from slots alone: procedure and want, journey, form.  No words of the citizen."""
    parts = []
    code = tracker.get_slot("booking_procedure") or tracker.get_slot("procedure")
    procedure = services.search().get(code) if code else None
    if procedure:
        parts.append(f"{procedure.code} {procedure.name[:120]} ({tracker.get_slot('aspect') or 'overview'})")
    journey = journeys().get(tracker.get_slot("journey"))
    if journey:
        parts.append(f"journey: {journey.id}")
    form = (tracker.active_loop or {}).get("name")
    if form:
        parts.append(f"form: {form}")
    if tracker.get_slot("topic"):
        parts.append(f"topic: {tracker.get_slot('topic')}")
    return "; ".join(parts)


def message_choice(title: str, kind: str) -> Choice:
    return Choice(title=title, command=Command(intent="leave_message", entities={KIND: kind}))


async def handoff_reply(services: Services, heard: Heard, tracker: Tracker, reason: str) -> Reply:
    """Keeps that a person was asked for, and says how one is reached, as far as it is known."""
    await _record(services, heard, tracker, reason)
    state = staffed(services.clock.now(), services.plan.opening, services.plan.calendar)
    ways = say("people.ways")
    if not state.known:
        text = say("people.hours_unknown", ways=ways)
    else:
        text = say("people.open_now" if state.now else "people.closed_now", hours=state.hours, ways=ways)
    left = await Session(services.memory, heard.conversation).kept(LAST_RECEIPT)
    if left:
        text = f"{text}\n{say('people.waiting_already', receipt=left)}"
    choices = [
        message_choice(say("people.button_message"), Kind.HANDOVER.value),
        message_choice(say("people.button_callback"), CALLBACK),
        Choice(title=say("talk.start_booking"), command=Command(intent="book_appointment")),
    ]
    return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=Trace(behaviour=Behaviour.HANDOFF))


async def _record(services: Services, heard: Heard, tracker: Tracker, reason: str) -> None:
    """A database that is down must not cost the citizen the way to a person."""
    try:
        summary = await asyncio.to_thread(summary_of, tracker, services)
        channel = channel_of(heard.conversation)
        await asyncio.to_thread(services.requests.ask, heard.conversation, channel, reason, summary)
    except TthcError as error:
        log.error("hand-over not recorded", code=error.code.value, detail=error.detail)


async def feedback_reply(services: Services, heard: Heard) -> Reply:
    """Thanks or regret, and the way to send it with a receipt number."""
    kind = Kind.COMPLAINT if _COMPLAINT.search(fold(expand(heard.text))) else Kind.FEEDBACK
    if len(words(heard.words)) >= WORTH_SENDING:
        session = Session(services.memory, heard.conversation)
        await session.keep(SAID, without_numbers(heard.text), DRAFT_S)
    choices = [
        message_choice(say(f"people.button_{kind.value}"), kind.value),
        Choice(title=say("talk.human"), command=Command(intent="talk_to_human")),
    ]
    message = ChoicesMessage(text=say(f"people.{kind.value}"), choices=choices)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.HANDOFF))


class ActionHandoff(TthcAction):
    title = "action_handoff"
    notes_numbers = True

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        reason = heard.entities.get(VALUE) or ("button" if heard.pressed else "asked")
        return await handoff_reply(self.services, heard, tracker, reason), []


def state_text(request: Request) -> str:
    return say(
        "people.state",
        kind=say(f"people.kind_{request.kind.value}"),
        receipt=request.receipt,
        date=f"{request.created_at:%d/%m/%Y}",
        state=say(f"people.state_{request.state.value}"),
    )


async def left_state(services: Services, heard: Heard) -> Reply | None:
    """The state of what was left here, to "mã đó đã có ai xem chưa"; None where nothing was, or else is meant."""
    if not _LEFT.search(fold(expand(heard.text))):
        return None
    receipt = await Session(services.memory, heard.conversation).kept(LAST_RECEIPT)
    if not receipt:
        return None
    return receipt_reply(await asyncio.to_thread(services.requests.find, str(receipt)))


def receipt_reply(found: Request) -> Reply:
    behaviour = Behaviour.HANDOFF if found.kind is Kind.HANDOVER else Behaviour.FEEDBACK
    message: Message = TextMessage(text=state_text(found))
    return Reply(messages=[message], trace=Trace(behaviour=behaviour))


class ActionReceipt(TthcAction):
    """The state of a request or of feedback, to whoever has its number: nothing of what was written."""

    title = "action_receipt"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        receipt = heard.entities.get("receipt", "")
        found = await asyncio.to_thread(self.services.requests.find, receipt)
        return receipt_reply(found), []


async def remember_receipt(services: Services, conversation: str, receipt: str) -> None:
    await Session(services.memory, conversation).keep(LAST_RECEIPT, receipt, DAY_S)
