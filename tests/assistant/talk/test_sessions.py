"""A session that is over, and the way along an event of life."""

from __future__ import annotations

import pytest

from tests.assistant.talk.conversation import SAY, Talk
from tests.assistant.whole_platform import Platform


def test_who_comes_back_to_a_procedure_is_told_that_the_session_ended(talk: Talk) -> None:
    talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.slots = {}  # Rasa's session is over
    reply = talk.ask("thế lệ phí bao nhiêu?", "ask_fee")
    assert reply.trace.outcome == "session_ended"
    assert "Đăng ký kết hôn" in reply.plain_text
    assert talk.press("action_answer", "Hỏi tiếp").trace.procedure == "1.000894"


def test_who_comes_back_to_a_form_is_told_that_it_is_gone(talk: Talk) -> None:
    talk.act("action_ask_booking_form_booking_branch", "đặt lịch", "book_appointment", "booking_form")
    talk.slots = {}
    reply = talk.ask("ngày mai", "inform")
    assert reply.trace.outcome == "session_ended"
    assert "đặt lịch hẹn" in reply.plain_text
    assert talk.choice("Đặt lịch lại").command
    assert talk.ask("ngày mai", "inform").trace.outcome != "session_ended", "said once"


def test_who_comes_back_to_an_interview_begins_it_anew(talk: Talk) -> None:
    talk.act("action_start_case", "lập danh sách giấy tờ đăng ký kết hôn", "make_checklist")
    talk.act("action_ask_case_form_case_done", "lập danh sách giấy tờ đăng ký kết hôn", "make_checklist", "case_form")
    talk.slots = {}
    reply = talk.ask("lần đầu", "inform")
    assert reply.trace.outcome == "session_ended"
    assert "lập danh sách giấy tờ" in reply.plain_text
    again = talk.press("action_start_case", "Lập lại danh sách")
    assert (again.trace.behaviour, again.trace.procedure) == ("ask_slot", "1.000894")


def test_a_form_that_was_stopped_is_not_unfinished(talk: Talk) -> None:
    talk.act("action_ask_booking_form_booking_branch", "đặt lịch", "book_appointment", "booking_form")
    talk.act("action_stop_form", "thôi", "stop", "booking_form")
    assert talk.ask("bao lâu", "ask_duration").trace.outcome is None


def test_starting_over_forgets_what_was_spoken_of(talk: Talk) -> None:
    talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.act("action_restart_conversation", "làm lại từ đầu", "start_over")
    talk.slots = {}
    assert talk.ask("bao lâu", "ask_duration").plain_text == SAY["answers.no_current"]


def test_a_journey_is_told_opened_and_walked(talk: Talk) -> None:
    steps = talk.ask("nhà tôi có người mất cần làm thủ tục gì", "crisis")
    assert talk.slots["journey"] == "death"
    assert steps.trace.procedure is None
    first = talk.ask("1", "inform")
    assert first.trace.procedure == "1.000656"
    following = talk.press("action_answer", "Bước tiếp theo")
    assert following.trace.procedure == "1.003197"
    typed = talk.ask("bước tiếp theo", "ask_steps")
    assert typed.trace.procedure == "2.000821"
    talk.ask("bước tiếp theo", "ask_steps")
    assert "là bước cuối rồi" in talk.ask("rồi làm gì tiếp", "ask_steps").plain_text


@pytest.mark.parametrize("action", ["action_talk", "action_decline", "action_feedback", "action_answer"])
def test_an_event_is_heard_whatever_the_classifier_took_it_for(platform: Platform, action: str) -> None:
    intent = {"action_talk": "greet", "action_decline": "out_of_domain", "action_feedback": "give_feedback"}
    reply = Talk(platform, "web").act(action, "chuẩn bị mở quán ăn", intent.get(action, "inform"))
    assert reply.plain_text.startswith("Mở cửa hàng")
