"""Importing into the snapshot, and the catalogue made of it."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from knowledge_base.catalogue import Catalogue, import_paths
from knowledge_base.catalogue_report import ImportReport
from knowledge_base.errors import ErrorCode, NotFound
from knowledge_base.importers import Layout, Reason
from tests.knowledge_base.samples import API, FOLDER, OTHERS, PAGES, TODAY


@pytest.fixture
def no_curated(tmp_path: Path) -> Path:
    folder = tmp_path / "curated"
    folder.mkdir()
    return folder


def test_pages_are_kept_and_foreign_content_set_aside(tmp_path: Path, no_curated: Path) -> None:
    report = import_paths([PAGES], tmp_path, TODAY)
    assert (report.kept, report.added, report.total) == (3, 3, 3)
    (aside,) = report.set_aside
    assert (aside.reason, aside.code, aside.line) == (Reason.FOREIGN_CONTENT, "9.000003", 3)
    assert aside.file == str(PAGES)
    catalogue = Catalogue.load(tmp_path, no_curated)
    assert [item.code for item in catalogue] == ["9.000001", "9.000002", "9.000004"]
    assert len(catalogue) == 3
    assert "9.000002" in catalogue
    assert catalogue.manifest is not None
    assert catalogue.manifest.layouts == {"portal_page": 3}
    assert catalogue.manifest.files == ["portal_page.jsonl"]


def test_a_second_import_changes_nothing(tmp_path: Path, no_curated: Path) -> None:
    import_paths([PAGES], tmp_path, TODAY)
    data = tmp_path / "catalogue" / "current.jsonl.gz"
    before = (data.read_bytes(), data.stat().st_mtime_ns, Catalogue.load(tmp_path, no_curated).fingerprint)
    report = import_paths([PAGES], tmp_path, TODAY)
    assert (report.kept, report.added, report.updated, report.unchanged) == (3, 0, 0, 3)
    assert before == (data.read_bytes(), data.stat().st_mtime_ns, Catalogue.load(tmp_path, no_curated).fingerprint)


@pytest.mark.parametrize("order", [[PAGES, API], [API, PAGES]])
def test_the_newer_record_wins_in_any_order(order: list[Path], tmp_path: Path, no_curated: Path) -> None:
    for path in order:
        import_paths([path], tmp_path, TODAY)
    catalogue = Catalogue.load(tmp_path, no_curated)
    assert len(catalogue) == 4
    assert catalogue.require("9.000001").source.layout == Layout.PORTAL_API
    once = tmp_path / "once"
    report = import_paths(order, once, TODAY)
    assert Catalogue.load(once, no_curated).fingerprint == catalogue.fingerprint
    assert (report.kept, report.outdated) == (4, 1)
    assert report.reasons == {Reason.FOREIGN_CONTENT: 1, Reason.OTHER_PROVINCE: 1, Reason.INTERNAL: 1}


def test_on_the_same_day_the_api_beats_the_page(tmp_path: Path, no_curated: Path) -> None:
    page = json.loads(PAGES.read_text(encoding="utf-8").splitlines()[0]) | {"_crawled_on": "2026-07-18"}
    (tmp_path / "page.jsonl").write_text(json.dumps(page), encoding="utf-8")
    report = import_paths([API, tmp_path / "page.jsonl"], tmp_path, TODAY)
    assert report.outdated == 1
    assert Catalogue.load(tmp_path, no_curated).require("9.000001").source.layout == Layout.PORTAL_API
    page["_crawled_on"] = "2026-08-01"
    (tmp_path / "page.jsonl").write_text(json.dumps(page), encoding="utf-8")
    assert import_paths([tmp_path / "page.jsonl"], tmp_path, TODAY).updated == 1


def test_what_no_importer_reads_is_named_with_one_line_a_file(tmp_path: Path) -> None:
    report = import_paths([OTHERS], tmp_path, TODAY)
    assert {(Path(item.file).name, item.reason, item.code) for item in report.set_aside} == {
        ("faq.jsonl", Reason.UNKNOWN_LAYOUT, ""),
        ("list.json", Reason.OTHER_PROVINCE, "9.000042"),
        ("list.json", Reason.INTERNAL, "9.000043"),
        ("list.json", Reason.NO_CODE, "9.000044-Xoa"),
    }
    assert (report.kept, report.names_only, report.joined) == (6, 3, 0)
    lines = "".join('{"question": "?"}\n' for _ in range(3))
    (tmp_path / "many.jsonl").write_text(lines, encoding="utf-8")
    (aside,) = import_paths([tmp_path / "many.jsonl"], tmp_path / "other", TODAY).set_aside
    assert (aside.reason, aside.line, aside.count) == (Reason.UNKNOWN_LAYOUT, 1, 3)
    assert not (tmp_path / "other" / "catalogue" / "current.jsonl.gz").exists()


def test_damaged_input_is_named_and_the_rest_imported(tmp_path: Path) -> None:
    lines = PAGES.read_bytes().splitlines(keepends=True)
    nameless = json.dumps({"raw_text": "x", "ma_thu_tuc": " ", "ten_thu_tuc": "x"}).encode() + b"\n"
    (tmp_path / "bad.jsonl").write_bytes(lines[0] + b"{oops}\n" + nameless)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"".join(lines))[:-40])
    missing = tmp_path / "missing.jsonl"
    report = import_paths([tmp_path / "bad.jsonl", tmp_path / "cut.jsonl.gz", missing], tmp_path, TODAY)
    found = {(Path(item.file).name, item.line, item.reason) for item in report.set_aside}
    assert {
        ("bad.jsonl", 2, Reason.BAD_JSON),
        ("bad.jsonl", 3, Reason.NO_CODE),
        ("missing.jsonl", 0, Reason.UNREADABLE),
    } < found
    assert Reason.TRUNCATED in report.reasons
    assert report.kept >= 1


def test_progress_is_told(tmp_path: Path) -> None:
    calls: list[tuple[int, str]] = []
    import_paths([API, PAGES], tmp_path, TODAY, lambda done, file: calls.append((done, file.name)))
    assert calls == [(1, "9.000001.json"), (2, "9.000011.json"), (4, "others.jsonl"), (8, "portal_page.jsonl")]


def test_report_on_terminal_and_as_json(tmp_path: Path) -> None:
    report = import_paths([FOLDER], tmp_path, TODAY)
    shown = io.StringIO()
    Console(file=shown, width=200).print(report)
    assert "foreign_content: 1" in shown.getvalue()
    assert "portal_page.jsonl:3 code 9.000003, content of 9.000009" in shown.getvalue()
    assert "other_province: 2" in shown.getvalue()
    report.write(tmp_path / "report.json")
    again = ImportReport.model_validate_json((tmp_path / "report.json").read_bytes())
    assert again == report
    assert again.problems
    assert (again.repaired, again.doubtful) == (3, 6)


def test_unknown_code(tmp_path: Path, no_curated: Path) -> None:
    catalogue = Catalogue.load(tmp_path, no_curated)
    assert catalogue.get("9.000001") is None
    with pytest.raises(NotFound) as caught:
        catalogue.require("9.000001")
    assert caught.value.code is ErrorCode.PROCEDURE_UNKNOWN
