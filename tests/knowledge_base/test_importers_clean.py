"""Text made fit: NFC, no invisible characters, placeholders emptied."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.importers import clean


@given(st.text())
def test_scrub_is_nfc_and_stable(text: str) -> None:
    once = clean.scrub(text)
    assert unicodedata.is_normalized("NFC", once)
    assert clean.scrub(once) == once
    assert not any(unicodedata.category(character) in ("Cc", "Co") and character != "\n" for character in once[:1000]
                   if ord(character) < 0xF0000)  # fmt: skip


@given(st.text(alphabet="aắđ \t\n\u200b\u00a0"))
def test_line_has_single_blanks(text: str) -> None:
    assert clean.line(text) == " ".join(clean.line(text).split())
    assert "\n" not in clean.line(text)


def test_characters_of_the_portal() -> None:
    decomposed = unicodedata.normalize("NFD", "Giấy  phép")
    assert clean.line(f"\u200b{decomposed}\u00a0\tmới\ufeff\r\n") == "Giấy phép mới"
    assert clean.line("Ðơn") == "Đơn"
    assert clean.line("\uf0b7 Giấy \ue123tờ") == "- Giấy tờ"
    assert clean.block("a \u2028\t b\n\n\n\nc ") == "a\nb\n\nc"


@pytest.mark.parametrize(
    "text", ["", " ", "--", "Không có thông tin", "Không", "không có.", "Không quy định.", "- Không", "Không yêu cầu"]
)
def test_placeholders_are_empty(text: str) -> None:
    assert clean.value(text) == ""
    assert clean.value_block(text) == ""


@pytest.mark.parametrize("text", ["Không quá 03 ngày", "Không thu phí", "Có", "Không có tiền án"])
def test_words_that_say_something_stay(text: str) -> None:
    assert clean.value(text) == text


def test_items_lose_bullets_and_separators_only() -> None:
    assert clean.entry("  - Giấy tờ; bản chính; ") == "Giấy tờ; bản chính"
    assert clean.unique(["Đơn.", "đơn", "", "Tờ khai"]) == ["Đơn.", "Tờ khai"]
