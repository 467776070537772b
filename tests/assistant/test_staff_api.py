"""The counter page's API: who gets in, what each may see and do, what leaves the house."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from actions.appointments.calendar import WorkingCalendar
from actions.appointments.counter import Counter
from actions.appointments.counter_port import CounterDay
from actions.appointments.opening import Opening
from actions.appointments.port import Appointment
from actions.appointments.slots import SlotPlan
from actions.appointments.ticket import qr_content
from actions.clock import HANOI
from assistant.staff.days import Days
from assistant.staff.officers import Officers, Role
from assistant.staff.tables import safe_cell
from tests.assistant.fakes import NOW
from tests.assistant.whole_platform import Platform, running

PASSWORD = "bon-cai-ghe-xanh"
SITE = "http://testserver"
NAME, PHONE = "Nguyễn Văn An", "0912345678"
API = "/can-bo/api"
HERE, ELSEWHERE = f"{API}/branches/CN01", f"{API}/branches/CN02"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("staff")) as platform:
        officers = accounts(platform)
        officers.add("lan", "Ngọc Lan", Role.OFFICER, ["CN01"], PASSWORD)
        officers.add("hung", "Quang Hùng", Role.SUPERVISOR, ["CN01"], PASSWORD)
        officers.add("mai", "Thanh Mai", Role.OFFICER, ["CN02"], PASSWORD)
        yield platform


@pytest.fixture(autouse=True)
def morning(platform: Platform) -> Iterator[None]:
    yield
    platform.parts.clock.moment = NOW  # type: ignore[attr-defined]
    platform.client.cookies.clear()


def accounts(platform: Platform) -> Officers:
    return Officers(platform.parts.database, platform.parts.branches, platform.parts.clock)


class Person:
    """An officer's browser."""

    def __init__(self, platform: Platform, username: str) -> None:
        self.client = TestClient(platform.client.app, raise_server_exceptions=False)
        self.headers = {"Origin": SITE}
        answer = self.post(f"{API}/login", username=username, password=PASSWORD)
        assert answer.status_code == 200, answer.text
        self.me = answer.json()
        self.cookie = answer.headers["set-cookie"]
        self.headers["X-CSRF-Token"] = self.me["csrf"]

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, json=body, headers=self.headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def visits(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"{HERE}/day").json()["visits"]
        return found


@pytest.fixture(scope="module")
def person(platform: Platform) -> Callable[[str], Person]:
    known: dict[str, Person] = {}

    def by_name(username: str) -> Person:
        return known.setdefault(username, Person(platform, username))

    return by_name


@pytest.fixture
def lan(person: Callable[[str], Person]) -> Person:
    return person("lan")


@pytest.fixture
def hung(person: Callable[[str], Person]) -> Person:
    return person("hung")


@pytest.fixture(scope="module")
def book(platform: Platform) -> Callable[..., Appointment]:
    count = iter(range(1000))

    def make(name: str = NAME, branch: str = "CN01", hour: int = 9) -> Appointment:
        index = next(count)
        return platform.parts.booking.book(
            branch_id=branch, starts_at=dt.datetime(2026, 11, 23, hour, 15 * (index % 4), tzinfo=HANOI),
            conversation="web:a", phone=f"09123{index:02d}678", consent=True, idempotency_key=f"key-{index:04d}",
            procedure_code="1.001193", name=name,
        )  # fmt: skip

    return make


def code_of(answer: Any) -> str:
    code: str = answer.json()["error"]["code"]
    return code


def test_the_page_and_its_headers(platform: Platform) -> None:
    page = platform.client.get("/can-bo/")
    assert page.status_code == 200
    assert "Quầy tiếp nhận" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for name in ("<style", "onclick", "javascript:", "//cdn", "{{"):
        assert name not in page.text
    assert platform.client.get("/can-bo", follow_redirects=False).headers["location"] == "can-bo/"
    assert platform.client.get("/static/can-bo/x/../../secrets").status_code == 404


