"""What is particular to iGate, the LGSP and the operations centre: requests to the letter, and odd answers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from actions.clock import FixedClock
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.model import DossierStatus
from actions.dossiers.remote import RemoteSystem
from knowledge_base.errors import Unavailable

TODAY = dt.date(2026, 11, 18)
TEXT = "H26.16-261110-0012"
CODE = parse_dossier_code(TEXT, TODAY)
TOKENS = {"igate": {"access_token": "t", "expires_in": 600}, "lgsp": {"access_token": "t"}, "ioc": {"token": "t"}}


class Script:
    """Gives one token after the other and prepared answers; remembers the requests."""

    def __init__(self, name: str, answer: Any) -> None:
        self.token = TOKENS[name]
        self.answer = answer
        self.logins: list[httpx.Request] = []
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.lower().endswith("token"):
            self.logins.append(request)
            return httpx.Response(200, json=self.token)
        self.asked.append(request)
        return httpx.Response(200, json=self.answer)


@pytest.fixture
def scripted(make_system: Callable[..., RemoteSystem]) -> Callable[..., tuple[RemoteSystem, Script]]:
    def make(name: str, answer: Any, **changes: object) -> tuple[RemoteSystem, Script]:
        script = Script(name, answer)
        return make_system(name, transport=httpx.MockTransport(script), **changes), script

    return make


async def test_igate_to_the_letter(scripted) -> None:
    system, script = scripted("igate", {"content": []}, login_url="https://sso.test/auth/token")
    assert await system.find(CODE) is None
    login, asked = script.logins[0], script.asked[0]
    assert str(login.url) == "https://sso.test/auth/token"
    assert login.content == b"grant_type=client_credentials&client_id=sandbox&client_secret=any"
    assert (asked.method, asked.url.path) == ("GET", "/igate/pa/dossier/search")
    assert dict(asked.url.params) == {"page": "0", "size": "20", "spec": "slice", "code": TEXT}
    assert asked.headers["Authorization"] == "Bearer t"


async def test_lgsp_to_the_letter(scripted) -> None:
    system, script = scripted("lgsp", {"trangThai": "0", "maLoi": "201"})
    assert await system.find(CODE) is None
    assert script.asked[0].url.path == "/lgsp/traTrangThaiHoSo"
    assert json.loads(script.asked[0].content) == {"maDonVi": "H26", "maHoSo": TEXT}


async def test_ioc_to_the_letter(scripted) -> None:
    system, script = scripted("ioc", {"TongSo": 0, "HoSo": None})
    assert await system.find(CODE) is None
    assert json.loads(script.logins[0].content) == {"username": "sandbox", "password": "any"}
    assert str(script.asked[0].url) == f"http://sandbox/ioc/tra-cuu?ma_ho_so={TEXT}"


async def test_igate_takes_the_record_with_the_whole_code_only(scripted) -> None:
    longer, other = {"code": f"{TEXT}3"}, {"code": "H26.16-261110-0013"}
    national = {"code": "H26.16.4-261110-9", "nationCode": TEXT, "dossierStatus": {"id": 3, "name": "Tạm dừng"}}
    system, _ = scripted("igate", {"content": [longer, other]})
    assert await system.find(CODE) is None
    system, _ = scripted("igate", {"content": [longer, other, national]})
    dossier = await system.find(CODE)
    assert dossier is not None
    assert (dossier.code, dossier.status, dossier.status_raw) == (TEXT, None, "Tạm dừng")


@pytest.mark.parametrize("name", ["Yêu cầu bổ sung", "yêu cầu  bổ sung giấy tờ"])
async def test_names_of_states_are_known_however_they_are_spaced(scripted, name: str) -> None:
    named = [{"languageId": 46, "name": "Waiting"}, {"languageId": 228, "name": name}]
    system, _ = scripted("igate", {"content": [{"code": TEXT, "dossierStatus": {"id": 1, "name": named}}]})
    dossier = await system.find(CODE)
    assert dossier is not None
    assert (dossier.status, dossier.status_raw) == (DossierStatus.SUPPLEMENT, name)


@pytest.mark.parametrize(
    ("coarse", "own", "status"),
    [("1", "", 2), ("2", "", 5), ("3", "", 4), ("4", "", 9), ("4", "10", 10), ("1", "17", None)],
)
async def test_lgsp_tells_its_own_state_where_the_record_has_none(
    scripted, coarse: str, own: str, status: int | None
) -> None:
    system, _ = scripted("lgsp", {"trangThai": coarse, "giaTri": {"maHoSo": TEXT, "trangThaiHoSo": own}})
    dossier = await system.find(CODE)
    assert dossier is not None
    assert dossier.status == status


async def test_lgsp_without_a_record_has_nothing_to_tell(scripted) -> None:
    system, _ = scripted("lgsp", {"trangThai": "1"})
    assert await system.find(CODE) is None


@pytest.mark.parametrize(
    "answer", [{"trangThai": "0", "maLoi": "106"}, {"trangThai": "0"}, {"trangThai": "9"}, {}, {"maLoi": "201"}]
)
async def test_lgsp_errors_are_not_absence(scripted, answer: dict[str, str]) -> None:
    system, script = scripted("lgsp", answer)
    with pytest.raises(Unavailable):
        await system.find(CODE)
    assert len(script.logins) == 1


@pytest.mark.parametrize("answer", [{}, {"HoSo": None}, {"TongSo": 1}, {"TongSo": 0, "HoSo": [{"x": 1}], "y": 0}])
async def test_ioc_counts_and_list(scripted, answer: dict[str, Any]) -> None:
    system, _ = scripted("ioc", answer)
    if answer.get("HoSo"):
        assert await system.find(CODE) is None  # a record without a code is nobody's
        return
    with pytest.raises(Unavailable):
        await system.find(CODE)


@pytest.mark.parametrize(("name", "hours"), [("ioc", 23), ("igate", 10 / 60)])
async def test_a_token_is_kept_for_its_time(scripted, clock: FixedClock, name: str, hours: float) -> None:
    system, script = scripted(name, {"content": []} if name == "igate" else {"TongSo": 0, "HoSo": []})
    await system.find(CODE)
    clock.advance(seconds=hours * 3600 - 60)
    await system.find(CODE)
    assert len(script.logins) == 1
    clock.advance(seconds=60)
    await system.find(CODE)
    assert len(script.logins) == 2
