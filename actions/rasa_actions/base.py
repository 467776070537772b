"""What every rasa-sdk action here shares: reading the turn, sending a Reply, and failing kindly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import Behaviour, Reply, TextMessage, Trace
from actions.metrics import OUTCOMES
from actions.personal_numbers import ID_MARK, PHONE_MARK, without_marks
from actions.personal_numbers import forget as forget_numbers
from actions.services import Services
from actions.talk.foreigners import as_records_say
from actions.talk.session import UNFINISHED, Session
from actions.ticket_secrets import withhold
from actions.wording import say, say_error
from knowledge_base.errors import ErrorCode, TthcError

log = structlog.get_logger()
# What the talk is about (slot `topic`): "bao giờ xong?" means the dossier or the procedure accordingly.
DOSSIER, PROCEDURE = "dossier", "procedure"
Events = list[dict[str, Any]]
# Channels that say by themselves that an automatic assistant answers: the page all the time, the others at the first
# contact and durably (`connectors/messaging.py`).
SAID_BY_CHANNEL = ("web:", "zalo:", "messenger:")


@dataclass(frozen=True)
class Heard:
    """One turn as the dialogue runtime understood it.

    `text` is what the person typed (empty for a button); `entities` are a button's own or the extractor's.
    """

    conversation: str
    text: str
    intent: str
    confidence: float
    entities: dict[str, str] = field(default_factory=dict)
    ranking: tuple[tuple[str, float], ...] = ()
    pressed: bool = False

    @classmethod
    def of(cls, tracker: Tracker) -> Heard:
        message = tracker.latest_message or {}
        raw = str(message.get("text") or "")
        pressed = raw.startswith("/")
        intent = message.get("intent") or {}
        ranking = tuple((i["name"], float(i["confidence"])) for i in message.get("intent_ranking") or [])
        return cls(
            conversation=tracker.sender_id,
            text="" if pressed else str((message.get("metadata") or {}).get("text") or raw),
            intent=str(intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
            entities={e["entity"]: str(e["value"]) for e in message.get("entities") or []},
            ranking=ranking,
            pressed=pressed,
        )

    @property
    def words(self) -> str:
        """`text` as it is searched: without the marks of personal numbers, foreigners named as the records do."""
        return as_records_say(without_marks(self.text))

    def likeliest(self, prefix: str, least: float = 0.12) -> str | None:
        """The likeliest intent whose name begins with `prefix`, when the first one is a fallback."""
        for name, confidence in self.ranking:
            if name.startswith(prefix) and confidence >= least:
                return name
        return None


class TthcAction(Action):  # type: ignore[misc]
    """A thin action: `act` is domain code's business; errors become sentences here."""

    title = ""
    notes_numbers = False  # whether a personal number typed here was not needed, outside the forms
    ends_form = False

    def __init__(self, services: Services) -> None:
        self.services = services

    def name(self) -> str:
        return self.title

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heard = Heard.of(tracker)
        try:
            reply, events = await self.act(heard, tracker)
        except TthcError as error:
            log.warning("action failed", action=self.title, code=error.code.value, detail=error.detail)
            reply, events = failed(error), []
        if reply is not None:
            if reply.trace.outcome:
                OUTCOMES.labels(reply.trace.outcome).inc()
            await self._introduce(reply, heard, tracker)
            send(dispatcher, await withhold(reply, heard.conversation, self.services.memory), heard)
        return events

    async def _introduce(self, reply: Reply, heard: Heard, tracker: Tracker) -> None:
        """Said before the reply where it is due: whom one talks to (once), and that a number was not needed."""
        if not reply.messages:
            return
        session = Session(self.services.memory, heard.conversation)
        form = (tracker.active_loop or {}).get("name")
        if self.notes_numbers and not form and (PHONE_MARK in heard.text or ID_MARK in heard.text):
            await forget_numbers(heard.conversation, self.services.memory)
            reply.messages.insert(0, TextMessage(text=say("talk.numbers_not_needed")))
        said = heard.intent == "greet" or heard.conversation.startswith(SAID_BY_CHANNEL)
        if await session.first_contact() and not said:
            reply.messages.insert(0, TextMessage(text=say("talk.first_contact")))
        if form and not self.ends_form:
            await session.keep(UNFINISHED, form)
        else:
            await session.drop(UNFINISHED)

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply | None, Events]:
        raise AssertionError("an action defines act")


def send(dispatcher: CollectingDispatcher, reply: Reply, heard: Heard) -> None:
    reply.trace.intent = heard.intent
    reply.trace.confidence = round(heard.confidence, 3)
    dispatcher.utter_message(json_message=reply.dump())


def failed(error: TthcError) -> Reply:
    down = error.code in (
        ErrorCode.SEARCH_DOWN,
        ErrorCode.DATABASE_DOWN,
        ErrorCode.DOSSIER_SYSTEM_DOWN,
        ErrorCode.INTERNAL,
    )
    return Reply(
        messages=[TextMessage(text=say_error(error))],
        trace=Trace(behaviour=Behaviour.DEGRADED if down else Behaviour.DECLINE, error=error.code.value),
    )


def forget(*slots: str) -> Events:
    return [SlotSet(slot, None) for slot in slots]
