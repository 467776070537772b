"""Typed answers: by number, by words, without diacritics; and what is no answer."""

from __future__ import annotations

import pytest

from actions.cases.model import UNSURE, Question
from actions.cases.reading import is_back, read
from knowledge_base.text import fold
from tests.actions.cases.records import interview


def question(name: str) -> Question:
    found = interview().question(name)
    assert found is not None
    return found


SAID = [
    ("viec", "1", "lan_dau"),
    ("viec", "số 2", "cap_lai"),
    ("viec", "câu 3", "ban_sao"),
    ("viec", "cái đầu", "lan_dau"),
    ("viec", "thứ hai", "cap_lai"),
    ("viec", "cái cuối cùng", "ban_sao"),
    ("viec", "dạ lần đầu ạ", "lan_dau"),
    ("viec", "em bị mất sổ nên làm lại", "cap_lai"),
    ("viec", "bản sao", "ban_sao"),
    ("nguoi", "tôi nhờ bạn đi giúp", "lam_thay"),
    ("nguoi", "tự đi", "tu_nop"),
    ("nguoi", "em tính nhờ mấy đứa bạn", "lam_thay"),
    ("tuoi", "rồi", "du"),
    ("tuoi", "chưa", "chua"),
    ("tuoi", "cháu chưa đủ 14 tuổi", "chua"),
    ("nop", "online", "qua_mang"),
    ("nop", "nộp qua mạng nhé", "qua_mang"),
    ("nop", "bưu điện", "buu_chinh"),
    ("nop", "tôi không biết", UNSURE),
    ("nop", "chưa rõ", UNSURE),
    ("nop", "em ko chắc", UNSURE),
    ("nop", "sao cũng được", UNSURE),
    ("viec", "cái thứ nhất ý ạ", "lan_dau"),
]


@pytest.mark.parametrize(("name", "text", "answer"), SAID)
def test_an_answer_is_read_with_and_without_diacritics(name: str, text: str, answer: str) -> None:
    for said in (text, fold(text), text.upper()):
        got = read(question(name), said)
        assert got is not None, said
        assert got.answer == answer, said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("viec", "4"),
        ("viec", "0"),
        ("viec", "thứ chín"),
        ("viec", ""),
        ("viec", "lần đầu hay cấp lại đều được"),
        ("nop", "nộp qua mạng thì lệ phí bao nhiêu?"),
        ("nop", "gửi bưu điện được không"),
        ("nop", "trời hôm nay đẹp"),
        ("nop", "tôi không nộp qua mạng"),
        ("viec", "không"),
        ("viec", "có"),
        ("nop", "con tôi mới sinh ở quê ngoại tháng trước giờ tôi muốn nộp qua mạng cho nhanh thôi"),
        ("tuoi", "lệ phí chưa thấy nói"),
    ],
)
def test_what_is_no_clear_answer_is_left_to_the_rules(name: str, text: str) -> None:
    assert read(question(name), text) is None


def test_only_a_whole_answer_is_sure_and_may_overrule_another_want() -> None:
    whole, part = read(question("nop"), "nộp qua mạng"), read(question("nop"), "chắc là online cho nhanh")
    assert whole is not None
    assert part is not None
    assert (whole.sure, part.sure) == (True, False)


@pytest.mark.parametrize("text", ["quay lại", "sửa câu trước", "cho tôi quay lại câu trước", "bấm nhầm rồi", "tro lai"])
def test_going_back(text: str) -> None:
    assert is_back(text)


@pytest.mark.parametrize("text", ["nộp qua mạng", "làm lại sổ", "tuần trước tôi có quay lại phường hỏi cán bộ một cửa"])
def test_not_going_back(text: str) -> None:
    assert not is_back(text)
