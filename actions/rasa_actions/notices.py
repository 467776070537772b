"""Notices in the dialogue: a dossier watched or not any more, reminders stopped or asked for."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.appointments.reminders import REMINDERS, STOP_REMINDERS
from actions.clock import HANOI
from actions.dossiers.answers import error_reply
from actions.dossiers.watch import TAIL, WATCHES, Watch, Watched
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.origin import origin_of
from actions.rasa_actions.base import Events, Heard, TthcAction
from actions.rasa_actions.channel_choice import ChannelChoice, elsewhere
from actions.rasa_actions.overruling import overrule
from actions.wording import say
from knowledge_base.errors import TthcError

WATCH = "watch"  # slot `pending` while it is asked whether a dossier is to be watched


class ActionNotices(TthcAction):
    """One action for all that is said about notices; the intent tells which."""

    title = "action_notices"

    async def act(self, heard: Heard, tracker: Tracker) -> tuple[Reply, Events]:
        answered = await overrule(self, heard, tracker)
        if answered:
            return answered
        if heard.intent == "watch_dossier":
            return await self.watch(heard)
        if heard.intent == "stop_watching":
            return await self._stop_watching(heard), []
        if heard.intent == "show_watched":
            return await self._watched(heard), []
        if heard.intent == "remind_me":
            return await self._remind(heard), []
        if heard.intent == "move_notices":
            return await ChannelChoice(self.services).go(heard), []
        return await self._stop_all(heard), []

    async def watch(self, heard: Heard, agreed: bool = False) -> tuple[Reply, Events]:
        """Asks first; then watches the dossier whose status was told in this conversation."""
        watches = self.services.watches
        if not watches.serves(heard.conversation):
            return _said("notices.not_here"), []
        if heard.entities.get("value") == "no" or heard.intent in ("deny", "stop"):
            return _said("notices.watch_not_wanted"), [SlotSet("pending", None)]
        proof = await self.services.memory.get(f"proof:{heard.conversation}")
        if not isinstance(proof, dict):
            check = Choice(title=say("notices.button_check"), command=Command(intent="check_status"))
            return _said("notices.watch_needs_proof", [check]), []
        try:
            origin = await origin_of(heard.conversation, self.services.memory)
            answer = await self.services.dossiers.check(proof["code"], proof["factor"], heard.conversation, origin)
        except TthcError as error:
            return error_reply(error), [SlotSet("pending", None)]
        if answer.info is not None and answer.info.ends:
            return _said("notices.watch_over"), [SlotSet("pending", None)]
        if not (agreed or heard.entities.get("value") == "yes"):
            choices = [
                Choice(
                    title=say("notices.button_watch_yes"),
                    command=Command(intent="watch_dossier", entities={"value": "yes"}),
                ),
                Choice(
                    title=say("notices.button_watch_no"),
                    command=Command(intent="watch_dossier", entities={"value": "no"}),
                ),
            ]
            text = await asyncio.to_thread(watches.consent_text, heard.conversation, answer.code)
            return _reply(ChoicesMessage(text=text, choices=choices)), [SlotSet("pending", WATCH)]
        outcome = await asyncio.to_thread(watches.start, heard.conversation, answer)
        over = [SlotSet("pending", None)]
        if outcome is Watched.FULL:
            return _said("notices.watch_full", await self._stops(heard), limit=WATCHES), over
        if outcome is Watched.OVER:
            return _said("notices.watch_over"), over
        stop = Choice(title=say("notices.button_stop_watching"), command=Command(intent="stop_watching"))
        if outcome is Watched.ALREADY:
            return _said("notices.watch_already", [stop], code=answer.code), over
        choices = [stop, *elsewhere(self.services, heard.conversation)]
        return _said("notices.watch_started", choices, code=answer.code), over

    async def _stop_watching(self, heard: Heard) -> Reply:
        stopped = await asyncio.to_thread(self.services.watches.stop, heard.conversation, heard.entities.get("watch"))
        return _said("notices.watch_stopped" if stopped else "notices.watch_none")

    async def _watched(self, heard: Heard) -> Reply:
        watched = await asyncio.to_thread(self.services.watches.of, heard.conversation)
        if not watched:
            return _said("notices.watch_none")
        lines = [
            say("notices.watch_line", tail=_tail(watch), date=f"{watch.created_at.astimezone(HANOI):%d/%m/%Y}")
            for watch in watched
        ]
        return _said("notices.watch_list", await self._stops(heard), lines="\n".join(lines))

    async def _stops(self, heard: Heard) -> list[Choice]:
        return [
            Choice(
                title=say("notices.button_stop_one", tail=_tail(watch)),
                command=Command(intent="stop_watching", entities={"watch": watch.id}),
            )
            for watch in await asyncio.to_thread(self.services.watches.of, heard.conversation)
        ]

    async def _remind(self, heard: Heard) -> Reply:
        reminders = self.services.reminders
        if not reminders.serves(heard.conversation):
            return _said("notices.not_here")
        coming = await asyncio.to_thread(reminders.again, heard.conversation)
        if not coming:
            return _said("notices.no_appointment")
        stop = Choice(title=say("notices.button_stop_reminders"), command=STOP_REMINDERS)
        text = await asyncio.to_thread(reminders.consent_text, heard.conversation)
        choices = [stop, *elsewhere(self.services, heard.conversation)]
        return _reply(ChoicesMessage(text=text, choices=choices))

    async def _stop_all(self, heard: Heard) -> Reply:
        both = heard.entities.get("value") != REMINDERS
        watched = await asyncio.to_thread(self.services.watches.stop, heard.conversation) if both else 0
        reminded = await asyncio.to_thread(self.services.reminders.stop, heard.conversation)
        if both:  # what is agreed to later goes where it is agreed to
            await self.services.pairing.end(heard.conversation)
        if not (watched or reminded):
            return _said("notices.nothing_to_stop")
        again = Choice(title=say("notices.button_remind"), command=Command(intent="remind_me"))
        return _said("notices.all_stopped" if watched else "notices.reminders_stopped", [again] if reminded else [])


def just_asked(tracker: Tracker) -> bool:
    """Whether the question right before this message was one of ours: a later yes is no consent."""
    done = [event.get("name") for event in tracker.events if event.get("event") == "action"]
    return next((name for name in reversed(done) if name != "action_listen"), None) == ActionNotices.title


def _tail(watch: Watch) -> str:
    return watch.code[-TAIL:]


def _said(key: str, choices: list[Choice] | None = None, **values: object) -> Reply:
    text = say(key, **values)
    return _reply(ChoicesMessage(text=text, choices=choices) if choices else TextMessage(text=text))


def _reply(message: Message) -> Reply:
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.STATUS))
