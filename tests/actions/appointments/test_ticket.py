from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace

import icalendar
import pytest

from actions.appointments.branches import branches
from actions.appointments.consent import consent_text, consent_version
from actions.appointments.port import Appointment, State
from actions.appointments.ticket import (
    calendar_file,
    qr_svg,
    say_date,
    ticket_calendar,
    ticket_message,
    ticket_text,
    view_url,
)
from actions.wording import say_error, sentences
from knowledge_base.errors import ErrorCode, TthcError

from .conftest import at

TICKET = Appointment(
    id="abcdefghijklmnop",
    branch_id="CN01",
    starts_at=at(8, 15),
    ends_at=at(8, 30),
    state=State.CONFIRMED,
    number="A-017",
    procedure_code="1.000001",
    expires_at=None,
    updated_at=at(7),
    version=3,
    view_key="0123456789abcdef0123",
)
BRANCH = branches().get("CN01")
URL = "https://tro-ly.example.vn/"


def test_every_fact_is_in_the_plain_text() -> None:
    message = ticket_message(TICKET, BRANCH, "K7MP3QXA", URL, "Đăng ký khai sinh")
    for fact in (
        "A-017",
        "08:15",
        "Thứ Tư, 25/11/2026",
        "Chi nhánh Trung tâm Phục vụ hành chính công số 1",
        "258 Võ Chí Công",
        "Đăng ký khai sinh",
        "K7MP3QXA",
        "huỷ",
    ):
        assert fact in message.text
    assert (message.number, message.state, message.secret) == ("A-017", "confirmed", "K7MP3QXA")
    assert message.starts_at == at(8, 15)
    assert message.choices[0].url == f"{URL}ve/{TICKET.id}?key={TICKET.view_key}"


def test_the_calendar_file() -> None:
    url = f"{URL}ve/{TICKET.id}.ics?key={TICKET.view_key}"
    file = calendar_file(TICKET, URL)
    assert file is not None
    assert (file.name, file.media_type, file.url) == ("lich-hen-A-017.ics", "text/calendar", url)
    assert file.text == f"Thêm vào lịch: {url}"
    assert calendar_file(TICKET, "") is None
    assert calendar_file(replace(TICKET, state=State.CANCELLED), URL) is None


def test_an_unverified_address_is_never_stated() -> None:
    for office in ("CN02", "CN03"):
        branch = branches().get(office)
        message = ticket_message(replace(TICKET, branch_id=office), branch, "", URL)
        assert message.address == ""
        assert "85 Dịch Vọng Hậu" not in message.text
        assert "19001009" in message.text


def test_times_are_shown_in_hanoi() -> None:
    late = replace(TICKET, starts_at=dt.datetime(2026, 11, 24, 18, 30, tzinfo=dt.UTC))
    assert "01:30, Thứ Tư, 25/11/2026" in ticket_text(late, BRANCH)
    assert say_date(dt.datetime(2026, 11, 22, 17, 0, tzinfo=dt.UTC)) == "Thứ Hai, 23/11/2026"


@pytest.mark.parametrize("state", [State.HELD, State.CANCELLED, State.EXPIRED])
def test_other_states_promise_nothing(state: State) -> None:
    ticket = replace(TICKET, state=state, expires_at=at(7, 40) if state is State.HELD else None)
    message = ticket_message(ticket, BRANCH, "", URL)
    assert message.choices == []
    assert "thành công" not in message.text
    assert ("07:40" in message.text) is (state is State.HELD)


def test_the_qr_code_holds_link_and_number_but_no_secret() -> None:
    uri = qr_svg(TICKET, URL)
    assert uri.startswith("data:image/svg+xml")
    assert "<svg" in _svg(uri)
    assert qr_svg(TICKET, "") != uri
    assert view_url(TICKET, URL) == f"{URL}ve/{TICKET.id}?key={TICKET.view_key}"
    assert ticket_message(TICKET, BRANCH, "K7MP3QXA", URL).qr_svg == uri


def _svg(uri: str) -> str:
    from urllib.parse import unquote

    head, _, body = uri.partition(",")
    return base64.b64decode(body).decode() if head.endswith("base64") else unquote(body)


def test_calendar_entry() -> None:
    calendar = icalendar.Calendar.from_ical(ticket_calendar(TICKET, BRANCH))
    [event] = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == at(8, 15)
    assert event.decoded("dtend") == at(8, 30)
    assert str(event["uid"]).startswith(TICKET.id)
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 3)
    assert "258 Võ Chí Công" in str(event["location"])
    assert "A-017" in str(event["summary"])
    assert len(event.walk("VALARM")) == 2
    cancelled = replace(TICKET, state=State.CANCELLED, version=4)
    [event] = icalendar.Calendar.from_ical(ticket_calendar(cancelled, BRANCH)).walk("VEVENT")
    assert str(event["status"]) == "CANCELLED"
    assert event.walk("VALARM") == []


def test_the_consent_text_has_a_version() -> None:
    assert "30 ngày" in consent_text()
    assert consent_version() == consent_version()
    assert len(consent_version()) <= 40


def test_every_error_of_a_booking_has_a_sentence() -> None:
    data = {"days": 6, "minutes": 30, "limit": 2}
    for code in (
        *(code for code in ErrorCode if code.name.startswith(("SLOT_", "BOOKING_", "DATE_"))),
        ErrorCode.HOLD_EXPIRED,
        ErrorCode.IDEMPOTENCY_MISMATCH,
        ErrorCode.PHONE_MALFORMED,
        ErrorCode.CONSENT_MISSING,
        ErrorCode.BRANCH_UNKNOWN,
    ):
        assert f"errors.{code.value}" in sentences()
        assert "{" not in say_error(TthcError(code, **data))
