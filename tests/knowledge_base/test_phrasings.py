"""How people ask: the loader, and the state of what was written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from knowledge_base.curated import load_curated
from knowledge_base.errors import BadInput, ErrorCode
from knowledge_base.phrasings import FOLDER, load_phrasings
from knowledge_base.procedure import CODE_PATTERN
from knowledge_base.text import normalise


def test_files_are_joined_by_code(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"code": "9.000001", "phrasings": ["một", "hai"]}\n\n{"code": "9.000002", "phrasings": []}\n', encoding="utf-8"
    )
    (tmp_path / "b.jsonl").write_text('{"code": "9.000001", "phrasings": ["ba"]}', encoding="utf-8")
    (tmp_path / "note.txt").write_text("no phrasings", encoding="utf-8")
    assert load_phrasings(tmp_path) == {"9.000001": ["một", "hai", "ba"], "9.000002": []}
    assert load_phrasings(tmp_path / "none") == {}


@pytest.mark.parametrize(
    "line",
    [
        b"{oops",
        b"[]",
        b"7",
        b'{"code": "9.000001"}',
        b'{"phrasings": ["a"]}',
        b'{"code": "9.000001", "phrasings": "a text, not a list"}',
        b'{"code": "9.000001", "phrasings": ["a", 7]}',
        b'{"code": "9.000001", "phrasings": null}',
        b'{"code": "9.000001", "phrasings": ["\xe1"]}',
    ],
)
def test_a_bad_line_is_named(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"code": "9.000001", "phrasings": []}\n' + line + b"\n")
    with pytest.raises(BadInput, match=r"a\.jsonl:2: ") as caught:
        load_phrasings(tmp_path)
    assert caught.value.code is ErrorCode.BAD_FILE


def written() -> list[tuple[str, str]]:
    """Every phrasing of the project with its code."""
    found = [(code, text) for code, texts in load_phrasings().items() for text in texts]
    return found + [(procedure.code, text) for procedure in load_curated() for text in procedure.phrasings]


def test_every_code_is_one() -> None:
    codes = list(load_phrasings())
    assert codes
    assert [code for code in codes if not re.fullmatch(CODE_PATTERN, code)] == []


def test_one_line_a_procedure() -> None:
    """A procedure is described in one place: one line of one file, or its curated record."""
    lines = [line for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n")]
    assert len([line for line in lines if line.strip()]) == len(load_phrasings())
    assert not set(load_phrasings()) & {procedure.code for procedure in load_curated()}


def test_texts_are_clean() -> None:
    for code, text in written():
        assert unicodedata.is_normalized("NFC", text), code
        assert text == " ".join(text.split()), (code, text)
        assert 3 <= len(text) <= 200, (code, text)
        assert not re.search(r"[\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\ufeff\ue000-\uf8ff]", text), (code, text)


def test_no_text_stands_twice_or_for_two_procedures() -> None:
    """Spelling, case and final stop aside."""
    places = Counter(normalise(text).lower().rstrip(" .?!") for _, text in written())
    assert [text for text, count in places.items() if count > 1] == []


def test_no_personal_data_in_what_people_say() -> None:
    """Nothing that looks like a phone, an identity number or an address of mail."""
    found = [text for _, text in written() if re.search(r"(?<!\d)(?:0\d{9}|\d{12})(?!\d)|\S+@\S+\.\S+", text)]
    assert found == []


def test_every_procedure_is_asked_for_in_many_ways() -> None:
    """At least six ways for each procedure written for, twenty for the three hundred asked most."""
    ways: dict[str, int] = {}
    for code, _ in written():
        ways[code] = ways.get(code, 0) + 1
    assert len(ways) >= 2_000
    assert [code for code, count in ways.items() if count < 6] == []
    assert sum(count >= 20 for count in ways.values()) >= 300
