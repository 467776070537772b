"""The adapter when the other side is slow, down, lying, or has forgotten the session."""

from __future__ import annotations

import datetime as dt
import json
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from fastapi import FastAPI

from actions.dossiers.breaker import CircuitBreaker, CircuitOpen
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.mapping import MAPPINGS, Mapping
from actions.dossiers.national_portal import NationalPortal
from actions.dossiers.sandbox.app import FaultMode, Faults, create_app
from actions.dossiers.sandbox.data import sample_dossiers
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

TODAY = dt.date(2026, 11, 18)
SAMPLE = sample_dossiers(TODAY)[1]
CODE = parse_dossier_code(SAMPLE.code, TODAY)


class Script:
    """A server that gives prepared answers to look-ups; remembers the bodies it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.logins = 0
        self.bodies: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path.endswith("login"):
            self.logins += 1
            return httpx.Response(200, json={"error_code": "0", "session": f"session-{self.logins}"})
        self.bodies.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def found(**changes: object) -> httpx.Response:
    record = {"MaHoSo": str(CODE), "TrangThaiHoSo": "4", "DinhDanhCHS": "999000001212"} | changes
    return httpx.Response(200, json={"error_code": "00", "result": [record]})


@pytest.fixture
def make_scripted(make_portal: Callable[..., NationalPortal]) -> Callable[..., tuple[NationalPortal, Script]]:
    def make(*answers: httpx.Response | Exception, **changes: object) -> tuple[NationalPortal, Script]:
        script = Script(*answers)
        return make_portal(transport=httpx.MockTransport(script), **changes), script

    return make


async def fails(portal: NationalPortal) -> str:
    with pytest.raises(Unavailable) as caught:
        await portal.find(CODE)
    assert caught.value.code is ErrorCode.DOSSIER_SYSTEM_DOWN
    assert caught.value.__cause__ is None
    return caught.value.detail


async def test_each_call_carries_session_agency_service_and_code(make_scripted) -> None:
    portal, script = make_scripted(found())
    assert await portal.find(CODE)
    assert await portal.find(CODE)
    body = {"session": "session-1", "madonvi": "H26", "service": "TraCuuHoSo", "mahoso": str(CODE)}
    assert script.bodies == [body, body]


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(503), httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")],
)
async def test_passing_trouble_is_retried(make_scripted, trouble: httpx.Response | Exception) -> None:
    portal, script = make_scripted(trouble, trouble, found())
    assert await portal.find(CODE)
    assert len(script.bodies) == 3


async def test_lasting_trouble_ends_after_three_tries(make_scripted) -> None:
    portal, script = make_scripted(httpx.Response(500))
    assert await fails(portal) == "HTTP 500"
    assert len(script.bodies) == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b'{"error_code": "00", "result": [{"MaHoSo": '),
        httpx.Response(200, content='{"error_code": "00", "x": "Đăng ký"}'.encode("cp1258", "replace")),
        httpx.Response(200, json=["00"]),
        httpx.Response(200, json={"error_code": "00", "result": {"MaHoSo": str(CODE)}}),
        httpx.Response(200, json={"error_code": "00", "result": ["text"]}),
        httpx.Response(200, json={"result": []}),
        httpx.Response(404),
        httpx.Response(200, content=b" " * 1_000_001),
        found(NgayTiepNhan="18/11/2026"),
        found(NgayHenTra="2026112208"),
        found(DanhSachLePhi=[{"Gia": "-5"}]),
        found(DanhSachHoSoBoSung="none"),
        found(ChuHoSo=["An"]),
    ],
)
async def test_what_was_not_agreed_is_unavailable_not_guessed(make_scripted, answer: httpx.Response) -> None:
    portal, script = make_scripted(answer)
    detail = await fails(portal)
    assert str(CODE) not in detail
    assert len(script.bodies) <= 2


async def test_the_header_may_lie_about_the_charset(make_scripted) -> None:
    content = json.dumps({"error_code": "00", "result": [{"MaHoSo": str(CODE), "ChuHoSo": "Đặng Mẫu An"}]}).encode()
    headers = {"Content-Type": "text/html; charset=latin-1"}
    portal, _ = make_scripted(httpx.Response(200, content=content, headers=headers))
    dossier = await portal.find(CODE)
    assert dossier is not None
    assert dossier.owner_name == "Đặng Mẫu An"


async def test_another_dossiers_record_is_never_shown(make_scripted) -> None:
    portal, _ = make_scripted(found(MaHoSo="H26.16-261103-0013"))
    assert await portal.find(CODE) is None
    portal, _ = make_scripted(httpx.Response(200, json={"error_code": "00", "result": None}))
    assert await portal.find(CODE) is None


async def test_an_unknown_status_is_kept_raw(make_scripted) -> None:
    portal, _ = make_scripted(found(TrangThaiHoSo=17))
    dossier = await portal.find(CODE)
    assert dossier is not None
    assert (dossier.status, dossier.status_raw) == (None, "17")


async def test_several_phones_in_one_field_all_prove(make_scripted) -> None:
    portal, _ = make_scripted(found(SoDienThoai="0000.123.456; 0000 654 321", DinhDanhCHS=""))
    dossier = await portal.find(CODE)
    assert dossier is not None
    assert dossier.proof_tails == ("3456", "4321")


async def test_an_expired_session_is_renewed_once(make_scripted) -> None:
    expired = httpx.Response(200, json={"error_code": "02"})
    portal, script = make_scripted(found(), expired, found(), expired)
    await portal.find(CODE)
    assert await portal.find(CODE)
    assert script.logins == 2
    await fails(portal)  # refused with the old session and with the new one
    assert script.logins == 3


async def test_a_fresh_session_that_is_refused_is_not_tried_again(make_scripted) -> None:
    portal, script = make_scripted(httpx.Response(401))
    assert await fails(portal) == "HTTP 401"
    assert script.logins == 1


async def test_login_refused(make_portal) -> None:
    transport = httpx.ASGITransport(create_app(TODAY, password="right"))
    async with make_portal(transport=transport, password="wrong") as portal:
        assert await fails(portal) == "login error_code 01"


async def test_the_circuit_opens_and_lets_one_call_try_later(make_scripted) -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures=2, pause_s=30, now=lambda: now[0])
    portal, script = make_scripted(*[httpx.Response(404)] * 3, found(), breaker=breaker)
    await fails(portal)
    await fails(portal)
    assert await fails(portal) == "circuit open"
    assert len(script.bodies) == 2
    now[0] = 31
    await fails(portal)  # the try fails: open again
    assert await fails(portal) == "circuit open"
    now[0] = 62
    assert await portal.find(CODE)
    assert not breaker.is_open


def test_while_one_call_tries_the_others_wait() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures=1, pause_s=30, now=lambda: now[0])
    with pytest.raises(KeyError), breaker.guard((KeyError,)):
        raise KeyError
    now[0] = 31
    with breaker.guard((KeyError,)), pytest.raises(CircuitOpen), breaker.guard((KeyError,)):
        pytest.fail("a second call went through")


def test_a_cancelled_try_does_not_block_the_next() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures=1, pause_s=30, now=lambda: now[0])
    with pytest.raises(KeyError), breaker.guard((KeyError,)):
        raise KeyError
    now[0] = 31
    with pytest.raises(RuntimeError), breaker.guard((KeyError,)):
        raise RuntimeError
    with breaker.guard((KeyError,)):
        pass
    assert not breaker.is_open


@pytest.mark.parametrize("mode", [FaultMode.ERROR, FaultMode.MALFORMED, FaultMode.WRONG_CHARSET, FaultMode.EXPIRED])
async def test_the_sandboxes_faults(app: FastAPI, portal: NationalPortal, mode: FaultMode) -> None:
    app.state.faults.mode = mode
    await fails(portal)
    app.state.faults.mode = None
    dossier = await portal.find(CODE)
    assert dossier is not None


async def test_passing_faults_of_the_sandbox_go_unnoticed(app: FastAPI, portal: NationalPortal) -> None:
    await portal.find(CODE)
    for mode in (FaultMode.ERROR, FaultMode.EXPIRED):
        app.state.faults.mode, app.state.faults.times = mode, 1
        assert await portal.find(CODE)


async def test_a_slow_system_is_left_in_time(make_portal) -> None:
    app = create_app(TODAY, faults=Faults(FaultMode.SLOW, slow_s=60))
    async with make_portal(transport=httpx.ASGITransport(app), timeout_s=0.02) as portal:
        assert await fails(portal) == "out of time"


async def test_a_slow_system_over_a_socket(sandbox_url: str, app: FastAPI, clock) -> None:
    app.state.faults = Faults(FaultMode.SLOW, slow_s=0.5)
    async with NationalPortal(
        sandbox_url, user="sandbox", password="", agency="H26", timeout_s=0.1, clock=clock, wait_s=0.001
    ) as portal:
        assert await fails(portal) in {"ReadTimeout", "out of time"}


async def test_nobody_listens(clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    async with NationalPortal(
        f"http://127.0.0.1:{port}", user="sandbox", password="", agency="H26", clock=clock, wait_s=0.001
    ) as portal:
        assert await fails(portal) == "ConnectError"


def test_a_mapping_that_does_not_fit_is_refused_at_start(tmp_path: Path) -> None:
    good = yaml.safe_load((MAPPINGS / "national_portal.yml").read_text(encoding="utf-8"))
    for bad in (good | {"statuses": {"1": 11}}, good | {"unknown": 1}, {"paths": {}}):
        path = tmp_path / "bad.yml"
        path.write_text(yaml.safe_dump(bad), encoding="utf-8")
        with pytest.raises(Misconfigured):
            Mapping.load(path)
    with pytest.raises(Misconfigured):
        Mapping.load(tmp_path / "absent.yml")
