"""Text of the portal made fit to compare and to show: NFC, no invisible characters, no placeholders.

Every function takes the source's text and returns NFC text with the same words.
"""

from __future__ import annotations

import re
import unicodedata

# Letters for character classes: the Unicode block of Vietnamese mixes small and capital ones, so no range will do.
_VOWELS = [vowel + tone for vowel in "aăâeêioôơuưy" for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
SMALL = "a-zđ" + "".join(letter for letter in unicodedata.normalize("NFC", "".join(_VOWELS)) if letter > "\x7f")
CAPITAL = "A-ZĐ" + SMALL[4:].upper()

# Invisible or look-alike characters met in the portal's records; the rest of the private-use area becomes a blank.
_CHARACTERS = {
    **dict.fromkeys((0xAD, 0x61C, 0x180E, 0x2060, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F))),
    **dict.fromkeys((*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0))),
    **dict.fromkeys((0x09, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n"),
    0xF02D: "-", 0xF0B7: "-", 0xF0A7: "-",  # bullets of Word's symbol fonts
    0xD0: "Đ", 0xF0: "đ",  # eth, typed for đ
}  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n{3,}")
_PLACEHOLDER = re.compile(
    r"[\s\-–+*.]*(?:không(?: có)?(?: thông tin| quy định| yêu cầu| điều kiện)?(?: cụ thể)?|chưa có thông tin)?"
    r"[\s.;:,]*",
    re.IGNORECASE,
)


def scrub(text: str) -> str:
    """NFC without zero-width, private-use and control characters; `\\n` is the only line break left."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(_CHARACTERS)
    return unicodedata.normalize("NFC", _PRIVATE.sub(" ", text))


def line(text: str | None) -> str:
    """One line: every run of white space is one blank."""
    return " ".join(scrub(text or "").split())


def block(text: str | None) -> str:
    """Several lines: breaks kept, blanks within a line single, at most one empty line together."""
    lines = (_BLANKS.sub(" ", part).strip() for part in scrub(text or "").split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def is_placeholder(text: str) -> bool:
    """True for blank, dashes, and the portal's words for nothing ("Không có thông tin", "Không", "Không quy định.")."""
    return _PLACEHOLDER.fullmatch(text) is not None


def value(text: str | None) -> str:
    """`line`, with a placeholder turned into an empty string."""
    cleaned = line(text)
    return "" if is_placeholder(cleaned) else cleaned


def value_block(text: str | None) -> str:
    """`block`, with a placeholder turned into an empty string."""
    cleaned = block(text)
    return "" if is_placeholder(cleaned) else cleaned


def entry(text: str | None) -> str:
    """An item of a list: one line without the bullet in front and the separator behind."""
    return re.sub(r"^[-–•*+\s]+|[\s;,]+$", "", line(text))


def folded(text: str) -> str:
    """Key to compare two texts by: case, white space and punctuation left out."""
    return "".join(character for character in text.casefold() if character.isalnum())


def unique(values: list[str]) -> list[str]:
    """Non-empty values in order, the later of two alike (by `folded`) left out."""
    seen: dict[str, str] = {}
    for item in values:
        if item:
            seen.setdefault(folded(item), item)
    return list(seen.values())
