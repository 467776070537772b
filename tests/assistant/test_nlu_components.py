"""Our Rasa components in their own environment: one spelling, stand-ins for numbers, codes spotted."""

from __future__ import annotations

from typing import Any

import pytest

from actions.personal_numbers import ID_MARK, PHONE_MARK
from tests.assistant.rasa_side import RasaSide

DOSSIER, PROCEDURE, PHONE, TIME, DATE, NUMBER, OTHER_SCRIPT = (
    "_mã_hồ_sơ_", "_mã_thủ_tục_", "_điện_thoại_", "_giờ_", "_ngày_", "_số_", "_chữ_khác_",
)  # fmt: skip


def read(side: RasaSide, text: str) -> dict[str, Any]:
    found: dict[str, Any] = side.ask("read", text)
    return found


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("khai sinh", "khai sinh"),
        ("kha\u0301m chu\u031b\u0303a", "khám chữa"),
        ("hoà giải, thuý", "hòa giải, thúy"),
        ("Hoà Bình", "Hòa Bình"),
        ("quý khách", "quý khách"),
        ("khai\u200b sinh\ufeff", "khai sinh"),
        ("khai\u00a0 sinh \u2013 mới", "khai sinh - mới"),
        ('/choose_procedure{"aspect": "hoà"}', '/choose_procedure{"aspect": "hoà"}'),
        ("\u200b", "\u200b"),
    ],
)
def test_one_spelling_for_many(rasa_side: RasaSide, typed: str, normal: str) -> None:
    assert read(rasa_side, typed)["text"] == normal


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Lệ phí bao nhiêu?", ["lệ", "phí", "bao", "nhiêu"]),
        ("hồ sơ H26.16-261103-0012 ạ", ["hồ", "sơ", DOSSIER, "ạ"]),
        ("000.00.16.H26-261103-0012", [DOSSIER]),
        ("h26-261103-0012", [DOSSIER]),
        ("1.001193 là gì", [PROCEDURE, "là", "gì"]),
        ("2.000815.000.00.00.H55", [PROCEDURE]),
        (f"số {PHONE_MARK}", ["số", PHONE]),
        (f"căn cước {ID_MARK}.", ["căn", "cước", PHONE]),
        ("0912345678", [PHONE]),
        ("9h, 9h30, 14:30, 9g", [TIME, TIME, TIME, TIME]),
        ("24/11 hoặc 24-11-2026", [DATE, "hoặc", DATE]),
        ("số 12", ["số", NUMBER]),
        ("lm cccd", ["làm", "căn", "cước"]),
        ("护照 passports паспорт", [OTHER_SCRIPT, "passports", OTHER_SCRIPT]),
        ("!!!", ["trống"]),
        ("😀", ["trống"]),
    ],
)
def test_tokens_are_syllables_and_stand_ins(rasa_side: RasaSide, text: str, tokens: list[str]) -> None:
    assert [token for token, _, _, _ in read(rasa_side, text)["tokens"]] == tokens


def test_the_lemma_is_the_word_without_marks_at_its_place(rasa_side: RasaSide) -> None:
    text = "Đăng ký hộ khẩu"
    tokens = read(rasa_side, text)["tokens"]
    assert [lemma for _, lemma, _, _ in tokens] == ["dang", "ky", "ho", "khau"]
    assert [text[start:end].lower() for _, _, start, end in tokens] == [token for token, _, _, _ in tokens]


def test_with_and_without_marks_the_lemmas_are_the_same(rasa_side: RasaSide) -> None:
    typed = "làm lại căn cước bị mất hết bao nhiêu tiền"
    plain = "lam lai can cuoc bi mat het bao nhieu tien"
    lemmas = [[lemma for _, lemma, _, _ in read(rasa_side, text)["tokens"]] for text in (typed, plain)]
    assert lemmas[0] == lemmas[1]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("hồ sơ H26.16-261103-0012 đến đâu", [["dossier_code", "H26.16-261103-0012"]]),
        ("h26-261103-0012, h26.16.2-20261103-12345", [["dossier_code", "h26-261103-0012"],
                                                       ["dossier_code", "h26.16.2-20261103-12345"]]),
        ("000.16.01.H26-261103-0012", [["dossier_code", "000.16.01.H26-261103-0012"]]),
        ("G09.05-20261103-0000012", [["dossier_code", "G09.05-20261103-0000012"]]),
        ("1.001193", [["procedure_code", "1.001193"]]),
        ("mã 1.001193, 2.000986?", [["procedure_code", "1.001193"], ["procedure_code", "2.000986"]]),
        ("phí 70.000 đồng, 1.500.000", []),
        ("11.001193", []),
        ("1.0011934", []),
        ("ngày 24/11/2026 lúc 9h30", []),
        ("/choose_procedure{\"procedure_code\": \"1.001193\"}", []),
        ("", []),
    ],
)  # fmt: skip
def test_codes_are_spotted_as_written(rasa_side: RasaSide, text: str, entities: list[list[str]]) -> None:
    found = read(rasa_side, text)
    assert [[name, value] for name, value, _, _ in found["entities"]] == entities
    assert all(text[start:end] == value for _, value, start, end in found["entities"])
