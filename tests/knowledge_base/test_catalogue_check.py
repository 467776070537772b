"""The check of the catalogue: trust of each field, faults, names written almost alike."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from knowledge_base.catalogue_check import FIELDS, CatalogueCheck, States, check, name_key, trust_of
from knowledge_base.problems import issue
from knowledge_base.procedure import Channel, Duration, Fee, Method, Paper, PaperGroup, Procedure, Step, Trust
from tests.knowledge_base.samples import made


def full(code: str, **fields: object) -> Procedure:
    method = Method(channel=Channel.ONLINE, duration=Duration(text="Ngay trong ngày"), fees=[Fee(amount=Decimal(0))])
    return made(
        code, methods=[method], groups=[PaperGroup(papers=[Paper(name="Đơn", originals=1)])], agencies=["Sở Sổ tay"],
        steps=[Step(text="Nộp")], conditions="Có sổ cũ", **fields,
    )  # fmt: skip


def test_each_field_has_a_state() -> None:
    assert {trust_of(full("9.000001"), field) for field in FIELDS} == {Trust.STATED}
    name = made(legal_bases=[], layout="portal_list")
    assert {trust_of(name, field) for field in FIELDS} == {Trust.MISSING}


def test_one_doubt_makes_a_field_doubtful() -> None:
    doubt = Method(
        channel=Channel.POSTAL,
        duration=Duration(value=Decimal(3), text="3", trust=Trust.DOUBTFUL),
        fees=[Fee(amount=Decimal(8), text="8 đồng", trust=Trust.DOUBTFUL), Fee(amount=Decimal(0))],
    )
    base = full("9.000001")
    record = base.model_copy(update={
        "methods": [*base.methods, doubt],
        "issues": [issue("steps", "district_level"), issue("paper_groups", "paper_order", "repaired"),
                   issue("paper_groups", "paper_notes")],
    })  # fmt: skip
    states = {field: trust_of(record, field) for field in FIELDS}
    assert {field for field, state in states.items() if state is Trust.DOUBTFUL} == {"fees", "durations", "steps"}
    assert states["papers"] is Trust.STATED


def test_names_are_compared_without_stop_and_leading_words() -> None:
    assert name_key("Thủ tục cấp  sổ tay.") == name_key("Cấp sổ tay") == name_key("CẤP SỔ TAY")
    assert name_key("Cấp sổ tay") != name_key("Cấp lại sổ tay")
    assert name_key("Cấp sổ tay") != name_key("Cấp số tay")


def test_the_check_counts_and_names() -> None:
    records = [
        full("9.000001", name="Cấp sổ tay.", origins={"agencies": "portal_list 2026-07-18"}),
        full("9.000002", name="Thủ tục cấp sổ tay", issues=[issue("fees", "fee_too_small")]),
        full("9.000003", name="Thả diều"),
        made("9.000004", name="Thả diều", legal_bases=[], layout="portal_list", issues=[issue("source", "names_only")]),
    ]
    found = check(records)
    assert (found.total, found.names_only, found.joined) == (4, 1, 1)
    assert found.layouts == {"portal_api": 3, "portal_list": 1}
    assert found.trust["fees"] == States(stated=3, missing=1)
    assert found.trust_by_layout["portal_list"]["steps"] == States(missing=1)
    assert found.origins == {"agencies": {"portal_list 2026-07-18": 1}}
    assert [(fault.field, fault.codes) for fault in found.faults] == [("fees", ["9.000002"]), ("source", ["9.000004"])]
    assert [(group.identical, [item.code for item in group.procedures]) for group in found.alike] == [
        (False, ["9.000001", "9.000002"]), (True, ["9.000003", "9.000004"]),
    ]  # fmt: skip


def test_the_check_on_a_terminal_and_as_json(tmp_path: Path) -> None:
    found = check([full("9.000001"), full("9.000002", name="Thủ tục cấp sổ tay mẫu")])
    shown = io.StringIO()
    Console(file=shown, width=200).print(found)
    assert "2 procedures: 0 known by name alone" in shown.getvalue()
    assert "2 / 0 / 0" in shown.getvalue()
    assert "9.000001 (-) 9.000002 (-)" in shown.getvalue()
    found.write(tmp_path / "check.json")
    assert CatalogueCheck.model_validate_json((tmp_path / "check.json").read_bytes()) == found
    assert check([]).total == 0
