"""The sandbox: enough dossiers, the same each time, nobody real; its page and its faults."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from actions.clock import HANOI
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.mapping import Mapping
from actions.dossiers.model import DossierStatus
from actions.dossiers.on_time import Punctuality, judge
from actions.dossiers.sandbox.app import FAULT_HEADER, FaultMode, create_app
from actions.dossiers.sandbox.data import make_dossiers, sample_dossiers, working_days_from

TODAY = dt.date(2026, 11, 18)


@pytest.fixture
async def client(app: FastAPI):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as made:
        yield made


async def session_of(client: httpx.AsyncClient) -> str:
    answer = (await client.post("/mapi/login", json={"username": "sandbox", "password": ""})).json()
    assert answer["error_code"] == "0"
    return answer["session"]


def test_enough_dossiers_in_every_state_and_time(working_days) -> None:
    now = dt.datetime.combine(TODAY, dt.time(9, 30), HANOI)
    mapping = Mapping.load()
    dossiers = [mapping.dossier(record, now) for record in make_dossiers(TODAY).values()]
    assert len(dossiers) >= 300
    assert min(Counter(dossier.status for dossier in dossiers).values()) >= 30
    assert set(Counter(dossier.status for dossier in dossiers)) == set(DossierStatus)
    told = Counter(judge(dossier, now, working_days)[0] for dossier in dossiers)
    assert set(told) >= set(Punctuality) - {Punctuality.UNKNOWN}
    assert len({dossier.agency for dossier in dossiers}) == 5
    assert sum(len(dossier.fees) for dossier in dossiers) > 30
    assert sum(len(dossier.supplements) for dossier in dossiers) > 30


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)))
def test_codes_are_valid_on_any_day(today: dt.date) -> None:
    records = make_dossiers(today)
    assert len(records) >= 300
    for code in list(records)[:40]:
        assert str(parse_dossier_code(code, today)) == code
    assert {sample.code for sample in sample_dossiers(today)} <= set(records)


def test_the_same_for_the_same_day_and_seed() -> None:
    assert make_dossiers(TODAY) == make_dossiers(TODAY)
    assert make_dossiers(TODAY) != make_dossiers(TODAY, seed=1)
    assert make_dossiers(TODAY).keys() != make_dossiers(TODAY + dt.timedelta(days=1)).keys()
    for sample in sample_dossiers(TODAY):
        assert make_dossiers(TODAY)[sample.code] == make_dossiers(TODAY, seed=1)[sample.code]


def test_the_documented_dossier() -> None:
    sample = next(one for one in sample_dossiers(TODAY) if one.code.endswith("-0012"))
    assert sample.code == "H26.16-261111-0012"  # five working days before 18/11/2026
    assert (sample.id_tail, sample.phone_tail, sample.status) == ("1212", "9012", DossierStatus.PROCESSING)
    assert working_days_from(TODAY, -5) == dt.date(2026, 11, 11)


def test_nobody_in_it_is_real() -> None:
    for record in make_dossiers(TODAY).values():
        assert record["DinhDanhCHS"].startswith("999")
        assert len(record["DinhDanhCHS"]) == 12
        assert record["SoDienThoai"].startswith("0000")
        assert len(record["SoDienThoai"]) == 10


async def test_the_page_lists_what_to_try(client: httpx.AsyncClient) -> None:
    page = (await client.get("/danh-sach-thu")).text
    for sample in sample_dossiers(TODAY):
        assert all(text in page for text in (sample.code, sample.id_tail, sample.phone_tail))
    assert (await client.get("/health")).json()["ok"] is True


async def test_a_call_needs_session_agency_and_service(client: httpx.AsyncClient) -> None:
    code = sample_dossiers(TODAY)[1].code
    good = {"session": await session_of(client), "madonvi": "H26", "service": "TraCuuHoSo", "mahoso": code}
    answer = (await client.post("/mapi/g", json=good)).json()
    assert answer["error_code"] == "00"
    assert [record["MaHoSo"] for record in answer["result"]] == [code]
    for missing in ("session", "madonvi", "service"):
        answer = (await client.post("/mapi/g", json=good | {missing: ""})).json()
        assert answer["error_code"] != "00"
        assert "result" not in answer


async def test_a_fault_by_header(client: httpx.AsyncClient) -> None:
    body = {"session": await session_of(client), "madonvi": "H26", "service": "TraCuuHoSo", "mahoso": "x"}

    async def call(mode: str) -> httpx.Response:
        return await client.post("/mapi/g", json=body, headers={FAULT_HEADER: mode})

    assert (await call(FaultMode.ERROR)).status_code == 500
    with pytest.raises(ValueError, match="Expecting value"):
        (await call(FaultMode.MALFORMED)).json()
    assert (await call("no such fault")).json()["error_code"] == "00"
    assert (await call(FaultMode.EXPIRED)).json()["error_code"] == "02"
    assert (await call("")).json()["error_code"] == "02"


async def test_without_a_day_it_follows_the_present(client: httpx.AsyncClient) -> None:
    app = create_app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as present:
        assert f"{dt.datetime.now(HANOI):%d/%m/%Y}" in (await present.get("/danh-sach-thu")).text


def test_it_can_be_started_from_the_command_line() -> None:
    command = [sys.executable, "-m", "actions.dossiers.sandbox", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "80"})
    assert "--port" in done.stdout
