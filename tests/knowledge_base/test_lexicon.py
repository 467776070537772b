"""The lexicon: everyday words and the official ones beside them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

import knowledge_base.text
from knowledge_base.text import Lexicon, fold, lexicon, words

FILE = Path(knowledge_base.text.__file__).with_name("lexicon.tsv")
ROWS = [
    line.split("\t")
    for line in FILE.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("làm sổ đỏ hết bao nhiêu", ["giấy chứng nhận quyền sử dụng đất"]),
        ("lam so do", ["giấy chứng nhận quyền sử dụng đất"]),
        ("lam so hong", ["giấy chứng nhận quyền sở hữu nhà ở tài sản gắn liền với đất"]),
        ("SỔ ĐỎ", ["giấy chứng nhận quyền sử dụng đất"]),
        (unicodedata.normalize("NFD", "đổi bằng lái xe"), ["giấy phép lái xe"]),
        ("xin kt3", ["đăng ký tạm trú"]),
        ("so đo", []),  # typed with diacritics, and not this word
        ("hộ chiếu", ["hộ chiếu phổ thông"]),
        ("passport", ["hộ chiếu phổ thông"]),  # an abbreviation, in a text without diacritics
        ("bằng lái xe, bằng lái", ["giấy phép lái xe"]),
        ("cắt khẩu rồi nhập khẩu", ["xóa đăng ký thường trú", "đăng ký thường trú"]),
        ("", []),
        ("trời mưa", []),
    ],
)
def test_official_terms_in_both_views(typed: str, official: list[str]) -> None:
    assert lexicon().official(typed) == official


def test_every_entry_is_reached_in_both_views() -> None:
    for kind, said, meant in ROWS:
        if kind == "also":
            assert meant in lexicon().official(said), said
            assert lexicon().official(fold(said)), said


def test_the_longest_entry_wins(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("# remark\n\nabbr\tXM\txe máy\nalso\txe\tmột\nalso\txe máy điện\thai\n", encoding="utf-8")
    own = Lexicon(path)
    assert own.expand("xm XM xmx") == "xe máy xe máy xmx"
    assert own.official("xe máy điện") == ["hai"]
    assert own.official("xm dien") == ["hai"]
    assert own.official("máy, xe") == ["một"]


@pytest.mark.parametrize("line", ["other\ta\tb", "abbr\ta", "abbr\ta\tb\tc"])
def test_a_broken_line_is_not_taken(line: str, tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"unknown kind|unpack"):
        Lexicon(path)


def test_the_file_is_sound() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    for row in ROWS:
        assert len(row) == 3, row
        assert all(part and part == part.strip() for part in row), row
        assert row[0] in ("abbr", "also"), row
    keys = [(row[0], " ".join(words(row[1]))) for row in ROWS]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
    for kind, said, meant in ROWS:
        assert said != meant or kind == "also", said
        if kind == "abbr":
            assert len(said.split()) == 1, said


def test_no_abbreviation_hides_an_everyday_word() -> None:
    """Typed without diacritics, the words of the lexicon must not be taken for an abbreviation."""
    short = {row[1] for row in ROWS if row[0] == "abbr"}
    spoken = {word for row in ROWS if row[0] == "also" for word in words(f"{row[1]} {row[2]}")} | {"hỏng"}
    assert not {fold(word) for word in spoken if fold(word) != word} & short
