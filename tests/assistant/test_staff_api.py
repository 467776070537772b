"""The counter page's API: what each may see and do, what leaves the house, what open pages hear."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.websockets import WebSocketDisconnect

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter import Counter
from actions.appointments.counter_port import CounterDay
from actions.appointments.opening import Opening
from actions.appointments.port import Appointment
from actions.appointments.slots import SlotPlan
from actions.appointments.ticket import qr_content
from assistant.staff.days import Days
from assistant.staff.officers import Role
from assistant.staff.tables import safe_cell
from tests.assistant.fakes import NOW
from tests.assistant.staff_desk import (
    API,
    HERE,
    NAME,
    PASSWORD,
    SITE,
    Person,
    accounts,
    book,
    code_of,
    hung,
    lan,
    morning,
    person,
    platform,
)  # fmt: skip
from tests.assistant.whole_platform import Platform

__all__ = ["book", "hung", "lan", "morning", "person", "platform"]


def test_a_visit_from_door_to_door(lan: Person, hung: Person, book: Callable[..., Appointment]) -> None:
    mine = book()
    here = lan.post(f"{HERE}/check-in", code=qr_content(mine, "https://tthc.test"), lane="priority").json()
    assert (here["state"], here["lane"], here["name"]) == ("waiting", "priority", NAME)
    called = lan.post(f"{HERE}/next", desk="4").json()
    assert (called["number"], called["desk"]) == (mine.number, "4")
    late = hung.post(f"{HERE}/visits/{mine.id}/call", version=here["version"])
    assert (late.status_code, code_of(late)) == (409, "counter_changed")
    assert hung.post(f"{HERE}/visits/{mine.id}/served", version=called["version"]).json()["state"] == "served"
    assert hung.post(f"{HERE}/undo").json()["state"] == "called"
    assert lan.post(f"{HERE}/undo").json()["state"] == "waiting"


def test_phones_are_masked_until_asked_for(lan: Person, hung: Person, book: Callable[..., Appointment]) -> None:
    mine = book()
    text = lan.get(f"{HERE}/day").text
    (shown,) = (visit for visit in json.loads(text)["visits"] if visit["id"] == mine.id)
    assert shown["phone_end"] == "678"
    assert "09123" not in text
    whole = lan.post(f"{HERE}/visits/{mine.id}/phone").json()["phone"]
    assert whole.startswith("09123")
    last = hung.get(f"{HERE}/acts").json()["acts"][-1]
    assert (last["act"], last["number"], last["officer"]) == ("phone_shown", mine.number, "Ngọc Lan")


def test_answers_are_kept_by_nobody(lan: Person) -> None:
    for answer in (lan.get(f"{HERE}/day"), lan.get(f"{API}/me"), lan.post(f"{HERE}/export")):
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_an_unchanged_day_is_not_sent_again(lan: Person, book: Callable[..., Appointment]) -> None:
    tag = lan.get(f"{HERE}/day").headers["etag"]
    assert lan.get(f"{HERE}/day", **{"If-None-Match": tag}).status_code == 304
    book()
    assert lan.get(f"{HERE}/day", **{"If-None-Match": tag}).status_code == 200


def test_bad_bodies(lan: Person) -> None:
    for path, body in {
        "check-in": {"code": "A" * 700},
        "walk-in": {"key": "short"},
        "next": {"desk": "<b>"},
        "visits/x/call": {"version": 1},
        "search": {"text": ""},
        f"visits/{'a' * 16}/lane": {"version": 1, "lane": "fast"},
    }.items():
        answer = lan.post(f"{HERE}/{path}", **body)
        assert answer.status_code == 422, path
        assert "Traceback" not in answer.text
    assert code_of(lan.post(f"{HERE}/check-in", code="=cmd")) == "counter_code_unreadable"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "  =1", "|cmd", "%0A", "=HYPERLINK(\"http://x\")"],
)  # fmt: skip
def test_cells_that_would_run_are_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_plain_cells_stay_as_they_are() -> None:
    for text in ("Nguyễn Văn An", "A-017", "", "•••••••678", "08:15"):
        assert safe_cell(text) == text


def test_the_export_runs_nothing(lan: Person, book: Callable[..., Appointment]) -> None:
    book('=HYPERLINK("http://evil.test","x")')
    answer = lan.post(f"{HERE}/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="lich-hen-CN01-2026-11-23.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["Số", "Giờ", "Luồng", "Trạng thái", "Họ tên"]
    assert len(rows) == 1 + len(lan.visits())
    assert any(row[4].startswith("'=HYPERLINK") for row in rows)
    for row in rows[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
        assert row[5] in ("", "•••••••678")


def test_the_trail_is_for_supervisors(lan: Person, hung: Person) -> None:
    assert lan.get(f"{HERE}/acts").status_code == 403
    assert lan.post(f"{HERE}/acts/export").status_code == 403
    acts = hung.get(f"{HERE}/acts").json()["acts"]
    assert {act["act"] for act in acts} >= {"login", "check_in", "call", "undo", "exported", "officer_added"}
    assert {act["officer"] for act in acts} <= {"Ngọc Lan", "Quang Hùng", "command-line"}  # nobody of another branch
    for secret in (NAME, "09123", PASSWORD):
        assert secret not in json.dumps(acts, ensure_ascii=False)
    exported = hung.post(f"{HERE}/acts/export?date=2026-11-23")
    rows = list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(acts) + 1  # its own line too
    assert hung.get(f"{HERE}/acts?date=2026-11-22").json()["acts"] == []
    assert hung.get(f"{HERE}/acts?date=nonsense").status_code == 422


def test_a_failed_login_is_in_the_trail(platform: Platform, hung: Person) -> None:
    body = {"username": "lan", "password": "something else"}
    platform.client.post(f"{API}/login", json=body, headers={"Origin": SITE})
    last = hung.get(f"{HERE}/acts").json()["acts"][-1]
    assert (last["act"], last["officer"]) == ("login_failed", "Ngọc Lan")


def test_changes_are_told_to_open_pages(
    platform: Platform, lan: Person, hung: Person, book: Callable[..., Appointment]
) -> None:
    token = "; ".join(f"{name}={value}" for name, value in lan.client.cookies.items())
    headers = {"Origin": SITE, "Cookie": token}
    with platform.client.websocket_connect(f"{HERE}/live", headers=headers) as socket:
        first = socket.receive_json()["revision"]
        assert first == lan.get(f"{HERE}/day").json()["revision"]
        hung.post(f"{HERE}/walk-in", key="walk-in-live-1")
        second = socket.receive_json()["revision"]
        book()  # not through this page
        third = socket.receive_json()["revision"]
        assert len({first, second, third}) == 3


@pytest.mark.parametrize(
    ("branch", "origin", "cookie"),
    [("CN02", SITE, True), ("CN01", "https://evil.test", True), ("CN01", "", True), ("CN01", SITE, False)],
)
def test_who_may_not_listen(platform: Platform, lan: Person, branch: str, origin: str, cookie: bool) -> None:
    token = "; ".join(f"{name}={value}" for name, value in lan.client.cookies.items())
    headers = ({"Origin": origin} if origin else {}) | ({"Cookie": token} if cookie else {})
    path = f"{API}/branches/{branch}/live"
    with pytest.raises(WebSocketDisconnect), platform.client.websocket_connect(path, headers=headers):
        pass


def test_a_page_of_a_disabled_officer_stops_hearing(platform: Platform, book: Callable[..., Appointment]) -> None:
    accounts(platform).add("son", "Hoàng Sơn", Role.OFFICER, ["CN01"], PASSWORD)
    son = Person(platform, "son")
    token = "; ".join(f"{name}={value}" for name, value in son.client.cookies.items())
    with platform.client.websocket_connect(f"{HERE}/live", headers={"Origin": SITE, "Cookie": token}) as socket:
        socket.receive_json()
        accounts(platform).disable("son")
        book()
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
        assert caught.value.code == 4401


def test_many_pages_read_a_day_once(platform: Platform, book: Callable[..., Appointment]) -> None:
    class Counting:
        def __init__(self, real: Counter) -> None:
            self.real, self.readings = real, 0

        def revision(self, branch_id: str) -> str:
            return self.real.revision(branch_id)

        def day(self, branch_id: str) -> CounterDay:
            self.readings += 1
            return self.real.day(branch_id)

    opening = Opening.load()
    parts = platform.parts
    plan = SlotPlan(parts.branches, WorkingCalendar.load(hours=opening), opening)
    counting = Counting(Counter(parts.database, plan, parts.clock, parts.keys))
    days = Days(counting, lambda code: f"«{code}»")  # type: ignore[arg-type]
    book()
    with ThreadPoolExecutor(12) as pool:
        bodies = set(pool.map(lambda _: days.read("CN01").body(NOW), range(48)))
    assert counting.readings == 1
    body = json.loads(bodies.pop())
    assert not bodies
    assert body["visits"][-1]["procedure"] == "«1.001193»"
    assert (body["date"], body["now"]) == ("2026-11-23", NOW.isoformat())
    book()
    assert len(json.loads(days.read("CN01").body(NOW))["visits"]) == len(body["visits"]) + 1
    assert counting.readings == 2
