"""Officers' records: read with readable errors, merged with imported ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge_base.catalogue import Catalogue, import_paths
from knowledge_base.curated import load_curated, merge, read_curated
from knowledge_base.errors import BadInput
from knowledge_base.procedure import Channel, Duration, Fee, FieldIssue, Method, Trust
from tests.knowledge_base.samples import PAGES, TODAY, made

RECORD = """
code: "{code}"
name: Cấp sổ tay mẫu
methods:
  - channel: in_person
    duration: {{value: 3, unit: working_day}}
source: {{layout: curated, data_date: {date}}}
summary: Sổ để ghi.
phrasings: [làm sổ tay]
checked: {{on: 2026-11-22, against: "Cổng"}}
{more}
"""


def write(folder: Path, name: str, code: str = "9.000001", date: str = "2026-07-18", more: str = "") -> None:
    (folder / "phong").mkdir(exist_ok=True)
    (folder / "phong" / name).write_text(RECORD.format(code=code, date=date, more=more), encoding="utf-8")


def method(*fees: Fee, duration: Duration | None = None, channel: Channel = Channel.ONLINE) -> Method:
    return Method(channel=channel, fees=list(fees), duration=duration or Duration(trust=Trust.MISSING))


def money(amount: int | None, text: str = "", trust: Trust = Trust.STATED, reason: str = "") -> Fee:
    return Fee(amount=None if amount is None else Decimal(amount), text=text, trust=trust, reason=reason)


def test_files_are_read_and_checked_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "9.000002.yml", "9.000002", more="override: true")
    write(tmp_path, "9.000001.yml")
    assert [item.code for item in load_curated(tmp_path)] == ["9.000001", "9.000002"]
    assert [item.override for item in read_curated(tmp_path)] == [False, True]
    assert load_curated(tmp_path / "none") == []


def test_every_fault_names_file_key_and_what(tmp_path: Path) -> None:
    write(tmp_path, "9.000001.yml", more="colour: red")
    write(tmp_path, "9.000002.yml", code="9.000003")
    write(tmp_path, "9.000004.yml", code="9.000004", more="override: perhaps")
    (tmp_path / "phong" / "list.yml").write_text("- a\n", encoding="utf-8")
    (tmp_path / "phong" / "broken.yml").write_text('name: "open\ncode: 1\n', encoding="utf-8")
    (tmp_path / "phong" / "latin.yml").write_bytes("name: é".encode("latin-1"))
    write(tmp_path, "9.000005.yml", code="9.000005")
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "9.000005.yml").write_text(
        RECORD.format(code="9.000005", date="2026-07-18", more=""), encoding="utf-8"
    )
    with pytest.raises(BadInput) as caught:
        load_curated(tmp_path)
    lines = caught.value.detail.split("; ")
    assert "phong/9.000001.yml: colour: Extra inputs are not permitted" in lines
    assert "phong/9.000002.yml: code: 9.000003 is not the name of the file" in lines
    assert "phong/9.000004.yml: override: true or false is wanted" in lines
    assert "phong/list.yml: file: one mapping of keys is wanted" in lines
    assert any(line.startswith("phong/broken.yml: line ") for line in lines)
    assert any(line.startswith("phong/latin.yml: encoding: not UTF-8") for line in lines)
    assert "twin/9.000005.yml: code: 9.000005 is also in phong/9.000005.yml" in lines


@pytest.mark.parametrize(
    ("imported", "curated", "override", "wins"),
    [
        ("2026-07-18", "2026-07-18", False, "curated"),
        ("2026-07-18", "2026-06-15", False, "imported"),
        ("2026-06-15", "2026-07-18", False, "curated"),
        ("2026-07-18", "2026-06-15", True, "curated"),
        (None, "2026-06-15", False, "curated"),
    ],
)
def test_facts_from_the_newer_words_from_the_curated(
    imported: str | None, curated: str, override: bool, wins: str
) -> None:
    date = dt.date.fromisoformat(imported) if imported else None
    first = made(date=date, conditions="imported", issues=[FieldIssue(field="a", problem="x")])
    second = made(
        date=dt.date.fromisoformat(curated), layout="curated", conditions="curated", summary="Sổ để ghi.",
        phrasings=["làm sổ"], issues=[FieldIssue(field="a", problem="x"), FieldIssue(field="b", problem="y")],
    )  # fmt: skip
    found = merge(first, second, override=override)
    assert found.conditions == wins
    assert (found.summary, found.phrasings) == ("Sổ để ghi.", ["làm sổ"])
    assert {issue.field for issue in found.issues} == {"a", "b"}
    assert len(found.issues) == 2


def test_empty_facts_are_filled_from_the_other_record() -> None:
    found = merge(made(agencies=[]), made(agencies=["Công an cấp xã"], online_url="https://example.invalid"))
    assert found.agencies == ["Công an cấp xã"]
    assert found.online_url == "https://example.invalid"
    assert merge(made(agencies=["Sở"]), made(agencies=["Phòng"])).agencies == ["Phòng"]
    assert merge(made(agencies=["Sở"], date=LATER), made(agencies=["Phòng"])).agencies == ["Sở"]


def test_lines_of_an_import_on_the_same_decision_stay_for_quoting() -> None:
    first = made(conditions="Không được ủy quyền cho người khác nộp thay.", date=dt.date(2026, 6, 15))
    second = made(conditions="Phải tự nộp, không nhờ người khác được.", layout="curated")
    same = first.source.model_copy(update={"decision": "12/QĐ-X"})
    mine = second.source.model_copy(update={"decision": "12/qđ-x"})
    found = merge(first.model_copy(update={"source": same}), second.model_copy(update={"source": mine}))
    assert found.conditions == second.conditions
    assert [quote.text for quote in found.verbatim] == [first.conditions]
    other = second.source.model_copy(update={"decision": "99/QĐ-Y"})
    older = first.model_copy(update={"source": same})
    assert merge(older, second.model_copy(update={"source": other})).verbatim == []


LATER = dt.date(2026, 8, 1)
DOUBT = money(None, "Do Hội đồng nhân dân quy định", Trust.DOUBTFUL, "nguồn mâu thuẫn")


@pytest.mark.parametrize(
    ("imported", "curated", "trust"),
    [
        (money(0), [DOUBT], Trust.DOUBTFUL),
        (money(20_000), [DOUBT, money(20_000)], Trust.STATED),
        (money(135, "a"), [money(135, "a", Trust.DOUBTFUL)], Trust.DOUBTFUL),
        (money(135_000), [money(135, "a", Trust.DOUBTFUL)], Trust.STATED),
        (money(0), [money(0)], Trust.STATED),
        (money(0), [], Trust.STATED),
    ],
)
def test_a_fee_in_doubt_stays_in_doubt(imported: Fee, curated: list[Fee], trust: Trust) -> None:
    found = merge(made(methods=[method(imported)], date=LATER), made(methods=[method(*curated)])).methods[0].fees[0]
    assert found.trust is trust
    assert found.amount == imported.amount
    assert found.text or trust is Trust.STATED


def test_doubt_of_another_channel_does_not_reach() -> None:
    curated = made(methods=[method(DOUBT, channel=Channel.POSTAL)])
    assert merge(made(methods=[method(money(0))], date=LATER), curated).methods[0].fees[0].trust is Trust.STATED


def test_catalogue_works_without_snapshot_and_merges_with_one(tmp_path: Path) -> None:
    folder = tmp_path / "curated"
    folder.mkdir()
    write(folder, "9.000001.yml")
    write(folder, "9.000009.yml", "9.000009")
    assert [item.code for item in Catalogue.load(tmp_path, folder)] == ["9.000001", "9.000009"]
    import_paths([PAGES], tmp_path, TODAY)
    catalogue = Catalogue.load(tmp_path, folder)
    assert len(catalogue) == 4
    assert catalogue.require("9.000001").summary == "Sổ để ghi."
    assert catalogue.require("9.000001").source.layout == "curated"  # newer than the page of June


def test_the_curated_records_of_the_project_are_sound() -> None:
    for record in load_curated():
        assert record.summary, record.code
        assert record.phrasings, record.code


def test_names_that_fill_a_telephone_have_a_short_one() -> None:
    assert [p.code for p in load_curated() if len(p.name) > 110 and not p.short_name] == []
    short = [p.short_name for p in load_curated() if p.short_name]
    assert len(set(short)) == len(short)
