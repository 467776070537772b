"""Phone and personal-ID numbers stay out of the dialogue runtime.

The pipeline puts a placeholder where a citizen typed one and keeps the number itself in short-lived memory under the
conversation; the action that needs it takes it from there.  Rasa's trackers and logs hold no such number.
"""

from __future__ import annotations

import re

import structlog

from actions.dossiers.codes import find_dossier_codes
from actions.memory import Memory
from knowledge_base.errors import Unavailable

log = structlog.get_logger()
PHONE_MARK = "<so-dien-thoai>"
ID_MARK = "<so-dinh-danh>"
KEEP_S = 30 * 60

_GAP = r"(?: - |\) |[ .)-])?"  # what people put between the digits of one number
# Not inside a code, an amount or another number; right behind a word ("sdt0912345678") or a number ("…-…") it may be.
_FREE = r"(?:(?<![\w.+-])|(?<=[^\W\d_]{2})|(?<=\d{10}-))"
_END = r"(?!\d)(?!\.\d)"
# 09-11-2026 10 giờ; 03.12.26 10.30
_NO_DATE = (
    r"(?!\d\d(?P<sign>[ .-])\d\d?(?P=sign)"
    r"(?:(?:19|20)\d\d(?!\d)|(?<! )\d\d(?!\d)(?!(?P=sign))))"
)
# Mobile: 10 digits (Quyết định 798/QĐ-BTTTT), until 2018 also 01 and nine more; fixed: 02 and nine more.
_NATIONAL = rf"(?:[35789](?:{_GAP}\d){{8}}|[12](?:{_GAP}\d){{9}})"
_PREFIX = rf"(?:(?:\+ ?84{_GAP}|0084{_GAP}|84[ -]?)(?:\(?0\)? ?)?|0{_GAP})"
# A digit too few or too many for a phone number is personal all the same.
_NEARLY = r"(?<![\w.+-])0(?:\d{9,10}|\d{2,3}(?:[ .-]\d{3,4}){2})(?![\w-])(?!\.\d)"
_PHONE = re.compile(rf"{_FREE}{_NO_DATE}{_PREFIX}{_NATIONAL}{_END}|{_NEARLY}")
# Twelve digits (Luật Căn cước 26/2023/QH15), and the nine of the old card as Hanoi and its neighbours gave them.
_ID = re.compile(
    rf"{_FREE}(?:0\d\d(?:[ .-]?\d{{3}}){{3}}|0\d{{3}}(?:[ .-]\d{{4}}){{2}}|0[0-2]\d(?:[ .]?\d{{3}}){{2}}){_END}(?!-\d)"
)


# "số căn cước của tôi là <so-dinh-danh>": what is said of the number goes with it.
_NOUN = (
    r"(?:căn cước|can cuoc|cccd|cmnd|cmt|định danh|dinh danh|điện thoại|dien thoai|chứng minh|chung minh)"
    r"(?: công dân| cong dan| cá nhân| ca nhan| nhân dân| nhan dan)?"
)
_WHOSE = r"(?: (?:(?:của|cua) )?(?:tôi|toi|em|mình|minh|cháu|chau|con|bác|bac|cô|co|chú|chu|anh|chị|chi))?"
_MARK = rf"(?:{PHONE_MARK}|{ID_MARK})[ ,.;]*"
_CLAUSE = re.compile(
    rf"(?:\b(?:số|so|sđt|sdt|đt|dt)(?: {_NOUN})?{_WHOSE}(?: là| la)? ?:? ?|\b{_NOUN}{_WHOSE}(?: là| la|:) ?"
    rf"|(?:^|, ?)(?:cccd|cmnd|cmt){_WHOSE} )?{_MARK}",
    re.IGNORECASE,
)


def without_marks(text: str) -> str:
    """`text` without the placeholders and what is said of them: they name nothing that could be searched for."""
    return " ".join(_CLAUSE.sub(" ", text).split())


# The last digits of a number, where they were just asked for: "1212", "12 12"; not in a code, a date or an amount.
_LAST_DIGITS = re.compile(r"(?<![\w.,/-])(?:\d{4,8}|\d\d \d\d)(?![\w/-])(?![.,]\d)", re.ASCII)


async def conceal(text: str, conversation: str, memory: Memory, digits_asked: bool = False) -> str:
    """`text` with placeholders; the last number of each kind is kept for half an hour.

    `digits_asked`: the turn answers a question for the last digits of a number (see `ask_digits`).
    """
    marked = False
    for mark, pattern in ((ID_MARK, _ID), (PHONE_MARK, _PHONE)):
        found = [match.group() for match in pattern.finditer(text)]
        if found:
            await memory.put(_key(mark, conversation), found[-1], KEEP_S)
            text = pattern.sub(mark, text)
            marked = True
    return await _conceal_digits(text, conversation, memory) if digits_asked and not marked else text


async def _conceal_digits(text: str, conversation: str, memory: Memory) -> str:
    """Only where there is one such number: of several nobody knows which was meant, and the assistant asks again."""
    codes = find_dossier_codes(text)
    found = [
        match
        for match in _LAST_DIGITS.finditer(text)
        if not any(code.start < match.end() and match.start() < code.end for code in codes)
    ]
    if len(found) != 1:
        return text
    await memory.put(_key(ID_MARK, conversation), found[0].group(), KEEP_S)
    return text[: found[0].start()] + ID_MARK + text[found[0].end() :]


async def ask_digits(conversation: str, memory: Memory) -> None:
    """The next turn is asked for the last digits of a number: they, too, stay out of Rasa."""
    await memory.put(_asked(conversation), True, KEEP_S)


async def digits_asked(conversation: str, memory: Memory) -> bool:
    """Whether this turn was; told once.  A memory that is down does not cost the citizen the turn."""
    try:
        if await memory.get(_asked(conversation)) is None:
            return False
        await memory.drop(_asked(conversation))
    except Unavailable as error:
        log.warning("not known whether digits were asked for", detail=error.detail)
        return False
    return True


async def reveal(mark: str, conversation: str, memory: Memory) -> str | None:
    """The number behind a placeholder, or None when it is gone."""
    held = await memory.get(_key(mark, conversation))
    return None if held is None else str(held)


async def forget(conversation: str, memory: Memory) -> None:
    for mark in (PHONE_MARK, ID_MARK):
        await memory.drop(_key(mark, conversation))


def _asked(conversation: str) -> str:
    return f"digits-asked:{conversation}"


def _key(mark: str, conversation: str) -> str:
    return f"number:{mark}:{conversation}"
