"""The JSON between Rasa 3.6.21 and our action endpoint, both ends real: Rasa's own call, and Rasa's own reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.messages import Behaviour, Choice, Reply
from actions.wording import sentences
from assistant.pipeline.rasa import HEADER, merged
from assistant.settings import ROOT
from tests.assistant.rasa_side import RasaSide
from tests.assistant.whole_platform import SECRET, Platform, running

DOMAIN = yaml.safe_load((ROOT / "training_data" / "domain.yml").read_text(encoding="utf-8"))
CODE = "H26.16-261103-0012"
BOOKING = {"booking_branch": "CN01", "booking_day": "2026-11-25", "booking_time": "09:00"}
PHONE = "<so-dien-thoai>"
Case = dict[str, Any]

# Action, what was said (a leading slash: pressed), its intent, and the dialogue it came into.
CASE = {
    "case_procedure": "1.001193",
    "case_answers": {"truong_hop": "theo_me", "nop": "truc_tiep", "nguoi_nop": "cha_me", "han": "chua"},
}
CASES: list[Case] = [
    {"action": "action_answer", "text": "Thủ tục đăng ký kết hôn", "intent": "ask_documents", "says": "answer"},
    {"action": "action_answer", "text": "1.001193 lệ phí", "intent": "ask_fee", "says": "answer"},
    {"action": "action_answer", "text": "thế mất bao lâu?", "intent": "ask_duration",
     "slots": {"procedure": "1.001193"}, "says": "answer"},
    *({"action": "action_answer", "text": text, "intent": intent, "says": "clarify"} for text, intent in (
        ("bao lâu?", "ask_duration"), ("lệ phí bao nhiêu", "ask_fee"), ("cần giấy tờ gì", "ask_documents"),
        ("nộp ở đâu", "ask_where"))),
    {"action": "action_answer", "text": "9.999999", "intent": "ask_overview", "says": "decline"},
    {"action": "action_answer", "text": "/choose_procedure", "intent": "choose_procedure",
     "entities": {"procedure_code": "1.001193", "aspect": "fee"}, "says": "answer"},
    {"action": "action_answer", "text": "/choose_time", "intent": "choose_time", "entities": {"time": "09:00"},
     "says": "decline"},
    {"action": "action_answer", "text": "tôi mới sinh con thì phải làm những gì", "intent": "ask_steps",
     "says": "answer"},
    {"action": "action_answer", "text": "bước tiếp theo", "intent": "ask_steps",
     "slots": {"journey": "birth", "procedure": "1.001193"}, "says": "answer"},
    {"action": "action_answer", "text": "lệ phí bao nhiêu", "intent": "ask_fee",
     "slots": {"journey": "birth", "offered": ["1.001193", "1.004222"]}, "says": "clarify"},
    {"action": "action_answer", "text": "asdfgh qwerty", "intent": "inform", "says": "decline"},
    {"action": "action_journey", "text": "/choose_journey", "intent": "choose_journey", "says": "clarify"},
    {"action": "action_journey", "text": "/choose_journey", "intent": "choose_journey",
     "entities": {"journey": "death"}, "says": "answer"},
    {"action": "action_journey", "text": "/choose_journey", "intent": "choose_journey",
     "entities": {"procedure_code": "1.004222"}, "says": "clarify"},
    {"action": "action_answer", "text": "xong chưa", "intent": "inform", "slots": {"topic": "dossier"},
     "says": "ask_slot"},
    *({"action": "action_talk", "text": "…", "intent": intent, "says": "small_talk"}
      for intent in ("greet", "thank", "goodbye", "ask_bot", "ask_help", "affirm", "deny", "stop", "go_back")),
    {"action": "action_talk", "text": "có", "intent": "affirm", "slots": {"pending": "cancel"}, "says": "booking"},
    *({"action": "action_decline", "text": "…", "intent": intent, "confidence": 0.95}
      for intent in ("out_of_domain", "abuse", "crisis", "legal_advice", "other_person_dossier", "other_place",
                     "injection", "foreign_language")),
    {"action": "action_decline", "text": "Thủ tục đăng ký kết hôn", "intent": "out_of_domain", "confidence": 0.4,
     "says": "answer"},
    {"action": "action_handoff", "text": "gặp người", "intent": "talk_to_human", "says": "handoff"},
    {"action": "action_feedback", "text": "tốt lắm", "intent": "give_feedback", "says": "handoff"},
    {"action": "action_branches", "text": "chi nhánh ở đâu", "intent": "find_branch", "says": "answer"},
    {"action": "action_branches", "text": "/find_branch", "intent": "find_branch",
     "entities": {"lat": "21.02851", "lon": "105.80482"}, "says": "answer"},
    {"action": "action_branches", "text": "mấy giờ mở cửa", "intent": "ask_opening_hours", "says": "answer"},
    {"action": "action_start_message", "text": "/leave_message", "intent": "leave_message",
     "entities": {"kind": "callback"}},
    *({"action": "validate_message_form", "text": text, "intent": "inform", "loop": "message_form",
       "requested": slot, "slots": {"message_kind": "feedback"}} for text, slot in (
        ("Quầy 3 rất chu đáo", "message_text"), ("<so-dien-thoai>", "message_phone"), ("có", "message_confirm"))),
    {"action": "action_ask_message_form_message_text", "text": "/leave_message", "intent": "leave_message",
     "slots": {"message_kind": "complaint"}, "says": "ask_slot"},
    {"action": "action_ask_message_form_message_phone", "text": "…", "intent": "inform", "says": "ask_slot"},
    {"action": "action_ask_message_form_message_confirm", "text": "…", "intent": "inform",
     "slots": {"message_text": "given"}, "says": "ask_slot"},
    {"action": "action_send_message", "text": "/give_consent", "intent": "give_consent",
     "slots": {"message_kind": "handover", "message_text": "given"}, "says": "handoff"},
    {"action": "action_stop_form", "text": "thôi", "intent": "stop", "loop": "message_form", "says": "small_talk"},
    {"action": "action_stop_form", "text": "gặp người", "intent": "talk_to_human", "loop": "booking_form",
     "says": "handoff"},
    {"action": "action_receipt", "text": "/choose_receipt", "intent": "choose_receipt",
     "entities": {"receipt": "YC-261122-0001"}, "says": "decline"},
    {"action": "action_rate", "text": "/choose_rating", "intent": "choose_rating",
     "entities": {"rating": "abcd", "value": "satisfied", "matter": "answer"}, "says": "feedback"},
    {"action": "action_rate", "text": "/choose_rating", "intent": "choose_rating",
     "entities": {"rating": "nothing", "reason": "slow"}, "says": "decline"},
    {"action": "action_start_status", "text": f"hồ sơ {CODE}", "intent": "check_status"},
    {"action": "validate_status_form", "text": f"mã {CODE}", "intent": "inform", "loop": "status_form",
     "requested": "dossier_code"},
    {"action": "validate_status_form", "text": "1212", "intent": "inform", "loop": "status_form",
     "requested": "dossier_factor", "slots": {"dossier_code": CODE}},
    {"action": "action_ask_status_form_dossier_code", "text": "hồ sơ", "intent": "check_status", "says": "ask_slot"},
    {"action": "action_ask_status_form_dossier_factor", "text": CODE, "intent": "inform", "says": "status"},
    {"action": "action_reread_status", "text": "abc", "intent": "inform", "requested": "dossier_factor"},
    # the form ended on an error that was told; "bao giờ xong" about the same dossier asks for the proof again
    {"action": "action_status", "text": "1212", "intent": "inform", "slots": {"dossier_code": CODE}},
    {"action": "action_answer", "text": "bao giờ xong", "intent": "ask_duration",
     "slots": {"dossier_code": CODE, "topic": "dossier"}, "says": "status"},
    {"action": "action_start_booking", "text": "đặt lịch 9h ngày 25/11 ở chi nhánh số 1", "intent": "book_appointment"},
    {"action": "action_start_booking", "text": "/choose_branch", "intent": "choose_branch",
     "entities": {"branch": "CN01"}},
    {"action": "validate_booking_form", "text": "ngày 30/2", "intent": "inform", "loop": "booking_form",
     "requested": "booking_day", "slots": {"booking_branch": "CN01"}},
    {"action": "validate_booking_form", "text": "/choose_time", "intent": "choose_time", "loop": "booking_form",
     "entities": {"time": "10:00"}, "requested": "booking_time",
     "slots": {"booking_branch": "CN01", "booking_day": "2026-11-25"}},
    {"action": "action_ask_booking_form_booking_branch", "text": "đặt lịch", "intent": "book_appointment"},
    {"action": "action_ask_booking_form_booking_day", "text": "…", "intent": "inform", "slots": BOOKING},
    {"action": "action_ask_booking_form_booking_time", "text": "…", "intent": "inform", "slots": BOOKING},
    {"action": "action_ask_booking_form_booking_phone", "text": "…", "intent": "inform", "slots": BOOKING},
    {"action": "action_ask_booking_form_booking_confirm", "text": PHONE, "intent": "inform", "slots": BOOKING},
    {"action": "action_book", "text": "/give_consent", "intent": "give_consent", "slots": BOOKING, "says": "decline"},
    {"action": "action_stop_form", "text": "thôi", "intent": "stop", "loop": "booking_form", "slots": BOOKING,
     "says": "booking"},
    {"action": "action_stop_form", "text": "thôi", "intent": "stop", "loop": "status_form", "says": "status"},
    {"action": "action_stop_form", "text": "cứu", "intent": "crisis", "loop": "status_form", "says": "handoff"},
    {"action": "action_cancel_appointment", "text": "huỷ lịch", "intent": "cancel_appointment", "says": "booking"},
    {"action": "action_change_appointment", "text": "đổi lịch", "intent": "change_appointment", "says": "booking"},
    {"action": "action_show_appointment", "text": "xem lịch", "intent": "show_appointment", "says": "booking"},
    {"action": "action_start_case", "text": "lập danh sách giấy tờ", "intent": "make_checklist", "says": "clarify"},
    {"action": "action_start_case", "text": "/make_checklist", "intent": "make_checklist",
     "entities": {"procedure_code": "1.001193"}},
    # an answer changed after the end: the list at once, and no form after it
    {"action": "action_start_case", "text": "/choose_answer", "intent": "choose_answer", "slots": CASE,
     "entities": {"procedure_code": "1.001193", "question": "han", "answer": "qua"}, "says": "answer"},
    {"action": "validate_case_form", "text": "nộp qua mạng", "intent": "ask_online", "loop": "case_form",
     "requested": "case_done",
     "slots": {"case_procedure": "1.001193", "case_answers": {"truong_hop": "theo_me"}}},
    {"action": "validate_case_form", "text": "quay lại", "intent": "go_back", "loop": "case_form", "slots": CASE},
    {"action": "action_ask_case_form_case_done", "text": "…", "intent": "inform", "loop": "case_form",
     "slots": {"case_procedure": "1.001193", "case_answers": {}}, "says": "ask_slot"},
    {"action": "action_reread_form", "text": "abc", "intent": "nlu_fallback", "loop": "case_form", "says": "ask_slot"},
    {"action": "action_reread_form", "text": "abc", "intent": "nlu_fallback", "loop": "booking_form"},
    {"action": "action_checklist", "text": "2", "intent": "inform", "slots": CASE, "says": "answer"},
    {"action": "action_stop_form", "text": "thôi", "intent": "stop", "loop": "case_form", "says": "small_talk"},
    *({"action": "action_notices", "text": "…", "intent": intent, "says": "status"}
      for intent in ("watch_dossier", "stop_watching", "show_watched", "remind_me", "stop_notices", "move_notices")),
    {"action": "action_restart_conversation", "text": "làm lại từ đầu", "intent": "start_over", "says": "small_talk"},
]  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("contract")) as platform:
        yield platform


def events_of(case: Case) -> list[dict[str, Any]]:
    """The dialogue up to the call, as a tracker store holds it."""
    text, entities = case["text"], case.get("entities", {})
    parsed = {
        "text": text,
        "intent": {"name": case["intent"], "confidence": case.get("confidence", 0.9)},
        "intent_ranking": [{"name": case["intent"], "confidence": case.get("confidence", 0.9)}],
        "entities": [{"entity": name, "value": value} for name, value in entities.items()],
    }
    metadata = {} if text.startswith("/") else {"text": text}
    slots = {**case.get("slots", {}), **({"requested_slot": case["requested"]} if "requested" in case else {})}
    return [
        {"event": "action", "name": "action_session_start"},
        {"event": "session_started"},
        {"event": "action", "name": "action_listen"},
        *({"event": "slot", "name": name, "value": value} for name, value in slots.items()),
        *([{"event": "active_loop", "name": case["loop"]}] if "loop" in case else []),
        {"event": "user", "text": text, "parse_data": parsed, "metadata": metadata, "input_channel": "gateway"},
    ]


def run(platform: Platform, side: RasaSide, case: Case, sender: str) -> dict[str, Any]:
    """The case through both ends: what Rasa makes of our answer to its own call."""
    call = side.ask("call", case["action"], sender, events_of(case))
    with_domain = case["action"].startswith("validate_")  # Rasa sends those the domain whatever the endpoint says
    assert set(call) - {"domain"} == {"next_action", "sender_id", "tracker", "version"}
    assert ("domain" in call) is with_domain
    answer = platform.client.post("/internal/actions", json=call, headers={HEADER: SECRET})
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert set(result) == {"events", "responses"}
    for response in result["responses"]:
        assert set(response["custom"]) == {"messages", "trace"}
        assert not [value for name, value in response.items() if name != "custom" and value], response
    taken: dict[str, Any] = side.ask("take", case["action"], result)
    assert len(taken["events"]) == len(result["events"]), "Rasa drops events that it does not know"
    assert len(taken["messages"]) == len(result["responses"])
    return taken


def choices_of(reply: Reply) -> list[Choice]:
    return [choice for message in reply.messages for choice in getattr(message, "choices", [])]


def name_of(case: Case) -> str:
    return f"{case['action']}-{case['intent']}-{case.get('loop', '')}{case['text'][:12]}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_rasa_takes_what_our_actions_answer(platform: Platform, rasa_side: RasaSide, case: Case) -> None:
    taken = run(platform, rasa_side, case, f"web:{name_of(case)}")
    for event in taken["events"]:
        assert event["event"] in ("slot", "active_loop", "reset_slots", "followup")
        if event["event"] == "slot":
            assert event["name"] in {*DOMAIN["slots"], "requested_slot"}
    reply = merged(taken["messages"])
    assert reply.trace.error != "internal"
    if taken["messages"]:
        assert reply.trace.intent == case["intent"]
        assert isinstance(reply.trace.behaviour, Behaviour)
    if "says" in case:
        assert reply.messages
        assert all(message.text.strip() for message in reply.messages)
        assert reply.trace.behaviour == case["says"]
    for choice in choices_of(reply):
        assert (choice.command is None) != (choice.url is None)
        if choice.command:
            assert choice.command.intent in DOMAIN["intents"]
            assert set(choice.command.entities) <= set(DOMAIN["entities"])


def test_every_action_was_called() -> None:
    assert {case["action"] for case in CASES} == set(DOMAIN["actions"])


def test_a_button_of_a_form_that_is_over_is_told_as_that(platform: Platform, rasa_side: RasaSide) -> None:
    case = next(case for case in CASES if case["action"] == "action_answer" and case["intent"] == "choose_time")
    reply = merged(run(platform, rasa_side, case, "web:late")["messages"])
    assert reply.messages[0].text == sentences()["errors.payload_unknown"]
    assert reply.trace.error == "payload_unknown"


def test_slots_that_rasa_would_set_are_what_the_next_call_carries(platform: Platform, rasa_side: RasaSide) -> None:
    """A clarification is remembered by Rasa, and a number then chooses from it."""
    offered = ["1.001193", "1.000894"]
    case = {"action": "action_answer", "text": "2", "intent": "inform", "slots": {"offered": offered, "aspect": "fee"}}
    taken = run(platform, rasa_side, case, "web:number")
    slots = {event["name"]: event["value"] for event in taken["events"]}
    assert slots == {
        "procedure": "1.000894", "spoken": ["1.000894"], "aspect": "fee", "offered": None, "topic": "procedure",
        "asked": None, "leaning": None,
    }  # fmt: skip
    assert merged(taken["messages"]).trace.aspect == "fee"


def test_a_booking_in_one_sentence_holds_the_seat(platform: Platform, rasa_side: RasaSide) -> None:
    case = next(case for case in CASES if case["action"] == "action_start_booking")
    taken = run(platform, rasa_side, case, "web:seat")
    slots = {event["name"]: event["value"] for event in taken["events"] if event["value"]}
    assert {name: slots[name] for name in BOOKING} == BOOKING


def test_trackers_are_kept_without_waiting_for_the_disk(rasa_side: RasaSide, tmp_path: Path) -> None:
    """Each message adds its own events, a new session hides the old one, and Rasa's own store reads the same."""
    first = events_of(CASES[0])
    parsed = {"text": "phí bao nhiêu", "intent": {"name": "ask_fee", "confidence": 0.9}, "entities": []}
    later = [{"event": "user", "text": "phí bao nhiêu", "parse_data": parsed, "timestamp": 2_000_000_000.0}]
    anew = [
        {"event": "action", "name": "action_session_start", "timestamp": 2_000_000_100.0},
        {"event": "session_started", "timestamp": 2_000_000_101.0},
        {**later[0], "timestamp": 2_000_000_102.0},
    ]
    kept = rasa_side.ask("store", str(tmp_path / "tracker.sqlite"), "anh-1", [first, later, anew])
    session = [event["event"] for event in first][1:]  # from its start on
    assert kept["events"] == [session, [*session, "user"], ["session_started", "user"]]
    assert kept["unknown"] is None
    assert (kept["journal"], kept["synchronous"]) == ("wal", 1)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ({"events": [], "responses": []}, False),
        ({"events": [{"event": "slot", "name": "procedure", "value": "x"}], "responses": [{"text": "a"}]}, False),
        ({"events": [{"event": "no_such_event"}], "responses": []}, True),
        ({"events": {}, "responses": []}, True),
        ({"events": [], "responses": ["a"]}, True),
        ([], True),
    ],
)
def test_an_action_s_answer_is_still_validated(rasa_side: RasaSide, answer: Any, refused: bool) -> None:
    assert bool(rasa_side.ask("refuses", answer)) is refused
