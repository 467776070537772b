"""Another channel for notices, chosen in words or by a button."""

from __future__ import annotations

import re

from actions.dossiers.veil import veil
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.notices.outbox import channel_of
from actions.notices.pairing import GOOD
from actions.notices.port import Door
from actions.notices.routes import channel_name
from actions.rasa_actions.base import Heard
from actions.services import Services
from actions.wording import say
from knowledge_base.text import fold

BACK, HERE, WEB = "back", "here", "web"
NAMED = {  # folded words by which a channel is meant
    "zalo": re.compile(r"\b(?:zalo|da ?lo)\b"),
    "telegram": re.compile(r"\b(?:telegram|tele)\b"),
    "messenger": re.compile(r"\b(?:messenger|mess|facebook|fb|face)\b"),
    WEB: re.compile(r"\b(?:web|website|trang)\b"),
    HERE: re.compile(r"\b(?:o day|ve day|tai day|lai day)\b"),
    BACK: re.compile(r"\b(?:cho cu|nhu cu|ban dau)\b"),
}
_NOT = re.compile(r"\b(?:khong|ko|it|chang|dung (?:gui|nhan|bao))\b")  # before a channel: not that one


class ChannelChoice:
    """What the intent `move_notices` leads to."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def go(self, heard: Heard) -> Reply:
        wanted = heard.entities.get("value") or named(heard.text)
        if wanted in (HERE, channel_of(heard.conversation)):
            own = await self.services.pairing.end_own(heard.conversation)
            return _reply(say("notices.moved_back" if own else "notices.not_moved"))
        if wanted in (BACK, WEB):
            return await self._back(heard.conversation)
        offered = others(self.services, heard.conversation)
        door = next((door for door in offered if door.name == wanted), None)
        if door is not None:
            return await self._pair(heard.conversation, door)
        choices = [_over(door) for door in offered]
        if wanted:
            return _reply(say("notices.channel_off", channel=channel_name(wanted)), choices)
        return _reply(say("notices.ask_channel" if offered else "notices.no_other_channel"), choices)

    async def _pair(self, conversation: str, door: Door) -> Reply:
        code = await self.services.pairing.begin(conversation, door.name)
        name, minutes = channel_name(door.name), int(GOOD.total_seconds() // 60)
        url = door.door(code)
        choices = [Choice(title=say("notices.button_open", channel=name), url=url)] if url else []
        told = _reply(say("notices.pair_how", channel=name, minutes=minutes, code=code), choices)
        return await veil(told, conversation, self.services.memory)

    async def _back(self, conversation: str) -> Reply:
        own, sources = await self.services.pairing.end(conversation)
        if sources and not own:
            told = ", ".join(channel_name(channel) for channel in sources)
            return _reply(say("notices.moved_back_there", channel=told))
        return _reply(say("notices.moved_back" if own else "notices.not_moved"))


def others(services: Services, conversation: str) -> list[Door]:
    """Channels that are on, the one that is talked on left out; none for who hears no notices at all."""
    if not services.reminders.serves(conversation):
        return []
    return [door for door in services.doors if door.reachable and door.name != channel_of(conversation)]


def elsewhere(services: Services, conversation: str) -> list[Choice]:
    """The button beside what has just been agreed to; none where there is no other channel."""
    if not others(services, conversation):
        return []
    return [Choice(title=say("notices.button_elsewhere"), command=Command(intent="move_notices"))]


def named(text: str) -> str:
    """The first channel that the words want, `HERE`, `BACK`, or empty: none.  "Không nhận qua Zalo nữa" does not want
    Zalo."""
    for clause in re.split(r"[,.;!?]", fold(text)):
        found = [(match.start(), channel) for channel, words in NAMED.items() if (match := words.search(clause))]
        for start, channel in sorted(found):
            if not _NOT.search(clause[:start]):
                return channel
    return ""


def _over(door: Door) -> Choice:
    command = Command(intent="move_notices", entities={"value": door.name})
    return Choice(title=say("notices.button_over", channel=channel_name(door.name)), command=command)


def _reply(text: str, choices: list[Choice] | None = None) -> Reply:
    message: Message = ChoicesMessage(text=text, choices=choices) if choices else TextMessage(text=text)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.STATUS))
