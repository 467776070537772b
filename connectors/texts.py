"""Texts and buttons cut to a channel's limits.  Pure functions, shared by the renderers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from actions.messages import ChecklistItem, Choice, Place
from actions.wording import say

TITLE_LIMIT = 40  # characters a phone shows on one line
_ZERO_WIDTH_JOINER = "\u200d"
# from the best place to break a long text to the worst
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;])[\"”’)\]]?\s"), re.compile(r"\s"))


def utf16_length(text: str) -> int:
    """Length as most platforms count it: characters beyond U+FFFF (most emoji) are two."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` (2 or more) UTF-16 code units, cut at paragraph, line, sentence or word ends.

    Nothing but the white space at a cut is lost; blank text has no parts.
    """
    parts = []
    rest = text
    while utf16_length(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    parts.append(rest)
    return [part for part in parts if part.strip()]


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def _cut(text: str, end: int) -> int:
    """Where to cut `text`, at `end` or before; not so early that a part is less than half full."""
    for pattern in _BREAKS:
        places = [match.end() for match in pattern.finditer(text, end // 2, end)]
        if places:
            return places[-1]
    cut = end
    # one long word: keep accents with their letter and joined emoji whole, as far as that is possible
    while cut > end // 2 and (_joins(text[cut]) or text[cut - 1] == _ZERO_WIDTH_JOINER):
        cut -= 1
    return cut if cut > end // 2 else end


def _joins(char: str) -> bool:
    if char == _ZERO_WIDTH_JOINER or unicodedata.category(char).startswith("M"):
        return True
    return "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones


def shorten(title: str, limit: int = TITLE_LIMIT) -> str:
    """`title` in at most `limit` characters, ended with "…" after a whole word where there is one."""
    title = " ".join(title.split())
    if len(title) <= limit:
        return title
    head = title[: limit - 1]
    if title[limit - 1] != " " and " " in head[limit // 2 :]:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,.;:–-(") + "…"


def _shorten_middle(title: str, limit: int = TITLE_LIMIT) -> str:
    """For titles that differ at the end only: both ends, "…" between."""
    title = " ".join(title.split())
    if len(title) <= limit:
        return title
    head, tail = title[: limit // 3], title[len(title) - (limit - limit // 3 - 1) :]
    if " " in head:
        head = head[: head.rindex(" ")]
    if " " in tail:
        tail = tail[tail.index(" ") + 1 :]
    return f"{head.rstrip()}…{tail.lstrip()}"


def short_titles(choices: Iterable[Choice], limit: int = TITLE_LIMIT) -> list[str]:
    """Titles of at most `limit` characters that still differ where the whole ones do, as far as their ends tell."""
    full = [choice.title for choice in choices]
    short = [shorten(title, limit) for title in full]
    seen = Counter(short)
    return [_shorten_middle(title, limit) if seen[cut] > 1 else cut for title, cut in zip(full, short, strict=True)]


def checklist_line(item: ChecklistItem) -> str:
    details = []
    if item.originals:
        details.append(say("channels.checklist_originals", count=item.originals))
    if item.copies:
        details.append(say("channels.checklist_copies", count=item.copies))
    if item.form:
        details.append(say("channels.checklist_form", form=item.form))
    if not details:
        return say("channels.checklist_line", label=item.label)
    return say("channels.checklist_line_detailed", label=item.label, details="; ".join(details))


def place_line(place: Place) -> str:
    if place.address:
        return say("channels.place_line_address", name=place.name, address=place.address)
    return say("channels.place_line", name=place.name)
