"""Which system is asked for which code, and what several answers together mean."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from actions.dossiers.codes import DossierCode, parse_dossier_code
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.model import Dossier
from actions.dossiers.routing import RoutedSystems, load_routes
from knowledge_base.errors import ErrorCode, Misconfigured, NotFound, TthcError, Unavailable

TODAY = dt.date(2026, 11, 18)
ALL = ("portal", "igate", "lgsp", "ioc")


def code(text: str) -> DossierCode:
    return parse_dossier_code(text, TODAY)


CODE = code("H26.16-261110-0012")


def systems(*names: str, **held: list[Dossier]) -> dict[str, FakeDossierSystem]:
    return {name: FakeDossierSystem(held.get(name, [])) for name in names}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("H26.16-261110-0012", ["igate", "lgsp", "ioc", "portal"]),
        ("H26-261110-0012", ["igate", "lgsp", "ioc", "portal"]),
        ("000.00.16.H26-231027-0361", ["igate", "lgsp", "ioc", "portal"]),
        ("H26.103.25-261110-00123", ["igate", "lgsp", "ioc", "portal"]),
        ("H26.16-261110-150012", ["portal"]),
        ("G09.20-20260609-0092637", ["portal"]),
    ],
)
def test_our_own_table(text: str, names: list[str]) -> None:
    assert RoutedSystems(systems(*ALL), load_routes()).asked_for(code(text)) == names


def write(folder: Path, text: str) -> Path:
    path = folder / "routes.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    text = "- {prefix: H26.103, systems: [lgsp]}\n- {prefix: H26, counter: [4, 5], systems: [igate]}\n"
    routed = RoutedSystems(systems(*ALL), load_routes(write(tmp_path, text)))
    assert routed.asked_for(code("H26.103.25-261110-0012")) == ["lgsp"]
    assert routed.asked_for(code("H26.103-261110-0012")) == ["lgsp"]
    assert routed.asked_for(code("H26.10-261110-0012")) == ["igate"]
    assert not routed.covers(code("H26.10-261110-150012"))
    assert not routed.covers(code("G09-261110-0012"))


@pytest.mark.parametrize(
    "text", ["- {prefix: H26, systems: [no-such]}", "- {prefix: h26, systems: []}", "{", "- {systems: [portal]}"]
)
def test_a_bad_table_is_refused_at_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured):
        load_routes(write(tmp_path, text))
    with pytest.raises(Misconfigured):
        load_routes(tmp_path / "absent.yml")


async def test_where_no_system_is_left_the_portal_is_the_way_on() -> None:
    routed = RoutedSystems(systems("igate"), load_routes())
    ministry = code("G09.20-20260609-0092637")
    assert not routed.covers(ministry)
    with pytest.raises(NotFound) as caught:
        await routed.find(ministry)
    assert caught.value.code is ErrorCode.DOSSIER_ELSEWHERE


async def test_all_are_asked_wherever_it_is(make_dossier: Callable[..., Dossier]) -> None:
    for held in ({}, {"igate": [make_dossier()]}, {"portal": [make_dossier()]}):
        made = systems(*ALL, **held)
        dossier = await RoutedSystems(made, load_routes()).find(CODE)
        assert (dossier is not None) == bool(held)
        assert [system.calls for system in made.values()] == [1, 1, 1, 1]


async def test_the_slowest_is_waited_for(make_dossier: Callable[..., Dossier]) -> None:
    class Late(FakeDossierSystem):
        def __init__(self) -> None:
            super().__init__()
            self.go = asyncio.Event()

        async def find(self, code: DossierCode) -> Dossier | None:
            await self.go.wait()
            return await super().find(code)

    late = Late()
    made = {**systems("igate", igate=[make_dossier()]), "portal": late}
    task = asyncio.create_task(RoutedSystems(made, load_routes()).find(CODE))
    await asyncio.sleep(0.01)
    assert not task.done()
    late.go.set()
    assert await task is not None


async def test_the_first_that_names_the_owner_is_believed(make_dossier: Callable[..., Dossier]) -> None:
    nameless = make_dossier(proof_tails=(), status_raw="lgsp")
    held = {"lgsp": [nameless], "ioc": [make_dossier(status_raw="ioc")], "portal": [make_dossier(status_raw="portal")]}
    dossier = await RoutedSystems(systems(*ALL, **held), load_routes()).find(CODE)
    assert dossier is not None
    assert dossier.status_raw == "ioc"


async def test_one_that_is_down_leaves_the_answer_partial(make_dossier: Callable[..., Dossier]) -> None:
    made = systems(*ALL, portal=[make_dossier()])
    routed = RoutedSystems(made, load_routes())
    made["igate"].down = True
    dossier = await routed.find(CODE)
    assert dossier is not None
    assert dossier.partial
    with pytest.raises(Unavailable) as caught:
        await routed.find(code("H26.16-261110-9999"))
    assert caught.value.data == {"partial": True}
    for system in made.values():
        system.down = True
    with pytest.raises(Unavailable) as caught:
        await routed.find(CODE)
    assert caught.value.data == {"partial": False}


async def test_a_fault_nobody_foresaw_is_not_swallowed() -> None:
    class Broken(FakeDossierSystem):
        async def find(self, code: DossierCode) -> Dossier | None:
            raise TthcError(ErrorCode.INTERNAL)

    with pytest.raises(TthcError) as caught:
        await RoutedSystems({**systems("portal"), "igate": Broken()}, load_routes()).find(CODE)
    assert caught.value.code is ErrorCode.INTERNAL