def test_the_cookie_cannot_be_read_or_sent_from_elsewhere(lan: Person, platform: Platform) -> None:
    assert "HttpOnly" in lan.cookie
    assert "SameSite=strict" in lan.cookie
    assert "Secure" not in lan.cookie
    proxied = TestClient(platform.client.app, base_url="http://quay.test")
    body = {"username": "lan", "password": PASSWORD}
    answer = proxied.post(f"{API}/login", json=body, headers={"Origin": "https://quay.test"})
    assert answer.headers["set-cookie"].startswith("__Host-tthc-staff=")
    assert "Secure" in answer.headers["set-cookie"]


def test_nobody_sees_anything_without_a_session(platform: Platform) -> None:
    client = platform.client
    assert client.get(f"{API}/me").status_code == 204
    for path in (f"{HERE}/day", f"{HERE}/acts"):
        assert client.get(path).status_code == 401
    for path in ("next", "undo", "walk-in", "check-in", "search", "export", "printed", "acts/export"):
        body = {"code": "1", "key": "12345678", "text": "1"}
        wanted = {"walk-in": ["key"], "check-in": ["code"], "search": ["text"]}.get(path, [])
        answer = client.post(f"{HERE}/{path}", json={name: body[name] for name in wanted}, headers={"Origin": SITE})
        assert answer.status_code == 401, path
        assert code_of(answer) == "login_over"
    assert client.post(f"{API}/logout", headers={"Origin": SITE}).status_code == 401


@pytest.mark.parametrize("token", ["x", "a" * 43, "../../etc", "%00", "0" * 4000])
def test_a_forged_cookie(platform: Platform, token: str) -> None:
    for name in ("tthc-staff", "__Host-tthc-staff"):
        assert platform.client.get(f"{HERE}/day", headers={"Cookie": f"{name}={token}"}).status_code == 401


def test_wrong_names_and_passwords_are_told_alike(platform: Platform) -> None:
    said = set()
    for username, password in (("lan", "something else"), ("nobody", PASSWORD), ("", ""), ("lan'--", PASSWORD)):
        body = {"username": username, "password": password}
        answer = platform.client.post(f"{API}/login", json=body, headers={"Origin": SITE})
        assert answer.status_code == 403
        said.add(answer.text)
    assert len(said) == 1
    assert "login_wrong" in said.pop()


def test_changes_come_from_our_own_page_only(lan: Person, book: Callable[..., Appointment]) -> None:
    mine = book()
    good = dict(lan.headers)
    for headers in (
        good | {"Origin": "https://evil.test"},
        good | {"Origin": "null"},
        {"X-CSRF-Token": good["X-CSRF-Token"]},
        {"Origin": SITE},
        good | {"X-CSRF-Token": "0" * 64},
        good | {"X-CSRF-Token": ""},
    ):
        answer = lan.client.post(f"{HERE}/check-in", json={"code": mine.number}, headers=headers)
        assert (answer.status_code, code_of(answer)) == (403, "forbidden"), headers
    form = {"Origin": "https://evil.test", "Content-Type": "text/plain"}  # what another site's form could send
    sent = lan.client.post(f"{HERE}/undo", content="{}", headers=form)
    assert sent.status_code == 403
    login = lan.client.post(
        f"{API}/login", json={"username": "lan", "password": PASSWORD}, headers={"Origin": "https://evil.test"}
    )
    assert login.status_code == 403


