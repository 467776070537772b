"""The figures of search: each against numbers worked out by hand, and the report as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.encoder import StaticEncoder
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.evaluation import Question, Report, evaluate, figures, place, read_questions, wilson
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.search import ProcedureSearch
from tests.knowledge_base.invented import catalogue

NOWHERE = 10**6


@pytest.mark.parametrize(
    ("found", "wanted", "where"),
    [
        (["a", "b", "c"], ["a"], 0),
        (["a", "b", "c"], ["c", "b"], 1),
        (["a"], ["z"], NOWHERE),
        ([], ["a"], NOWHERE),
        (["a"], [], NOWHERE),
    ],
)
def test_place(found: list[str], wanted: list[str], where: int) -> None:
    assert place(found, wanted) == where


def test_figures() -> None:
    found = figures([0, 0, 1, 3, 4, 7, 19, 20, NOWHERE, NOWHERE])
    assert (found.questions, found.first, found.three, found.five) == (10, 0.2, 0.3, 0.5)
    assert found.mrr == pytest.approx((1 + 1 + 1 / 2 + 1 / 4 + 1 / 5 + 1 / 8 + 1 / 20) / 10, abs=6e-4)
    assert (found.low, found.high) == wilson(2, 10)
    assert figures([]).model_dump() == {
        "questions": 0, "first": 0.0, "three": 0.0, "five": 0.0, "mrr": 0.0, "low": 0.0, "high": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        # textbook values of the Wilson score interval without continuity correction, z = 1.96
        (5, 10, 0.237, 0.763),
        (0, 10, 0.0, 0.278),
        (10, 10, 0.722, 1.0),
        (1, 100, 0.002, 0.054),
        (81, 263, 0.255, 0.366),
        (0, 0, 0.0, 0.0),
    ],
)
def test_wilson(hits: int, count: int, low: float, high: float) -> None:
    assert list(wilson(hits, count)) == pytest.approx([low, high], abs=1e-9)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = wilson(hits, count)
    assert -0.001 < low <= hits / count + 0.001
    assert hits / count - 0.001 <= high < 1.001


def test_read_questions(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    rows = [
        {"query": "làm sổ đỏ", "codes": ["9.000001"], "best": "9.000001", "style": "plain", "aspect": "papers"},
        {"query": "trời mưa không", "expected": "abstain"},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(f"{text}\n\n  \n", encoding="utf-8")
    first, second = read_questions(path)
    assert first == Question(query="làm sổ đỏ", codes=["9.000001"], style="plain", aspect="papers")
    assert (first.answerable, second.answerable) == (True, False)


@pytest.mark.parametrize(
    "line",
    [b"{oops", b'{"codes": []}', b'{"query": 7}', b'{"query": "a", "codes": "b"}', b"[1]", b"7", b"null", b'"query"',
     b'{"query": "\xe1"}'],
)  # fmt: skip
def test_a_bad_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b'{"query": "a"}\n\n' + line + b"\n")
    with pytest.raises(BadInput, match=r"questions\.jsonl:3: ") as caught:
        read_questions(path)
    assert caught.value.code is ErrorCode.BAD_FILE


@pytest.fixture(scope="module")
def search(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcedureSearch]:
    index = EdgeIndex(tmp_path_factory.mktemp("evaluation") / "index")
    yield ProcedureSearch(catalogue(), index, StaticEncoder(trained))
    index.close()


def test_the_report(search: ProcedureSearch) -> None:
    asked = [
        Question(query=phrasing, codes=[procedure.code], style=style, aspect="papers")
        for procedure in catalogue()[:10]
        for phrasing, style in zip(procedure.phrasings, ("plain", "short"), strict=True)
    ]
    strange = [Question(query="zzz qqq"), Question(query="9.999999"), Question(query="Đăng ký xe đạp")]
    report = evaluate(search, [*asked, *strange], catalogue())
    assert (report.catalogue, report.encoder) == (16, search.encoder.name)
    assert (report.answerable, report.unanswerable) == (20, 3)
    assert report.overall.first >= 0.9
    assert report.answered_wrong <= 0.1
    assert report.answered_falsely == 0.333  # the exact name, asked as if it had no answer
    assert set(report.groups) == {"style", "aspect", "field", "view"}
    assert {name: found.questions for name, found in report.groups["style"].items()} == {"plain": 10, "short": 10}
    assert set(report.groups["aspect"]) == {"papers"}
    assert sum(found.questions for found in report.groups["field"].values()) == report.overall.questions
    assert set(report.groups["view"]) == {"as typed", "no accents", "one slip"}
    assert report.groups["view"]["as typed"] == report.overall
    assert set(report.baselines) == {"BM25, as typed", "BM25, folded", "rank fusion"}
    assert all(found.questions == 20 for found in report.baselines.values())
    assert report.baselines["BM25, as typed"].first < report.baselines["rank fusion"].first
    assert 0 < report.query_ms["p50"] <= report.query_ms["p95"]
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_the_report_of_no_questions(search: ProcedureSearch) -> None:
    report = evaluate(search, [], catalogue())
    assert report.overall.questions == report.answerable == report.unanswerable == 0
    assert report.query_ms == {"p50": 0.0, "p95": 0.0}
