"""What every dossier system must do: the fake, the adapter over the sandbox in process, and over a socket."""

from __future__ import annotations

import asyncio
import datetime as dt

from actions.clock import HANOI, FixedClock
from actions.dossiers.codes import parse_dossier_code
from actions.dossiers.model import DossierStatus, FeeDue
from actions.dossiers.port import DossierSystem
from actions.dossiers.sandbox.data import SampleDossier, sample_dossiers

TODAY = dt.date(2026, 11, 18)
SAMPLES = sample_dossiers(TODAY)


async def test_finds_each_sample(system: DossierSystem, clock: FixedClock) -> None:
    for sample in SAMPLES:
        dossier = await system.find(parse_dossier_code(sample.code, TODAY))
        assert dossier is not None
        assert (dossier.code, dossier.status) == (sample.code, sample.status)
        assert set(dossier.proof_tails) == {sample.id_tail, sample.phone_tail}
        assert dossier.status_raw == str(sample.status.value)
        assert dossier.procedure_name
        assert dossier.owner_name
        assert dossier.received_place
        assert dossier.as_of == clock.now()
        assert repr(dossier.owner_name) not in repr(dossier)


async def test_details_arrive(system: DossierSystem) -> None:
    late = await system.find(parse_dossier_code(_sample("0021").code, TODAY))
    assert late is not None
    assert late.due_at == dt.datetime(2026, 11, 13, 17, tzinfo=HANOI)
    assert late.received_at is not None
    assert late.received_at.date() == parse_dossier_code(late.code, TODAY).received
    waiting = await system.find(parse_dossier_code(_sample("0024").code, TODAY))
    assert waiting is not None
    assert len(waiting.supplements) == 2
    assert all(supplement.content and supplement.requested_at for supplement in waiting.supplements)
    paying = await system.find(parse_dossier_code(_sample("0016").code, TODAY))
    assert paying is not None
    assert isinstance(paying.fees[0], FeeDue)
    assert paying.fees[0].amount > 0
    refused = await system.find(parse_dossier_code(_sample("0014").code, TODAY))
    assert refused is not None
    assert refused.notes
    assert refused.finished_at is not None
    done = await system.find(parse_dossier_code(_sample("0020").code, TODAY))
    assert done is not None
    assert done.results
    assert done.returned_at is not None


async def test_absent_is_none(system: DossierSystem) -> None:
    assert await system.find(parse_dossier_code("H26.16-261103-9999", TODAY)) is None


async def test_many_at_once_get_their_own(system: DossierSystem) -> None:
    codes = [parse_dossier_code(sample.code, TODAY) for sample in SAMPLES]
    found = await asyncio.gather(*(system.find(code) for code in codes * 3))
    assert [dossier.code for dossier in found if dossier] == [str(code) for code in codes * 3]


def test_samples_show_every_state() -> None:
    assert {sample.status for sample in SAMPLES} == set(DossierStatus)


def _sample(sequence: str) -> SampleDossier:
    return next(sample for sample in SAMPLES if sample.code.endswith(f"-{sequence}"))
