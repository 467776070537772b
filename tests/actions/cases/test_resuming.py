"""What an interview and a booking make of each other, and "quay lại" below a finished list."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import Reply
from actions.rasa_actions import booking, cases, forms, talk
from actions.rasa_actions.cases import PAUSED
from actions.talk.session import Session
from actions.wording import say
from tests.actions.cases.test_case_dialogue import Talk

CODE = "9.000001"
FULL = {"viec": "cap_lai", "nguoi": "tu_nop", "nop": "truc_tiep", "han": "dung"}


async def run(
    held: Talk, action: type[Any], intent: str, text: str, loop: str | None, *before: str, **slots: Any
) -> tuple[Reply | None, dict[str, Any], str | None]:
    """(what was said, the slots set, the action that follows) of one action."""
    message = {"text": text, "intent": {"name": intent, "confidence": 0.95}, "entities": []}
    events = [{"event": "action", "name": name} for name in before]
    tracker = Tracker("web:a", slots, message, events, False, None, {"name": loop} if loop else {}, "action_listen")
    dispatcher = CollectingDispatcher()
    done = await action(held.services).run(dispatcher, tracker, {})
    reply = Reply.model_validate(dispatcher.messages[0]["custom"]) if dispatcher.messages else None
    kept = {event["name"]: event["value"] for event in done if event["event"] == "slot"}
    return reply, kept, next((event["name"] for event in done if event["event"] == "followup"), None)


async def test_back_typed_below_a_finished_list_asks_the_last_question_again() -> None:
    held = Talk()
    slots = {"case_procedure": CODE, "case_answers": FULL}
    before = ("action_checklist", "action_listen")
    _, kept, then = await run(held, talk.ActionTalk, "go_back", "quay lại", None, *before, **slots)
    assert then == "case_form"
    assert kept["case_answers"] == {key: FULL[key] for key in ("viec", "nguoi", "nop")}
    # the form begins with the same words, and must not go back once more
    _, again, _ = await run(held, cases.ValidateCaseForm, "go_back", "quay lại", "case_form", **{**slots, **kept})
    assert again["case_answers"] == kept["case_answers"]


async def test_back_typed_after_something_else_is_asked_about() -> None:
    slots = {"case_procedure": CODE, "case_answers": FULL}
    before = ("action_checklist", "action_listen", "action_answer", "action_listen")
    said, _, then = await run(Talk(), talk.ActionTalk, "go_back", "quay lại", None, *before, **slots)
    assert then is None
    assert said is not None
    assert said.plain_text == say("talk.go_back")


async def test_a_booking_waits_for_the_list_and_goes_on_after_it() -> None:
    held = Talk()
    said, kept, _ = await run(held, cases.ActionStartCase, "make_checklist", "", "booking_form", procedure=CODE)
    assert said is not None
    assert said.plain_text == say("cases.booking_paused")
    slots = {**kept, "case_answers": FULL}
    made, _, then = await run(held, cases.ActionChecklist, "inform", "1", "case_form", **slots)
    assert made is not None
    assert made.messages[-1].text == say("cases.booking_resumed")
    assert then == "booking_form"
    _, _, then = await run(held, cases.ActionChecklist, "inform", "1", "case_form", **slots)
    assert then is None


async def test_a_list_that_is_stopped_leaves_the_booking_and_a_word_goes_back_to_it() -> None:
    held = Talk()
    session = Session(held.memory, "web:a")
    await session.keep(PAUSED, True)
    said, _, then = await run(held, forms.ActionStopForm, "stop", "thôi", "case_form")
    assert said is not None
    assert [message.text for message in said.messages] == [say("cases.stopped"), say("cases.booking_resumed")]
    assert then == "booking_form"
    await session.keep(PAUSED, True)
    _, kept, _ = await run(held, booking.ActionStartBooking, "book_appointment", "quay lại đặt lịch", "case_form")
    assert kept == {}
