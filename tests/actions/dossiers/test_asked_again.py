"""What is said where a code or a proof is not given: once, and with a way on."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.clock import FixedClock
from actions.memory import ProcessMemory
from actions.messages import Reply
from actions.rasa_actions import status
from actions.wording import say
from tests.actions.some_services import some_services


async def told(clock: FixedClock, action: type[Any], text: str, intent: str, wanted: str) -> str:
    message = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": []}
    loop = {"name": "status_form"}
    tracker = Tracker("web:a", {"requested_slot": wanted}, message, [], False, None, loop, "action_listen")
    dispatcher = CollectingDispatcher()
    await action(some_services(clock=clock, memory=ProcessMemory())).run(dispatcher, tracker, {})
    return Reply.model_validate(dispatcher.messages[0]["custom"]).plain_text if dispatcher.messages else ""


@pytest.mark.parametrize(("text", "intent"), [("1234", "inform"), ("h26.16.261103.12", "check_status")])
async def test_a_code_that_cannot_be_read_is_asked_for_once(clock: FixedClock, text: str, intent: str) -> None:
    assert "chưa đúng dạng" in await told(clock, status.ActionRereadStatus, text, intent, status.CODE)
    assert await told(clock, status.ActionAskDossierCode, text, intent, status.CODE) == ""


@pytest.mark.parametrize(("text", "intent"), [("tôi không nhớ mã", "deny"), ("mất giấy hẹn rồi", "inform")])
async def test_who_has_no_code_is_told_where_it_stands_and_what_to_do_without(
    clock: FixedClock, text: str, intent: str
) -> None:
    assert await told(clock, status.ActionRereadStatus, text, intent, status.CODE) == say("dossiers.ask_code_again")


async def test_after_another_question_the_code_is_asked_for_again(clock: FixedClock) -> None:
    asked = await told(clock, status.ActionAskDossierCode, "lệ phí bao nhiêu", "ask_fee", status.CODE)
    assert asked == say("dossiers.ask_code")
    assert await told(clock, status.ActionRereadStatus, "tra cứu hồ sơ", "check_status", status.CODE) == ""


async def test_who_forgot_the_digits_is_told_the_way_around(clock: FixedClock) -> None:
    again = await told(clock, status.ActionAskDossierFactor, "tôi quên mất rồi", "inform", status.FACTOR)
    assert again == say("dossiers.ask_factor_again")
    first = await told(clock, status.ActionAskDossierFactor, "tra cứu hồ sơ", "check_status", status.CODE)
    assert first == say("dossiers.ask_factor")
