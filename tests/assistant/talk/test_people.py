"""What is left for people: requests, messages, feedback, ratings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from actions.intake.requests import Requests, State
from actions.personal_numbers import PHONE_MARK
from actions.rasa_actions.leaving import PER_DAY
from knowledge_base.errors import ErrorCode, Unavailable
from tests.assistant.talk.conversation import SAY, Talk, requests_of, titles_of
from tests.assistant.whole_platform import Platform


def test_asking_for_a_person_is_recorded_once_without_what_was_said(platform: Platform, talk: Talk) -> None:
    talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    before = len(requests_of(platform).all())
    reply = talk.act("action_handoff", f"gặp cán bộ, tôi là Lan {PHONE_MARK}", "talk_to_human")
    talk.act("action_handoff", "gặp cán bộ", "talk_to_human")
    assert "19001009" in reply.plain_text
    assert "không khẳng định" in reply.plain_text, "the shipped hours are not confirmed"
    made = requests_of(platform).all(opened=True)[before:]
    assert [(request.state, request.channel, request.reason) for request in made] == [
        (State.ASKED, "telegram", "asked")
    ]
    assert made[0].summary.startswith("1.000894 Thủ tục đăng ký kết hôn (documents)")
    assert "Lan" not in str(made[0])


def test_a_message_is_written_checked_agreed_to_and_numbered(platform: Platform, talk: Talk) -> None:
    talk.act("action_handoff", "gặp cán bộ", "talk_to_human")
    talk.press("action_start_message", "Để lại lời nhắn")
    form = "message_form"
    talk.slots["requested_slot"] = "message_text"
    talk.act("validate_message_form", f"Hồ sơ đất ba tuần chưa xong, số {PHONE_MARK}", "check_status", form)
    assert (talk.slots["message_text"], talk.slots["message_phone"]) == ("given", "given")
    assert "đất" not in str(talk.slots)
    platform.client.portal.call(  # type: ignore[union-attr]
        platform.parts.memory.put, f"number:{PHONE_MARK}:{talk.sender}", "0912 345 678", 600
    )
    asked = talk.act("action_ask_message_form_message_confirm", "…", "inform", form)
    assert "Hồ sơ đất ba tuần chưa xong" in asked.plain_text
    assert "678" in asked.plain_text
    assert "0912" not in asked.plain_text
    assert "xóa sau 90 ngày" in asked.plain_text
    sent = talk.act("action_send_message", "", "give_consent")
    found = re.search(r"YC-261123-\d{4}", sent.plain_text)
    assert found
    state = talk.act("action_receipt", "", "choose_receipt", receipt=found.group())
    assert "chưa có cán bộ xử lý" in state.plain_text
    requests_of(platform).change(found.group(), State.DONE)
    assert "đã xử lý xong" in talk.act("action_receipt", "", "choose_receipt", receipt=found.group()).plain_text
    [left] = [request for request in requests_of(platform).all(opened=True) if request.receipt == found.group()]
    assert left.phone == "0912345678"
    assert "[số điện thoại]" in left.message
    again = talk.act("action_handoff", "gặp cán bộ", "talk_to_human")
    assert found.group() in again.plain_text
    assert talk.act("action_send_message", "", "give_consent").plain_text == SAY["people.lost"]


def test_feedback_that_was_typed_need_not_be_typed_again(talk: Talk) -> None:
    reply = talk.act(
        "action_feedback", "cán bộ quầy 3 thái độ rất tệ, bắt đi lại nhiều lần", "give_feedback", sure=0.97
    )
    assert "không thay cho đơn khiếu nại" in reply.plain_text
    talk.press("action_start_message", "Gửi phản ánh")
    assert (talk.slots["message_kind"], talk.slots["message_text"]) == ("complaint", "given")
    talk.slots["requested_slot"] = "message_phone"
    talk.act("validate_message_form", "không cần", "deny", "message_form")
    assert talk.slots["message_phone"] == "none"
    sent = talk.act("action_send_message", "", "give_consent")
    assert re.search(r"GY-261123-\d{4}", sent.plain_text)
    assert sent.trace.behaviour == "feedback"


def test_a_message_that_the_database_cannot_take_is_not_lost(
    platform: Platform, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise Unavailable(ErrorCode.DATABASE_DOWN, "OperationalError")

    talk.act("action_start_message", "", "leave_message", kind="handover")
    talk.slots["requested_slot"] = "message_text"
    talk.act("validate_message_form", "Hồ sơ đất ba tuần chưa xong", "check_status", "message_form")
    talk.slots["message_phone"] = "none"
    with monkeypatch.context() as broken:
        broken.setattr(Requests, "leave", down)
        assert talk.act("action_send_message", "", "give_consent").plain_text == SAY["people.not_sent"]
    talk.press("action_start_message", "Gửi lại")
    assert talk.slots["message_text"] == "given"
    talk.slots["message_phone"] = "none"
    assert "YC-" in talk.act("action_send_message", "", "give_consent").plain_text


def test_messages_of_one_conversation_are_limited(talk: Talk) -> None:
    said = []
    for number in range(PER_DAY + 1):
        talk.act("action_start_message", "", "leave_message", kind="feedback")
        talk.slots["requested_slot"] = "message_text"
        talk.act("validate_message_form", f"Góp ý thứ {number} về ghế ngồi chờ", "inform", "message_form")
        said.append(talk.act("action_send_message", "", "give_consent").plain_text)
    assert all("GY-" in text for text in said[:-1])
    assert str(PER_DAY) in said[-1]
    assert "GY-" not in said[-1]


def test_praise_is_no_complaint(talk: Talk) -> None:
    reply = talk.act("action_feedback", "tôi muốn khen chị ở quầy đất đai nhiệt tình", "give_feedback", sure=0.97)
    assert reply.plain_text == SAY["people.feedback"]


def test_a_rating_is_asked_once_for_a_matter_and_taken_once(talk: Talk) -> None:
    assert titles_of(talk.act("action_talk", "cảm ơn", "thank")) == [], "nothing was resolved yet"
    talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.act("action_talk", "cảm ơn", "thank")
    assert titles_of(talk.reply) == ["Rất hài lòng", "Hài lòng", "Không hài lòng"]
    asked = talk.reply
    talk.press("action_rate", "Không hài lòng")
    assert "Thiếu thông tin" in titles_of(talk.reply)
    assert talk.press("action_rate", "Khó hiểu").plain_text == SAY["ratings.thanks_unsatisfied"]
    talk.reply = asked
    assert talk.press("action_rate", "Rất hài lòng").plain_text == SAY["ratings.already"]
    talk.ask("lệ phí bao nhiêu", "ask_fee")
    assert titles_of(talk.act("action_talk", "tạm biệt", "goodbye")) == [], "the same matter"
    talk.ask("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    assert "Rất hài lòng" in titles_of(talk.act("action_talk", "cảm ơn nhé", "thank"))


def test_why_can_be_written_and_names_nobody(talk: Talk) -> None:
    talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.act("action_talk", "cảm ơn", "thank")
    talk.press("action_rate", "Hài lòng")
    talk.press("action_start_message", "Viết thêm")
    assert (talk.slots["message_phone"], talk.slots["message_confirm"]) == ("none", "yes")
    talk.slots["requested_slot"] = "message_text"
    talk.act("validate_message_form", "chữ hơi nhiều", "inform", "message_form")
    assert talk.act("action_send_message", "chữ hơi nhiều", "inform").plain_text == SAY["people.commented"]
