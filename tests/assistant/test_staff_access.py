"""The counter page's API: who gets in, how long, to which branches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from actions.appointments.port import Appointment
from actions.appointments.ticket import qr_content
from assistant.staff.officers import Role
from tests.assistant.fakes import NOW
from tests.assistant.staff_desk import (
    API,
    ELSEWHERE,
    HERE,
    NAME,
    PASSWORD,
    PHONE,
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
from tests.assistant.whole_platform import Platform, running

__all__ = ["book", "hung", "lan", "morning", "person", "platform"]


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
