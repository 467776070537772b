"""The talk through the real action endpoint: who is introduced when, what is asked once, what is left for people."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from actions.intake.requests import Requests, State
from actions.messages import Choice, Reply
from actions.personal_numbers import ID_MARK, PHONE_MARK
from actions.rasa_actions.leaving import PER_DAY
from actions.wording import sentences
from assistant.pipeline.rasa import HEADER
from knowledge_base.decision import Verdict
from knowledge_base.errors import ErrorCode, Unavailable
from tests.assistant.whole_platform import SECRET, Platform, running

ROOM = itertools.count(1)
SAY = sentences()
# Things nobody files with us, near and far from what is filed.
UNKNOWN = [
    "xin giấy phép nuôi cá sấu trong chung cư", "xin cấp thẻ thành viên câu lạc bộ cờ vua",
    "xin lịch thi đấu của đội bóng", "mua vé xem phim cuối tuần",
]  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("talk")) as platform:
        yield platform


class Talk:
    """One conversation: slots are carried from call to call, as Rasa carries them."""

    def __init__(self, platform: Platform, channel: str = "telegram") -> None:
        self.platform, self.sender = platform, f"{channel}:{next(ROOM)}"
        self.slots: dict[str, Any] = {}
        self.reply = Reply()

    def act(self, action: str, text: str, intent: str, loop: str = "", sure: float = 0.9, **entities: str) -> Reply:
        message = {
            "text": text or f"/{intent}",
            "intent": {"name": intent, "confidence": sure},
            "intent_ranking": [{"name": intent, "confidence": sure}],
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "metadata": {"text": text} if text else {},
        }
        tracker = {
            "sender_id": self.sender, "slots": self.slots, "latest_message": message, "events": [], "paused": False,
            "followup_action": None, "active_loop": {"name": loop} if loop else {}, "latest_action_name": None,
        }  # fmt: skip
        call = {"next_action": action, "sender_id": self.sender, "tracker": tracker, "version": "3.6.21"}
        answer = self.platform.client.post("/internal/actions", json=call, headers={HEADER: SECRET})
        assert answer.status_code == 200, answer.text
        for event in answer.json()["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        replies = [Reply.model_validate(part["custom"]) for part in answer.json()["responses"]]
        self.reply = replies[0] if replies else Reply()
        return self.reply

    def ask(self, text: str, intent: str = "ask_overview", **more: Any) -> Reply:
        return self.act("action_answer", text, intent, **more)

    def press(self, action: str, title: str, loop: str = "") -> Reply:
        command = self.choice(title).command
        assert command is not None
        return self.act(action, "", command.intent, loop, **command.entities)

    def choice(self, title: str) -> Choice:
        return next(choice for choice in choices_of(self.reply) if title in choice.title)


@pytest.fixture
def talk(platform: Platform) -> Talk:
    talk = Talk(platform)
    talk.act("action_talk", "xin chào", "greet")
    return talk


def choices_of(reply: Reply) -> list[Choice]:
    return [choice for message in reply.messages for choice in getattr(message, "choices", [])]


def titles_of(reply: Reply) -> list[str]:
    return [choice.title for choice in choices_of(reply)]


def requests_of(platform: Platform) -> Requests:
    return Requests(platform.parts.database, platform.parts.keys, platform.parts.clock)


# who is talking


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


# personal numbers


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


# what is no question, and what cannot be found


@pytest.mark.parametrize(("action", "intent"), [("action_answer", "inform"), ("action_decline", "out_of_domain")])
def test_noise_has_its_own_reply(talk: Talk, action: str, intent: str) -> None:
    reply = talk.act(action, "asdfgh qwerty", intent)
    assert (reply.plain_text, reply.trace.outcome) == (SAY["talk.nonsense"], "nonsense")
    assert talk.act(action, "kjhkjhk", intent).plain_text == SAY["talk.stuck"]


def test_another_script_gets_the_short_english_answer(talk: Talk) -> None:
    reply = talk.ask("请问怎么登记", "nlu_fallback")
    assert (reply.plain_text, reply.trace.outcome) == (SAY["talk.foreign_language"], "foreign_language")


@pytest.mark.parametrize(
    "intent", ["out_of_domain", "legal_advice", "other_person_dossier", "other_place", "abuse", "crisis", "injection",
               "foreign_language"],
)  # fmt: skip
def test_each_kind_of_what_is_not_ours_has_its_own_words_and_outcome(talk: Talk, intent: str) -> None:
    reply = talk.act("action_decline", "điều không ai nộp ở đây cả", intent, sure=0.97)
    assert (reply.plain_text, reply.trace.outcome) == (SAY[f"talk.{intent}"], intent)
    assert reply.trace.procedure is None
    assert "113" in reply.plain_text or intent != "crisis"


@pytest.mark.parametrize("text", UNKNOWN)
def test_no_procedure_is_named_where_search_abstains(platform: Platform, text: str) -> None:
    search = platform.parts.knowledge.search()
    assert search.search(text).verdict is Verdict.ABSTAIN
    talk = Talk(platform, "web")
    names = [procedure.name.lower() for code in _codes(search) if (procedure := search.get(code))]
    for _ in range(3):
        reply = talk.ask(text, "nlu_fallback", sure=0.3)
        said = reply.plain_text.lower()
        assert reply.trace.procedure is None
        assert not re.search(r"\d\.\d{6}", said)
        assert not [name for name in names if name in said]
        assert not any(choice.command and "procedure_code" in choice.command.entities for choice in choices_of(reply))


def _codes(search: Any) -> list[str]:
    return [candidate.code for candidate in search.rank("thủ tục", limit=len(search))]


# asked once


def test_an_open_question_is_put_once_and_the_list_can_still_be_chosen_from(talk: Talk) -> None:
    talk.slots["offered"] = ["1.001193", "1.000894"]
    first = talk.ask("lệ phí bao nhiêu", "ask_fee")
    assert first.plain_text.startswith(SAY["answers.clarify"])
    second = talk.ask("mất bao lâu", "ask_duration")
    assert second.plain_text == SAY["talk.stuck_listed"]
    assert titles_of(second) == ["Gặp cán bộ", "Việc trong đời sống"]
    chosen = talk.ask("2", "inform")
    assert (chosen.trace.procedure, chosen.trace.aspect) == ("1.000894", "duration")
    assert talk.slots["asked"] is None


def test_what_cannot_be_found_twice_leads_to_a_person_and_the_list(talk: Talk) -> None:
    first = talk.ask(UNKNOWN[0], "nlu_fallback", sure=0.3)
    assert (first.plain_text, first.trace.outcome) == (SAY["answers.abstain"], "not_found")
    assert talk.ask(UNKNOWN[1], "nlu_fallback", sure=0.3).plain_text == SAY["talk.stuck"]
    assert talk.ask(UNKNOWN[2], "nlu_fallback", sure=0.3).plain_text == SAY["talk.stuck_person"]


# a session that is over


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


# events of life


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


# people


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


# ratings


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
