"""A code typed without its punctuation is read back before anything is asked about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.clock import FixedClock
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.model import Dossier
from actions.dossiers.status import DossierStatusService
from actions.dossiers.veil import CARD_MARK, unveil
from actions.dossiers.watch import Watches
from actions.memory import ProcessMemory
from actions.messages import Choice, ChoicesMessage, Command, Reply, TextMessage
from actions.origin import Origin, note
from actions.personal_numbers import digits_asked
from actions.rasa_actions import forms, status
from actions.services import Services
from actions.wording import say, say_error
from knowledge_base.errors import ErrorCode, NotFound, TthcError
from tests.actions.some_services import some_services

CODE = "H26.16-261110-0012"
BARE = "h26 16 261110 0012"


class Talk:
    """What Rasa keeps between the actions of a conversation: slots, and the button that was pressed."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.slots: dict[str, Any] = {}
        self.events: list[str] = []

    async def do(self, action: type[Any], said: str | Command = "", intent: str = "inform") -> Reply | None:
        entities: dict[str, str] = {}
        if isinstance(said, Command):
            intent, entities, said = said.intent, said.entities, f"/{said.intent}"
        message = {
            "text": said,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        slots = {"requested_slot": self.requested, **self.slots}
        tracker = Tracker("web:a", slots, message, [], False, None, {"name": "status_form"}, "action_listen")
        dispatcher = CollectingDispatcher()
        events = await action(self.services).run(dispatcher, tracker, {})
        self.events = [event["name"] for event in events if event["event"] == "slot"]
        self.slots |= {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        return Reply.model_validate(dispatcher.messages[0]["custom"]) if dispatcher.messages else None

    @property
    def requested(self) -> str:
        return "dossier_factor" if self.slots.get("dossier_code") else "dossier_code"

    @property
    def held(self) -> list[Any]:
        return [self.slots["dossier_code"], self.slots["pending"]]

    async def hear(self, said: str | Command, intent: str = "inform") -> Reply | None:
        """A turn inside the form: it is read; what cannot be read is said; then the next question."""
        told = await self.do(status.ValidateStatusForm, said, intent)
        if told is None and not self.events:
            told = await self.do(status.ActionRereadStatus, said, intent)
        if told is not None:
            return told
        ask = status.ActionAskDossierFactor if self.requested == "dossier_factor" else status.ActionAskDossierCode
        return await self.do(ask, said, intent)


@pytest.fixture
def talk(clock: FixedClock, make_dossier: Callable[..., Dossier], working_days: Callable[..., int]) -> Talk:
    dossiers = DossierStatusService(FakeDossierSystem([make_dossier(code=CODE)]), clock, working_days)
    unused: Any = None
    watches = Watches(unused, clock, unused, (), 1)
    services = some_services(dossiers=dossiers, clock=clock, memory=ProcessMemory(), watches=watches)
    return Talk(services)


def button(reply: Reply | None, key: str) -> Command:
    assert reply is not None
    (message,) = reply.messages
    assert isinstance(message, ChoicesMessage)
    assert message.text == say("dossiers.confirm_code", code=CODE)
    (choice,) = [choice for choice in message.choices if choice.title == say(f"dossiers.{key}")]
    assert isinstance(choice, Choice)
    assert choice.command is not None
    return choice.command


def text(reply: Reply | None) -> str:
    assert reply is not None
    return reply.plain_text


async def begin(talk: Talk, said: str | Command) -> Reply | None:
    await talk.do(status.ActionStartStatus, said, "check_status")
    return await talk.hear(said, "check_status")


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_bare_code_is_used_once_it_is_confirmed(talk: Talk, at_once: bool) -> None:
    first = f"tra hồ sơ {BARE}" if at_once else "hồ sơ của tôi đến đâu rồi"
    asked = await begin(talk, first)
    if not at_once:
        assert text(asked) == say("dossiers.ask_code")
        asked = await talk.hear(BARE)
    assert talk.slots["dossier_code"] is None
    assert text(await talk.hear(button(asked, "confirm_yes"))) == say("dossiers.ask_factor")
    assert talk.held == [CODE, None]
    await talk.hear("9012")
    assert talk.slots["dossier_factor"] == status.PROVEN


async def test_yes_in_words_is_a_yes(talk: Talk) -> None:
    await begin(talk, BARE)
    assert text(await talk.hear("đúng rồi", "affirm")) == say("dossiers.ask_factor")
    assert talk.slots["dossier_code"] == CODE


@pytest.mark.parametrize("pressed", [True, False])
async def test_no_asks_for_the_code_again(talk: Talk, pressed: bool) -> None:
    no = button(await begin(talk, BARE), "confirm_no")
    assert text(await talk.hear(no if pressed else "không phải", no.intent)) == say("dossiers.ask_code")
    assert talk.held == [None, None]
    await talk.hear("đúng rồi", "affirm")
    assert talk.slots["dossier_code"] is None, "what was refused cannot be affirmed later"


async def test_a_code_with_its_punctuation_is_not_asked_about(talk: Talk) -> None:
    assert text(await begin(talk, f"mã {CODE} ạ")) == say("dossiers.ask_factor")
    assert talk.slots["dossier_code"] == CODE


async def test_the_code_in_hand_may_be_repeated_bare(talk: Talk) -> None:
    await begin(talk, CODE)
    assert text(await talk.hear(f"{BARE} đó")) != say("dossiers.confirm_code", code=CODE)
    assert talk.slots["dossier_code"] == CODE


async def test_another_bare_code_puts_the_first_one_away(talk: Talk) -> None:
    await begin(talk, "H26.16-261103-0099")
    button(await talk.hear(BARE), "confirm_yes")
    assert talk.slots["dossier_code"] is None


async def test_the_button_still_works_after_the_form_has_ended(talk: Talk) -> None:
    yes = button(await begin(talk, BARE), "confirm_yes")
    await talk.do(forms.ActionStopForm, "thôi", "stop")
    assert talk.held == [None, None]
    assert text(await begin(talk, yes)) == say("dossiers.ask_factor")
    assert talk.slots["dossier_code"] == CODE


async def test_a_wrong_code_is_not_answered_with_a_dossier_proven_before(talk: Talk) -> None:
    await talk.services.memory.put("proof:web:a", {"code": CODE, "factor": "9012"}, 60)
    await talk.do(status.ActionStartStatus, "hồ sơ H26.16-261110 sao rồi", "check_status")
    assert talk.slots["dossier_factor"] is None
    await talk.do(status.ActionStartStatus, f"hồ sơ {BARE}", "check_status")
    assert [talk.slots["dossier_code"], talk.slots["dossier_factor"]] == [CODE, status.PROVEN]


async def test_a_code_that_no_system_here_knows_is_said_before_the_digits_are_asked(talk: Talk) -> None:
    talk.services.dossiers._system.covers = lambda code: False  # type: ignore[attr-defined,method-assign]
    said = await begin(talk, f"tra hồ sơ {CODE}")
    assert text(said) == say_error(NotFound(ErrorCode.DOSSIER_ELSEWHERE))
    assert talk.slots["dossier_code"] is None


async def test_wrong_digits_count_under_the_address_the_turn_came_from(talk: Talk, clock: FixedClock) -> None:
    memory = talk.services.memory
    for number in range(30):
        await talk.services.dossiers._limiter.take([f"code:{number}", "address:home"])
    await begin(talk, CODE)
    await note(Origin(address="home"), "web:a", memory)
    assert "thử sai nhiều lần" in text(await talk.hear("1234"))
    await note(Origin(address="office"), "web:a", memory)
    del talk.slots["requested_slot"]  # the form was ended; it begins anew
    await begin(talk, CODE)
    await talk.hear("9012")
    assert talk.slots["dossier_factor"] == status.PROVEN


async def test_the_question_for_the_digits_is_noted(talk: Talk) -> None:
    await begin(talk, CODE)
    assert await digits_asked("web:a", talk.services.memory)


@pytest.mark.parametrize("typed", ["26.16-261103-0012", "261103-0012"])
async def test_a_code_without_its_beginning_is_said_to_lack_it(talk: Talk, typed: str) -> None:
    await begin(talk, "hồ sơ của tôi đến đâu rồi")
    assert "còn thiếu mã cơ quan" in text(await talk.hear(typed))
    assert text(await talk.hear("tôi không nhớ")) != ""
    assert talk.slots["dossier_code"] is None


async def test_the_card_goes_past_rasa(talk: Talk) -> None:
    memory = talk.services.memory
    await begin(talk, CODE)
    await talk.hear("9012")
    through_rasa = await talk.do(status.ActionStatus)
    assert through_rasa is not None
    assert through_rasa.messages[0].text == CARD_MARK
    assert "Nguyễn" not in text(through_rasa)
    assert await unveil(through_rasa, "web:b", ProcessMemory()) != through_rasa
    told = await unveil(through_rasa, "web:a", memory)
    assert "Nguyễn V** A**" in text(told)
    assert CODE in text(told)
    lost = await unveil(through_rasa, "web:a", memory)
    assert lost.messages[0].text == say_error(TthcError(ErrorCode.DOSSIER_SYSTEM_DOWN))
    other = Reply(messages=[TextMessage(text=f"{CARD_MARK} ạ")])
    assert await unveil(other, "web:a", memory) is other
