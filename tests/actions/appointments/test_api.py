"""The HTTP API over a real booking system."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.opening import opening
from actions.appointments.slots import SlotPlan
from actions.clock import FixedClock
from actions.wording import say_error
from assistant.api import ticket_page
from assistant.api.appointments import router
from knowledge_base.errors import TthcError
from tests.plain_pages import check_plain_page

from .conftest import phone

BODY = {
    "branch_id": "CN01",
    "starts_at": "2026-11-25T09:00:00+07:00",
    "procedure_code": "1.000001",
    "name": "Nguyễn Thị Hoà",
    "phone": phone(1),
    "consent": True,
}


@pytest.fixture
def client(bookings: Bookings, clock: FixedClock) -> TestClient:
    app = FastAPI()
    plan = SlotPlan(branches(), calendar(), opening())
    app.include_router(router(bookings, branches(), "https://tro-ly.example.vn"))
    app.include_router(ticket_page.router(bookings, branches(), lambda branch: plan.open_dates(branch, clock.now())))

    @app.exception_handler(TthcError)
    def on_error(_request: Request, error: TthcError) -> JSONResponse:
        content = {"error": {"code": error.code.value, "message": say_error(error)}}
        return JSONResponse(content, status_code=error.http_status)

    return TestClient(app)


def post(client: TestClient, key: str = "key-00000001", **changes: object) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/v1/appointments", json=BODY | changes, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json()


def test_branches(client: TestClient) -> None:
    listed = client.get("/api/v1/branches").json()["branches"]
    assert [branch["id"] for branch in listed] == [f"CN{number:02d}" for number in range(1, 13)]
    assert listed[0]["address"].startswith("Tòa A khu Liên cơ")
    assert listed[1]["address"] == ""
    assert len(client.get("/api/v1/branches", params={"bookable": False}).json()["branches"]) == 168


def test_slots(client: TestClient) -> None:
    answer = client.get("/api/v1/branches/CN01/slots", params={"date": "2026-11-25"}).json()
    assert answer["date"] == "2026-11-25"
    assert len(answer["slots"]) == 28
    assert answer["slots"][0] == {
        "starts_at": "2026-11-25T08:00:00+07:00",
        "ends_at": "2026-11-25T08:15:00+07:00",
        "capacity": 4,
        "free": 4,
    }
    assert client.get("/api/v1/branches/CN01/slots", params={"date": "2026-11-24"}).json()["slots"] == []
    missing = client.get("/api/v1/branches/CN99/slots", params={"date": "2026-11-25"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "branch_unknown")
    assert client.get("/api/v1/branches/CN01/slots", params={"date": "2026-02-30"}).status_code == 422


def test_book_read_cancel(client: TestClient) -> None:
    status, booked = post(client)
    assert status == 201
    assert (booked["state"], booked["number"]) == ("confirmed", "A-001")
    ticket = booked["ticket"]
    assert isinstance(ticket, dict)
    assert ticket["type"] == "ticket"
    secret, path = {"X-Booking-Secret": str(booked["secret"])}, f"/api/v1/appointments/{booked['id']}"
    read = client.get(path, headers=secret)
    assert read.json()["starts_at"] == BODY["starts_at"]
    assert read.headers["cache-control"] == "no-store"
    assert "secret" not in read.json()
    wrong = client.get(path, headers={"X-Booking-Secret": "AAAAAAAA"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (403, "booking_secret_wrong")
    assert client.get(path).status_code == 422
    cancelled = client.post(f"{path}/cancel", json={"secret": booked["secret"]})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    again = client.post(f"{path}/cancel", json={"secret": booked["secret"]})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "booking_state")


def test_idempotency_key(client: TestClient) -> None:
    first = post(client)
    assert post(client) == first
    status, answer = post(client, phone=phone(2))
    assert status == 409
    assert answer["error"] == {
        "code": "idempotency_mismatch",
        "message": "Yêu cầu này trùng mã với một yêu cầu khác đã gửi. Mời bạn tải lại trang và đặt lại.",
    }
    assert client.post("/api/v1/appointments", json=BODY).status_code == 422


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"consent": False}, 422, "consent_missing"),
        ({"phone": "12345"}, 422, "phone_malformed"),
        ({"branch_id": "CN99"}, 404, "branch_unknown"),
        ({"starts_at": "2026-11-24T09:00:00+07:00"}, 422, "slot_closed"),
        ({"starts_at": "2026-11-22T09:00:00+07:00"}, 422, "slot_in_past"),
        ({"starts_at": "2026-12-10T09:00:00+07:00"}, 422, "slot_out_of_window"),
    ],
)
def test_refusals(client: TestClient, changes: dict[str, object], status: int, code: str) -> None:
    got, answer = post(client, **changes)
    error = answer["error"]
    assert isinstance(error, dict)
    assert (got, error["code"]) == (status, code)
    assert error["message"]


def test_a_time_without_zone_or_an_unknown_field_is_refused(client: TestClient) -> None:
    assert post(client, starts_at="2026-11-25T09:00:00")[0] == 422
    assert post(client, id_number="001")[0] == 422


def test_ticket_page_and_calendar_file(client: TestClient) -> None:
    _, booked = post(client, name="<script>")
    ticket = booked["ticket"]
    assert isinstance(ticket, dict)
    file = booked["calendar"]
    assert isinstance(file, dict)
    assert (file["type"], file["name"]) == ("file", "lich-hen-A-001.ics")
    link = file["url"].removeprefix("https://tro-ly.example.vn")
    calendar = client.get(link)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.text
    page = client.get(link.replace(".ics", ""))
    assert page.status_code == 200
    assert "A-001" in page.text
    check_plain_page(page, sends="'self'")
    for text in (calendar.text, page.text):
        assert str(booked["secret"]) not in text
        assert phone(1) not in text
    by_secret = client.get(link.split("?")[0], headers={"X-Booking-Secret": str(booked["secret"])})
    assert by_secret.status_code == 200
    assert client.get(link[:-1] + "_").status_code == 404
    assert client.get(link.split("?")[0]).status_code == 403


def test_a_ticket_is_moved_by_its_secret(client: TestClient) -> None:
    _, booked = post(client)
    path = f"/api/v1/appointments/{booked['id']}/move"
    wanted = {"secret": booked["secret"], "starts_at": "2026-11-26T10:00:00+07:00"}
    assert client.post(path, json=wanted | {"secret": "AAAA2222"}).status_code == 403
    moved = client.post(path, json=wanted)
    assert moved.json()["starts_at"] == "2026-11-26T10:00:00+07:00"
    assert moved.headers["cache-control"] == "no-store"


def test_the_page_moves_and_cancels_with_the_secret_only(client: TestClient) -> None:
    """The link alone reads; without the secret, or with a wrong one, nothing changes."""
    _, booked = post(client)
    ticket = booked["ticket"]
    assert isinstance(ticket, dict)
    links = [choice["url"].removeprefix("https://tro-ly.example.vn") for choice in ticket["choices"]]
    page = client.get(links[0])
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert 'value="2026-11-26T10:00:00+07:00"' in page.text
    assert 'value="2026-11-25T09:00:00+07:00"' not in page.text  # where it is already
    assert 'href="https://www.google.com/maps/' in page.text
    key = links[0].split("key=")[1]
    forms = {name: f"/ve/{booked['id']}/{name}" for name in ("doi", "huy")}
    wanted = {"key": key, "starts_at": "2026-11-26T10:00:00+07:00"}
    for secret in ("", "AAAA2222"):
        for path in forms.values():
            refused = client.post(path, data=wanted | {"secret": secret})
            assert refused.status_code == 403
            assert "09:00" in refused.text
    assert "09:00, Thứ Tư" in client.get(links[0]).text
    secret = f" {booked['secret']} "  # copied with blanks
    late = client.post(forms["doi"], data={"key": key, "secret": secret, "starts_at": "mai"})
    assert late.status_code == 422
    moved = client.post(forms["doi"], data=wanted | {"secret": secret})
    assert "Đã đổi giờ" in moved.text
    assert "10:00, Thứ Năm, 26/11/2026" in moved.text
    cancelled = client.post(forms["huy"], data={"key": key, "secret": secret})
    assert "Đã huỷ lịch hẹn" in cancelled.text
    assert "<form" not in cancelled.text
    again = client.post(forms["huy"], data={"key": key, "secret": secret})
    assert again.status_code == 409
    stranger = client.post(forms["huy"], data={"key": "0" * 20, "secret": "AAAA2222"})
    assert "Số phiếu" not in stranger.text


def test_the_documentation_names_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/api/v1/branches",
        "/api/v1/branches/{branch_id}/slots",
        "/api/v1/appointments",
        "/api/v1/appointments/{appointment_id}/cancel",
        "/api/v1/appointments/{appointment_id}/move",
        "/ve/{appointment_id}/doi",
        "/ve/{appointment_id}/huy",
        "/api/v1/appointments/{appointment_id}",
        "/ve/{appointment_id}.ics",
        "/ve/{appointment_id}",
    } <= set(paths)
    assert all(route["summary"] and route.get("description") for path in paths.values() for route in path.values())
