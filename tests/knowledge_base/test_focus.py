"""What a question is about, once the words of asking are gone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.curated import load_curated
from knowledge_base.encoder.noise import drop_accents
from knowledge_base.focus import about, subject_words
from knowledge_base.phrasings import load_phrasings
from knowledge_base.text import expand, fold, lexicon, words


@pytest.mark.parametrize(
    "question",
    [
        "thế mất bao lâu?",
        "cần giấy tờ gì",
        "hết bao nhiêu tiền vậy ạ",
        "nộp ở đâu",
        "có được nộp online không",
        "lệ phí thế nào",
        "đặt lịch hẹn",
        "có mất tiền ko",
        "nop o dau j e",
        "hồ sơ gồm những gì nhỉ",
        "mấy ngày có",
        "30 ngày",
        "ok",
        "🙂",
        "",
    ],
)
def test_a_question_without_a_subject(question: str) -> None:
    assert subject_words(question) == []
    assert subject_words(drop_accents(question)) == []


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("làm sổ đỏ mất bao lâu", {"so", "do"}),
        ("khai sinh cần giấy tờ gì", {"khai", "sinh"}),
        ("xin giấy độc thân ở đâu", {"doc", "than"}),
        ("cấp lại bằng lái hết bao nhiêu tiền", {"bang", "lai"}),
        ("đặt lịch làm hộ chiếu", {"ho", "chieu"}),
        ("đk kết hôn ntn", {"dang", "ky", "ket", "hon"}),
        ("mất căn cước thì làm sao", {"mat", "can", "cuoc"}),
        ("1.001193 nộp ở đâu", {"1.001193"}),
    ],
)
def test_a_question_with_a_subject(question: str, subject: set[str]) -> None:
    assert subject <= set(subject_words(question))
    assert subject <= set(subject_words(unicodedata.normalize("NFD", question)))


def test_the_subject_stays_without_diacritics() -> None:
    for question, word in (("lam so do mat bao lau", "so"), ("dk ket hon o dau", "hon"), ("mat con dau", "con")):
        assert word in subject_words(question)


def test_about_keeps_the_view_it_was_typed_in() -> None:
    assert about("khai sinh cần giấy tờ gì") == "khai sinh"
    assert about("khai sinh can giay to gi") == "khai sinh"
    assert about("Đăng ký xe hết bao nhiêu tiền") == "đăng ký xe"


def test_what_people_ask_for_always_has_a_subject() -> None:
    asked = [" ".join(said) for said in lexicon().added]
    asked += [text for texts in load_phrasings().values() for text in texts]
    asked += [text for procedure in load_curated() for text in (procedure.name, *procedure.phrasings)]
    assert [text for text in asked if not subject_words(text)] == []


@given(st.text())
def test_the_subject_is_made_of_the_words_typed(text: str) -> None:
    typed = [fold(word) for word in words(expand(text))]
    rest = iter(typed)
    assert all(word in rest for word in subject_words(text))  # in their order
    assert set(about(text).split()) <= set(words(expand(text)))
