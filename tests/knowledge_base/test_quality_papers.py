"""Papers: notes, doubles, order, groups."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.procedure import FieldIssue, Paper, PaperGroup
from knowledge_base.quality_papers import groups, rank


def group(*names: str, case: str = "") -> PaperGroup:
    return PaperGroup(case=case, papers=[Paper(name=name, originals=1) for name in names])


def names(found: list[PaperGroup]) -> list[list[str]]:
    return [[paper.name for paper in item.papers] for item in found]


def actions(issues: list[FieldIssue]) -> list[str]:
    return [issue.action for issue in issues]


@given(st.permutations(["a) Đơn", "b) Ảnh", "c) Thẻ", "d) Sổ", "đ) Giấy hẹn", "e) Bản khai"]))
def test_letters_are_put_in_vietnamese_order(shuffled: list[str]) -> None:
    issues: list[FieldIssue] = []
    assert names(groups([group(*shuffled)], issues)) == [sorted(shuffled, key=_letter)]
    assert ("repaired" in actions(issues)) == (shuffled != sorted(shuffled, key=_letter))


def _letter(name: str) -> int:
    return "abcdđe".index(name[0])


@pytest.mark.parametrize(
    "right",
    [
        ["1. Đơn", "2. Ảnh", "10. Thẻ"],
        ["1.1. Đơn", "1.2. Ảnh", "2.1. Thẻ"],
        ["(i) Đơn", "(ii) Ảnh", "(iv) Thẻ"],
        ["(1) Đơn", "(2) Ảnh"],
        ["A. Đơn", "B. Ảnh"],
    ],
)
def test_numbers_are_put_in_order(right: list[str]) -> None:
    shuffled = random.Random(3).sample(right, len(right))
    assert names(groups([group(*shuffled)], [])) == [right]


@pytest.mark.parametrize(
    "given_names",
    [
        ["b) Đơn", "Ảnh", "a) Thẻ"],  # an unmarked paper may belong under any mark
        ["b) Đơn", "a) Ảnh", "a) Thẻ"],  # a mark twice
        ["2. Đơn", "a) Ảnh"],  # two styles
        ["02 ảnh cỡ 4x6", "01 đơn"],  # quantities, no marks
    ],
)
def test_order_is_left_where_marks_do_not_allow(given_names: list[str]) -> None:
    issues: list[FieldIssue] = []
    assert names(groups([group(*given_names)], issues)) == [given_names]
    assert "repaired" not in actions(issues)


def test_notes_keep_their_place_among_ordered_papers() -> None:
    papers = [Paper(name="Hồ sơ gồm:"), Paper(name="b) Ảnh", originals=1), Paper(name="a) Đơn", originals=1)]
    found = groups([PaperGroup(papers=papers)], [])
    assert names(found) == [["Hồ sơ gồm:", "a) Đơn", "b) Ảnh"]]
    assert found[0].papers[0].is_note


@pytest.mark.parametrize("name", ["Đơn", "4x6 cm", "b", "xx) Đơn", "f) Đơn", "2026 là năm"])
def test_what_is_no_mark(name: str) -> None:
    assert rank(name) is None


def test_the_same_paper_twice_is_dropped_and_its_forms_joined() -> None:
    papers = [
        Paper(name="Đơn đề nghị;", originals=1, form="a.doc"),
        Paper(name="đơn đề nghị", originals=1, form="b.doc"),
        Paper(name="Đơn đề nghị", copies=1),
    ]
    issues: list[FieldIssue] = []
    (found,) = groups([PaperGroup(papers=papers)], issues)
    assert [(paper.originals, paper.copies, paper.form) for paper in found.papers] == [
        (1, 0, "a.doc; b.doc"),
        (0, 1, ""),
    ]
    assert sorted(actions(issues)) == ["kept", "repaired"]


def test_the_same_paper_in_two_cases_stays_in_both() -> None:
    assert names(groups([group("Đơn", case="Mất"), group("Đơn", case="Hỏng")], [])) == [["Đơn"], ["Đơn"]]


def test_a_group_split_in_two_is_joined() -> None:
    issues: list[FieldIssue] = []
    given_groups = [group("Đơn", case="Mất"), group("Ảnh", case="Hỏng"), group("Thẻ", "Đơn", case="mất:")]
    assert names(groups(given_groups, issues)) == [["Đơn", "Thẻ"], ["Ảnh"]]
    assert actions(issues) == ["repaired", "repaired"]


def test_nameless_papers_take_the_name_of_their_form_or_go() -> None:
    papers = [Paper(name="", originals=1, form="Mus01.docx"), Paper(name="", originals=1)]
    assert names(groups([PaperGroup(papers=papers)], [])) == [["Mus01.docx"]]


def test_notes_alone_are_no_papers() -> None:
    issues: list[FieldIssue] = []
    (found,) = groups([PaperGroup(papers=[Paper(name="Nộp qua mạng.")])], issues)
    assert found.papers[0].is_note
    assert len(issues) == 2
    assert groups([], []) == []
