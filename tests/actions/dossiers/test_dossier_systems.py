"""What every dossier system must do: the fake, each adapter over the sandbox, one over a socket, all of them routed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable

import httpx
import pytest
import structlog
from fastapi import FastAPI

from actions.clock import HANOI, FixedClock
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.mapping import Mapping
from actions.dossiers.model import Delivery, Dossier, DossierStatus, FeeDue
from actions.dossiers.port import DossierSystem
from actions.dossiers.remote import RemoteSystem
from actions.dossiers.sandbox.app import FaultMode, Faults, create_app
from actions.dossiers.sandbox.data import SampleDossier, make_dossiers, sample_dossiers
from actions.dossiers.systems import KINDS
from knowledge_base.errors import ErrorCode, Unavailable

TODAY = dt.date(2026, 11, 18)
SAMPLES = sample_dossiers(TODAY)
LASTING = [FaultMode.ERROR, FaultMode.MALFORMED, FaultMode.WRONG_CHARSET, FaultMode.EXPIRED]


async def found(system: DossierSystem, sequence: str) -> Dossier:
    dossier = await system.find(parse_dossier_code(sample(sequence).code, TODAY))
    assert dossier is not None
    return dossier


def sample(sequence: str) -> SampleDossier:
    return next(one for one in SAMPLES if one.code.endswith(f"-{sequence}"))


def neutral(dossier: Dossier) -> Dossier:
    """Without what systems may tell differently: their own word for the state, and whether a fee is paid."""
    fees = tuple(fee.model_copy(update={"paid": None}) for fee in dossier.fees)
    return dossier.model_copy(update={"status_raw": "", "fees": fees})


async def test_finds_each_sample(system: DossierSystem, clock: FixedClock) -> None:
    for one in SAMPLES:
        dossier = await system.find(parse_dossier_code(one.code, TODAY))
        assert dossier is not None
        assert (dossier.code, dossier.status) == (one.code, one.status)
        assert set(dossier.proof_tails) == {one.id_tail, one.phone_tail}
        assert dossier.status_raw
        assert dossier.procedure_name
        assert dossier.owner_name
        assert dossier.received_place
        assert dossier.as_of == clock.now()
        assert not dossier.partial
        assert repr(dossier.owner_name) not in repr(dossier)


async def test_every_system_tells_the_same(system: DossierSystem, clock: FixedClock) -> None:
    """All ten states, dates to the second, supplements, fees, results, apologies: one neutral dossier."""
    mapping = Mapping.load()
    told = set()
    records = list(make_dossiers(TODAY).values())
    for record in [*records[: len(SAMPLES)], *records[-20:]]:
        expected = mapping.dossier(record, clock.now())
        dossier = await system.find(parse_dossier_code(expected.code, TODAY))
        assert dossier is not None
        assert neutral(dossier) == neutral(expected)
        told.add(dossier.status)
    assert told == set(DossierStatus)


async def test_dates_are_those_of_hanoi(system: DossierSystem) -> None:
    late = await found(system, "0021")
    assert late.due_at == dt.datetime(2026, 11, 13, 17, tzinfo=HANOI)
    assert late.due_at.utcoffset() == dt.timedelta(hours=7)
    assert late.received_at is not None
    assert late.received_at.date() == parse_dossier_code(late.code, TODAY).received
    assert (await found(system, "0011")).received_at is None


async def test_details_arrive(system: DossierSystem) -> None:
    waiting = await found(system, "0024")
    assert len(waiting.supplements) == 2
    assert all(supplement.content and supplement.requested_at for supplement in waiting.supplements)
    paying = await found(system, "0016")
    assert isinstance(paying.fees[0], FeeDue)
    assert paying.fees[0].amount > 0
    refused = await found(system, "0014")
    assert refused.notes
    assert refused.finished_at is not None
    returned = await found(system, "0020")
    assert returned.results
    assert returned.returned_at is not None
    assert (returned.delivery, (await found(system, "0019")).delivery) == (Delivery.POST, Delivery.IN_PERSON)
    assert returned.collect_at
    sorry = await found(system, "0025")
    assert sorry.apology is not None
    assert sorry.apology.new_due == dt.datetime(2026, 11, 23, 17, tzinfo=HANOI)


async def test_absent_is_none(system: DossierSystem) -> None:
    assert await system.find(parse_dossier_code("H26.16-261103-9999", TODAY)) is None


async def test_many_at_once_get_their_own(system: DossierSystem) -> None:
    codes = [parse_dossier_code(one.code, TODAY) for one in SAMPLES]
    dossiers = await asyncio.gather(*(system.find(code) for code in codes * 3))
    assert [dossier.code for dossier in dossiers if dossier] == [str(code) for code in codes * 3]


async def test_any_hanoi_code_is_covered(system: DossierSystem) -> None:
    assert system.covers(parse_dossier_code(SAMPLES[0].code, TODAY))


def test_samples_show_every_state() -> None:
    assert {one.status for one in SAMPLES} == set(DossierStatus)


# What follows is about the adapters over HTTP: each fault of the sandbox, for each of them.


@pytest.fixture(params=list(KINDS))
def make(request: pytest.FixtureRequest, make_system: Callable[..., RemoteSystem]) -> Callable[..., RemoteSystem]:
    return lambda **changes: make_system(request.param, **changes)


CODE = parse_dossier_code(sample("0012").code, TODAY)


async def fails(system: DossierSystem) -> str:
    with pytest.raises(Unavailable) as caught:
        await system.find(CODE)
    assert caught.value.code is ErrorCode.DOSSIER_SYSTEM_DOWN
    assert caught.value.__cause__ is None
    assert str(CODE) not in caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize("mode", LASTING)
async def test_a_lasting_fault_is_unavailable_and_passes(make, app: FastAPI, mode: FaultMode) -> None:
    async with make() as adapter:
        app.state.faults.mode = mode
        await fails(adapter)
        app.state.faults.mode = None
        assert await adapter.find(CODE)


@pytest.mark.parametrize("mode", [FaultMode.ERROR, FaultMode.EXPIRED])
async def test_a_passing_fault_goes_unnoticed(make, app: FastAPI, mode: FaultMode) -> None:
    async with make() as adapter:
        assert await adapter.find(CODE)
        app.state.faults.mode, app.state.faults.times = mode, 1
        assert await adapter.find(CODE)


async def test_a_slow_system_is_left_in_time(make) -> None:
    slow = httpx.ASGITransport(create_app(TODAY, faults=Faults(FaultMode.SLOW, slow_s=60)))
    async with make(transport=slow, timeout_s=0.02) as adapter:
        assert await fails(adapter) == "out of time"


async def test_a_wrong_key_is_said(make) -> None:
    closed = httpx.ASGITransport(create_app(TODAY, password="right"))
    async with make(transport=closed, password="wrong") as adapter:
        assert await adapter.try_login()
        await fails(adapter)
    async with make(transport=closed, password="right") as adapter:
        assert await adapter.try_login() == ""


class Counting(httpx.AsyncBaseTransport):
    """The sandbox, counting what is asked of it; look-ups wait for each other, so that all are under way at once."""

    def __init__(self, app: FastAPI) -> None:
        self.inner = httpx.ASGITransport(app)
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        await asyncio.sleep(0)
        return await self.inner.handle_async_request(request)

    def count(self, ends: Iterable[str]) -> int:
        return sum(path.lower().endswith(tuple(ends)) for path in self.paths)


LOGINS = ("/login", "/token", "/gettoken")


async def test_calls_at_once_share_one_login(make, app: FastAPI) -> None:
    counting = Counting(app)
    async with make(transport=counting) as adapter:
        await asyncio.gather(*(adapter.find(CODE) for _ in range(20)))
        assert counting.count(LOGINS) == 1
        app.state.faults.mode, app.state.faults.times = FaultMode.EXPIRED, 1
        await asyncio.gather(*(adapter.find(CODE) for _ in range(20)))
        assert counting.count(LOGINS) == 2


async def test_the_circuit_opens_for_this_system_alone(make, make_system, app: FastAPI) -> None:
    counting = Counting(app)
    async with make(transport=counting) as adapter, make_system("portal") as other:
        app.state.faults.mode = FaultMode.MALFORMED
        for _ in range(3):
            await fails(adapter)
        asked = len(counting.paths)
        assert await fails(adapter) == "circuit open"
        assert len(counting.paths) == asked
        app.state.faults.mode = None
        assert await other.find(CODE)


async def test_nobodys_dossier_without_the_owners_numbers(make) -> None:
    """A record without them is found, can be proven by nobody, and is said to the operator."""
    mapping = type(make()).mapping_in(None)
    without = mapping.model_copy(update={"proofs": ["noSuchField"]})
    with structlog.testing.capture_logs() as logs:
        async with make(mapping=without) as adapter:
            dossier = await adapter.find(CODE)
            assert dossier is not None
            assert dossier.proof_tails == ()
    assert logs == [{"event": "dossier_without_proof", "system": adapter.name, "log_level": "warning"}]