def test_another_branch_is_closed(person: Callable[[str], Person], book: Callable[..., Appointment]) -> None:
    mai, mine = person("mai"), book()
    assert mai.get(f"{HERE}/day").status_code == 403
    for path, body in {
        "check-in": {"code": mine.number},
        "next": {},
        "undo": {},
        "walk-in": {"key": "12345678"},
        "search": {"text": PHONE},
        "export": {},
        "printed": {},
        f"visits/{mine.id}/phone": {},
        f"visits/{mine.id}/call": {"version": 0},
        f"visits/{mine.id}/served": {"version": 0},
        f"visits/{mine.id}/missed": {"version": 0},
        f"visits/{mine.id}/lane": {"version": 0, "lane": "priority"},
        "acts/export": {},
    }.items():
        assert mai.post(f"{HERE}/{path}", **body).status_code == 403, path
    assert mai.get(f"{HERE}/acts").status_code == 403
    assert mai.get(f"{API}/branches/CN99/day").status_code == 403
    # through the own branch's door neither
    assert mai.post(f"{ELSEWHERE}/visits/{mine.id}/phone").status_code == 404
    told = mai.post(f"{ELSEWHERE}/check-in", code=qr_content(mine, "https://tthc.test"))
    assert (told.status_code, code_of(told)) == (409, "counter_other_branch")
    assert "Chi nhánh số 1" in told.json()["error"]["message"]
    assert NAME not in told.text


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


def test_tries_are_limited_by_account_and_address(tmp_path: Path) -> None:
    with running(tmp_path) as platform:
        accounts(platform).add("lan", "Ngọc Lan", Role.OFFICER, ["CN01"], PASSWORD)

        def knock(username: str, password: str) -> Any:
            body = {"username": username, "password": password}
            return platform.client.post(f"{API}/login", json=body, headers={"Origin": SITE})

        assert [knock("lan", "wrong").status_code for _ in range(8)] == [403] * 8
        answer = knock("LAN ", PASSWORD)
        assert (answer.status_code, code_of(answer)) == (429, "login_paused")
        assert "15 phút" in answer.json()["error"]["message"]
        platform.parts.clock.advance(minutes=15)  # type: ignore[attr-defined]
        assert knock("lan", PASSWORD).status_code == 200
        codes = [knock(f"guess{index}", "wrong").status_code for index in range(31)]
        assert codes == [403] * 30 + [429]
        assert knock("lan", PASSWORD).status_code == 429


def test_sessions_end(platform: Platform, book: Callable[..., Appointment]) -> None:
    idle = Person(platform, "lan")
    platform.parts.clock.advance(minutes=31)  # type: ignore[attr-defined]
    assert idle.get(f"{HERE}/day").status_code == 401
    platform.parts.clock.moment = NOW  # type: ignore[attr-defined]
    busy = Person(platform, "lan")
    for _ in range(30):
        platform.parts.clock.advance(minutes=20)  # type: ignore[attr-defined]
        last = busy.post(f"{API}/alive").status_code
    assert last == 401
    platform.parts.clock.moment = NOW  # type: ignore[attr-defined]
    gone = Person(platform, "lan")
    assert gone.post(f"{API}/logout").status_code == 200
    assert gone.get(f"{HERE}/day").status_code == 401


def test_a_disabled_officer_is_out_at_once(platform: Platform) -> None:
    accounts(platform).add("tam", "Minh Tâm", Role.OFFICER, ["CN01"], PASSWORD)
    tam = Person(platform, "tam")
    assert tam.get(f"{HERE}/day").status_code == 200
    accounts(platform).disable("tam")
    assert tam.get(f"{HERE}/day").status_code == 401
    assert tam.post(f"{HERE}/next").status_code == 401
    answer = tam.post(f"{API}/login", username="tam", password=PASSWORD)
    assert (answer.status_code, code_of(answer)) == (403, "login_wrong")


def test_a_branch_taken_away_is_closed_at_once(platform: Platform) -> None:
    accounts(platform).add("tuongvy", "Tường Vy", Role.OFFICER, ["CN01"], PASSWORD)
    vy = Person(platform, "tuongvy")
    accounts(platform).change("tuongvy", branches=["CN02"])
    assert vy.get(f"{HERE}/day").status_code == 403
    assert vy.get(f"{ELSEWHERE}/day").status_code == 200


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
