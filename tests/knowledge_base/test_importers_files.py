"""Files to records: layouts told by content, damaged files named by line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.importers import Layout, Reason, detect, layout_of, parse, read_records, walk
from tests.knowledge_base.samples import API, FOLDER, OTHERS, PAGES


@pytest.mark.parametrize(
    ("path", "layout"),
    [
        (PAGES, Layout.PORTAL_PAGE),
        (API / "9.000001.json", Layout.PORTAL_API),
        (API / "9.000011.json", Layout.PORTAL_API),
        (API / "others.jsonl", Layout.PORTAL_API),
        (OTHERS / "old.jsonl", Layout.OLD_PORTAL),
        (OTHERS / "doc.jsonl", Layout.EXTRACTED_DOC),
        (OTHERS / "list.json", Layout.PORTAL_LIST),
        (OTHERS / "faq.jsonl", Layout.UNKNOWN),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else str(value),
)
def test_layout_is_told_by_content(path: Path, layout: Layout, tmp_path: Path) -> None:
    assert detect(path) is layout
    renamed = tmp_path / "anything"
    renamed.write_bytes(path.read_bytes())
    assert detect(renamed) is layout
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert detect(packed) is layout


def test_missing_file_is_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        detect(tmp_path / "none.jsonl")
    assert caught.value.code is ErrorCode.BAD_FILE


def test_folder_is_walked_in_order_and_each_file_read_once() -> None:
    files = walk([FOLDER, PAGES])
    assert files == sorted(files)
    assert [file.name for file in files].count("portal_page.jsonl") == 1
    assert {file.name for file in files} >= {"9.000001.json", "old.jsonl", "list.json"}


def test_items_of_a_list_answer_are_records() -> None:
    codes = [raw.record["code"] for raw in read_records(OTHERS / "list.json") if raw.record]
    assert (len(codes), codes[:2]) == (7, [" 9.000001", "9.000002"])


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = PAGES.read_bytes().splitlines(keepends=True)
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines[0] + b'{"broken": \n' + b"\n" + b"7\n" + b'"\xff"\n' + lines[1])
    read = list(read_records(path))
    assert [(raw.line, raw.fault) for raw in read if raw.fault] == [
        (2, Reason.BAD_JSON), (4, Reason.BAD_JSON), (5, Reason.BAD_JSON),
    ]  # fmt: skip
    assert [raw.line for raw in read if raw.record] == [1, 6]
    assert read[1].place == f"{path}:2"


def test_first_line_cut_does_not_hide_the_others(tmp_path: Path) -> None:
    lines = PAGES.read_bytes().splitlines(keepends=True)
    path = tmp_path / "cut.jsonl"
    path.write_bytes(lines[0][:200] + b"\n" + lines[1])
    assert [(raw.line, raw.fault) for raw in read_records(path)] == [(1, Reason.BAD_JSON), (2, None)]


def test_broken_document_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text('{\n "code": "OK",\n "data": {\n', encoding="utf-8")
    (raw,) = read_records(path)
    assert raw.fault is Reason.BAD_JSON


def test_truncated_gzip_keeps_what_came_through(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    many = [json.dumps({"ma_thu_tuc": f"9.{number:06}", "raw_text": str(number) * 40}) for number in range(20_000)]
    packed = gzip.compress("\n".join(many).encode())
    path.write_bytes(packed[: len(packed) // 2])
    read = list(read_records(path))
    assert [raw.fault for raw in read if raw.fault] == [Reason.TRUNCATED]
    assert sum(raw.record is not None for raw in read) > 100
    assert read[-1].line > 100


def test_line_like_characters_do_not_split_a_record(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps({"a": "x\u2028y\x85z"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [raw.record for raw in read_records(path)] == [{"a": "x\u2028y\x85z"}]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"question": "?"}, Reason.UNKNOWN_LAYOUT),
        ({"Mã thủ tục:": "9.000001"}, Reason.INVALID),
        ({"metadata": {}, "content": {}, "tables": {}}, Reason.NO_CODE),
        ({"raw_text": "x", "ma_thu_tuc": ""}, Reason.NO_CODE),
        ({"raw_text": "x", "ma_thu_tuc": None}, Reason.NO_CODE),
        ({"raw_text": "x", "ma_thu_tuc": "9.000001"}, Reason.INVALID),
        ({"executionMethods": [], "name": "Không mã"}, Reason.NO_CODE),
        ({"executionMethods": [], "code": "9.000001", "name": ""}, Reason.INVALID),
        ({"executionMethods": [{"submissionMethod": "DIRECT", "fees": 3}], "code": "9.000001"}, Reason.INVALID),
    ],
)
def test_a_record_that_cannot_be_read_says_why(record: dict[str, object], reason: Reason) -> None:
    with pytest.raises(BadInput) as caught:
        parse(record)
    assert caught.value.code is ErrorCode.BAD_RECORD
    assert caught.value.data["reason"] is reason


def test_what_is_no_object_has_no_layout() -> None:
    assert layout_of(["executionMethods"]) is Layout.UNKNOWN
