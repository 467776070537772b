"""Who is introduced when, and what is said of a number nobody asked for."""

from __future__ import annotations

from actions.personal_numbers import ID_MARK, PHONE_MARK
from tests.assistant.talk.conversation import SAY, Talk, titles_of
from tests.assistant.whole_platform import Platform


def test_a_first_question_gets_one_line_about_the_assistant_and_never_again(platform: Platform) -> None:
    talk = Talk(platform)
    first = talk.ask("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    assert first.messages[0].text == SAY["talk.first_contact"]
    assert "trợ lý tự động" in first.messages[0].text
    assert len(first.messages) == 2
    assert len(talk.ask("lệ phí bao nhiêu", "ask_fee").messages) == 1


def test_a_greeting_says_all_of_it_and_the_page_says_it_itself(platform: Platform) -> None:
    talk = Talk(platform)
    [greeting] = talk.act("action_talk", "xin chào", "greet").messages
    for word in ("trợ lý tự động", "không phải cán bộ", "số căn cước", "đặt lịch hẹn"):
        assert word in greeting.text
    assert "Việc trong đời sống" in titles_of(talk.reply)
    assert len(talk.ask("đăng ký kết hôn cần giấy tờ gì").messages) == 1
    assert len(Talk(platform, "web").ask("đăng ký kết hôn cần giấy tờ gì").messages) == 1


def test_a_number_nobody_asked_for_is_said_to_be_needless_and_is_forgotten(talk: Talk) -> None:
    reply = talk.ask(f"số căn cước của tôi là {ID_MARK}, làm lại căn cước bị mất bao nhiêu tiền", "ask_fee")
    assert reply.messages[0].text == SAY["talk.numbers_not_needed"]
    assert reply.trace.procedure == "1.014064"
    assert ID_MARK not in reply.plain_text
    alone = talk.ask(PHONE_MARK, "inform")
    assert alone.messages[0].text == SAY["talk.numbers_not_needed"]


def test_a_number_that_a_form_wants_is_no_fault(talk: Talk) -> None:
    reply = talk.act("validate_booking_form", PHONE_MARK, "inform", "booking_form")
    assert SAY["talk.numbers_not_needed"] not in reply.plain_text
