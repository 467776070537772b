"""The counter page's API in this process, and the people who use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from actions.appointments.port import Appointment
from actions.clock import HANOI
from assistant.staff.officers import Officers, Role
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
