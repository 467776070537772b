"""Vietnamese text: one spelling for many, and the views made of it."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.encoder.features import features
from knowledge_base.focus import subject_words
from knowledge_base.text import expand, fold, has_diacritics, normalise, words

ROOT = Path(__file__).resolve().parents[2]
DIALOGUE = ROOT / ".venv" / "dialogue" / "bin" / "python"
VIETNAMESE = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ "
    "AĐÊÔƠƯÁẢỘỢỲ0123456789.,?-/\n\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b\u200b"
)
TEXTS = st.one_of(st.text(), VIETNAMESE)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hoà giải", "hòa giải"),
        ("HOÀ GIẢI", "HÒA GIẢI"),
        ("Oà khóc", "Òa khóc"),
        ("uỷ quyền", "ủy quyền"),
        ("Uỷ ban", "Ủy ban"),
        ("xoè", "xòe"),
        ("thuý, loá.", "thúy, lóa."),
        ("hoà2", "hòa2"),
        ("hoàn thuế", "hoàn thuế"),
        ("khoẻn", "khoẻn"),
        ("quý, quỳ, quỹ, QUÝ", "quý, quỳ, quỹ, QUÝ"),
        ("hòa", "hòa"),
    ],
)
def test_tone_marks_have_one_place(typed: str, kept: str) -> None:
    assert normalise(typed) == kept
    assert normalise(unicodedata.normalize("NFD", typed)) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("khai\u200b sinh\ufeff", "khai sinh"),
        ("e\u0302\u200b\u0301", "ế"),  # a mark parted from its letter
        ("\u202eđăng ký\u202c", "đăng ký"),
        ("kết\u00adhôn\U000e0041\U000e007f", "kếthôn"),
        ("a\u2013b\u2014c\u2212d\u2011e", "a-b-c-d-e"),
        ("a\u00a0\t b\u3000c", "a b c"),
        ("một \r\n hai\rba", "một\nhai\nba"),
        ("a\x00b\x07c\ue000d", "a b c d"),
        (" \n ", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_gone(typed: str, kept: str) -> None:
    assert normalise(typed) == kept


def test_case_and_other_scripts_are_kept() -> None:
    assert normalise("Sổ Đỏ 🙂 здравствуй 你好") == "Sổ Đỏ 🙂 здравствуй 你好"


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đăng ký", "dang ky"),
        ("GIẤY ĐỘC THÂN", "giay doc than"),
        ("ượ ưở ỡ ẵ", "uo uo o a"),
        (unicodedata.normalize("NFD", "Chứng thực"), "chung thuc"),
        ("", ""),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_long_texts_fold_as_short_ones() -> None:
    assert fold("Đăng ký " * 2000) == "dang ky " * 2000


def test_has_diacritics() -> None:
    assert has_diacritics("đo")
    assert has_diacritics(unicodedata.normalize("NFD", "Khai sinh ở đâu"))
    assert not has_diacritics("Khai sinh o dau? 1.001193 🙂")
    assert not has_diacritics("")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Đăng ký, khai-sinh!", ["đăng", "ký", "khai", "sinh"]),
        ("mã 1.001193?", ["mã", "1.001193", "1", "001193"]),
        ("12/2025/NĐ-CP", ["12/2025/nđ-cp", "12", "2025", "nđ", "cp"]),
        ("8h30", ["8", "h", "30"]),
        ("mẫu CT01", ["mẫu", "ct", "01"]),
        ("snake_case", ["snake", "case"]),
        ("🙂 ... ///", []),
        ("", []),
    ],
)
def test_words(typed: str, found: list[str]) -> None:
    assert words(typed) == found


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Đk ks ở đâu", "đăng ký khai sinh ở đâu"),
        ("CCCD hết hạn k?", "căn cước hết hạn không?"),
        ("k, ko; (kh)", "không, không; (không)"),
        ("thẻ bị hong", "thẻ bị hong"),
        ("so hong", "so hong"),
        ("kem, cốc, 8h, xyz", "kem, cốc, 8h, xyz"),
        (unicodedata.normalize("NFD", "người nông thôn"), "người nông thôn"),
    ],
)
def test_abbreviations_are_written_out_and_the_rest_left_alone(typed: str, written: str) -> None:
    assert expand(typed) == written


@given(TEXTS)
def test_normalise_settles_at_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()


@given(TEXTS)
def test_fold_settles_at_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_vietnamese_folds_to_plain_letters(text: str) -> None:
    assert fold(normalise(text)).isascii()


@given(VIETNAMESE)
def test_both_forms_of_a_text_are_one(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert normalise(composed) == normalise(decomposed)
    assert words(composed) == words(decomposed)
    assert features(composed) == features(decomposed)


@given(st.one_of(TEXTS, st.text(st.characters(categories=["Cs", "Co", "Cn", "Mn", "Lo", "Nd", "So"]))))
def test_no_text_is_too_strange(text: str) -> None:
    for word in [*words(text), *words(expand(text))]:
        assert word == word.strip()
        assert fold(word)
    assert all(" " not in term and term[1] == ":" for term in features(text))
    assert all(word.strip() for word in subject_words(text))


if DIALOGUE.exists():  # made by the set-up, so always there under `make test`

    def test_both_runtimes_read_alike() -> None:
        typed = ["Uỷ quyền đk ks ở đâu?", "lam lai the can cuoc mat bao lau", "mã 1.001193", "🙂", ""]
        program = (
            "import json, sys; from knowledge_base.text import words, fold, expand;"
            "from knowledge_base.encoder.features import features; from knowledge_base.focus import subject_words;"
            "print(json.dumps([[words(t), fold(t), expand(t), features(t), subject_words(t)]"
            " for t in json.load(sys.stdin)]))"
        )
        answers = []
        for python in (str(DIALOGUE), sys.executable):
            done = subprocess.run(
                [python, "-c", program], input=json.dumps(typed), capture_output=True, text=True, cwd=ROOT
            )
            assert done.returncode == 0, done.stderr
            answers.append(json.loads(done.stdout))
        assert answers[0] == answers[1]
        assert len(answers[0]) == len(typed)
