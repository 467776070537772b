"""One-tap ratings: offered once for a resolved matter, given by a button, explained by another or in words."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker

from actions.intake.ratings import SCORES, Matter, Reason, Score
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.metrics import RATINGS
from actions.personal import new_id
from actions.rasa_actions.base import Events, Heard, TthcAction, failed
from actions.services import Services
from actions.talk.session import Session
from actions.wording import say
from knowledge_base.errors import BadInput, ErrorCode

RATED = "rated"  # the rating whose reason may still follow
MATTER = "matter"  # the last matter resolved by an answer, rated at "cảm ơn" or "tạm biệt"
REASON_S = 30 * 60
MATTER_S = 45 * 60  # as long as Rasa's session


async def resolved(services: Services, conversation: str, matter: Matter, code: str = "", name: str = "") -> None:
    """Notes that a matter was resolved; `name` tells it from others of its kind and is kept in memory only."""
    value = {"matter": matter.value, "code": code, "name": name or code}
    await Session(services.memory, conversation).keep(MATTER, value, MATTER_S)


async def offer(services: Services, conversation: str, reply: Reply) -> Reply:
    """`reply` with the three buttons behind it, where a matter was resolved that nobody was asked about yet."""
    session = Session(services.memory, conversation)
    held = await session.kept(MATTER)
    if not isinstance(held, dict):
        return reply
    await session.drop(MATTER)
    if await session.once(f"rate:{held['matter']}:{held['name']}"):
        rating = new_id()
        choices = [_choice(rating, score, held["matter"], held["code"]) for score in SCORES]
        reply.messages.append(ChoicesMessage(text=say("ratings.ask"), choices=choices))
    return reply


def _choice(rating: str, score: str, matter: str, code: str) -> Choice:
    entities = {"rating": rating, "value": score, "matter": matter, "procedure_code": code}
    return Choice(title=say(f"ratings.{score}"), command=Command(intent="choose_rating", entities=entities))


class ActionRate(TthcAction):
    """A button of a rating, or of its reason."""

    title = "action_rate"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        rating = heard.entities.get("rating", "")
        if "reason" in heard.entities:
            return await self._reason(rating, Reason(heard.entities["reason"])), []
        if not {"value", "matter"} <= heard.entities.keys():
            return failed(BadInput(ErrorCode.PAYLOAD_UNKNOWN)), []
        name, matter = heard.entities["value"], Matter(heard.entities["matter"])
        score = SCORES[name]
        code, channel = heard.entities.get("procedure_code", ""), heard.conversation.split(":", 1)[0]
        if not await asyncio.to_thread(self.services.ratings.add, rating, matter, code, score, channel):
            return _said(say("ratings.already")), []
        RATINGS.labels(matter.value, name).inc()
        await Session(self.services.memory, heard.conversation).keep(RATED, rating, REASON_S)
        return (_said(say("ratings.thanks")) if score is Score.VERY_SATISFIED else _why(rating)), []

    async def _reason(self, rating: str, reason: Reason) -> Reply:
        if not await asyncio.to_thread(self.services.ratings.give_reason, rating, reason):
            return failed(BadInput(ErrorCode.PAYLOAD_UNKNOWN))
        human = Choice(title=say("talk.human"), command=Command(intent="talk_to_human"))
        return _said(say("ratings.thanks_unsatisfied"), human)


def _why(rating: str) -> Reply:
    reasons = [
        Choice(
            title=say(f"ratings.reason_{reason.value}"),
            command=Command(intent="choose_rating", entities={"rating": rating, "reason": reason.value}),
        )
        for reason in Reason
    ]
    write = Choice(title=say("ratings.write"), command=Command(intent="leave_message", entities={"kind": "rating"}))
    return _said(say("ratings.why"), *reasons, write)


def _said(text: str, *choices: Choice) -> Reply:
    message: Message = ChoicesMessage(text=text, choices=list(choices)) if choices else TextMessage(text=text)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.FEEDBACK))
