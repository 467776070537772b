"""Degraded, not dead: a part that is down has a sentence of its own, and what does not need it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from actions.appointments.booking import Bookings
from actions.dossiers.fake import FakeDossierSystem
from actions.wording import say_error
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.search import ProcedureSearch
from tests.assistant.talk.conversation import SAY, Talk
from tests.assistant.whole_platform import Platform

CODE = "H26.16-190612-0044"


def down(code: ErrorCode) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable(code, "down for this test")

    return fail


def test_each_part_has_its_own_sentence() -> None:
    codes = ("dialogue_down", "search_down", "database_down", "dossier_system_down")
    said = {SAY[f"errors.{code}"] for code in codes}
    assert len(said) == len(codes)
    assert all("thử lại" in text or "nhắn lại" in text for text in said)


class TestSearchDown:
    @pytest.fixture(autouse=True)
    def search_down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ProcedureSearch, "signals", down(ErrorCode.SEARCH_DOWN))

    def test_a_new_question_is_told_so(self, talk: Talk) -> None:
        reply = talk.ask("muốn nuôi chim yến thì xin ở đâu", "ask_where")
        assert reply.plain_text == SAY["errors.search_down"]
        assert (reply.trace.behaviour, reply.trace.error) == ("degraded", "search_down")

    def test_what_is_spoken_of_is_answered_on(self, talk: Talk) -> None:
        talk.slots["procedure"] = "1.000894"
        assert talk.ask("thế lệ phí bao nhiêu", "ask_fee").trace.procedure == "1.000894"

    @pytest.mark.parametrize("intent", ["out_of_domain", "legal_advice", "other_place", "crisis", "abuse"])
    def test_what_is_not_ours_keeps_its_reply(self, talk: Talk, intent: str) -> None:
        reply = talk.act("action_decline", "chuyện không ai nộp ở Hải Phòng cả", intent, sure=0.6)
        assert reply.plain_text == SAY[f"talk.{intent}"]

    def test_an_appointment_is_begun_without_its_errand(self, talk: Talk) -> None:
        talk.act("action_start_booking", "đặt lịch làm khai sinh", "book_appointment")
        assert talk.slots["booking_procedure"] is None
        asked = talk.act("action_ask_booking_form_booking_branch", "đặt lịch", "book_appointment", "booking_form")
        assert "chi nhánh" in asked.plain_text

    def test_a_person_is_still_reached(self, talk: Talk) -> None:
        assert "19001009" in talk.act("action_handoff", "gặp cán bộ", "talk_to_human").plain_text


class TestDatabaseDown:
    @pytest.fixture(autouse=True)
    def database_down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("slots", "hold", "get"):
            monkeypatch.setattr(Bookings, name, down(ErrorCode.DATABASE_DOWN))

    def test_a_booking_is_told_so(self, talk: Talk) -> None:
        talk.slots |= {"booking_branch": "CN01", "booking_day": "2026-11-26", "requested_slot": "booking_time"}
        reply = talk.act("action_ask_booking_form_booking_time", "thứ năm", "inform", "booking_form")
        assert reply.plain_text == SAY["errors.database_down"]
        assert reply.trace.behaviour == "degraded"

    def test_a_question_is_answered(self, talk: Talk) -> None:
        assert talk.ask("đăng ký kết hôn nộp ở đâu", "ask_where").trace.procedure == "1.000894"


class TestDossierSystemDown:
    @pytest.fixture(autouse=True)
    def system_down(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(platform.parts.dossier_system, FakeDossierSystem)
        monkeypatch.setattr(platform.parts.dossier_system, "down", True)

    def test_a_status_is_told_so_and_the_form_ends(self, talk: Talk) -> None:
        talk.slots |= {"dossier_code": CODE, "requested_slot": "dossier_factor"}
        reply = talk.act("validate_status_form", "1234", "inform", "status_form")
        assert say_error(Unavailable(ErrorCode.DOSSIER_SYSTEM_DOWN)) in reply.plain_text
        assert talk.slots["requested_slot"] is None

    def test_a_question_is_answered(self, talk: Talk) -> None:
        assert talk.ask("đăng ký kết hôn nộp ở đâu", "ask_where").trace.procedure == "1.000894"
