"""Ways of speaking that tell how a follow-up stands to what was said before."""

from __future__ import annotations

import re

from knowledge_base.text import expand, fold

_CORRECTION = re.compile(
    r"^(?:khong|ko|a|uh|nham)\b.*\b(?:y (?:toi|em|minh|chau)|chu khong)\b|\by (?:toi|em|minh|chau) la\b|"
    r"^(?:khong|ko|k) phai,"
)
_EMPHASIS = re.compile(r"\bcơ(?=$|[,.;])")  # "… cơ": that one, not the one you took; unmarked "co" is mostly "có"
_TURNS_TO = re.compile(r"^(?:the |vay |a |ma )*con (?!neu\b).+")  # "thế còn căn cước": another subject, named
# "Có phải dịch công chứng không": whether the procedure spoken of needs it; who applies for it says so ("xin", "làm").
_NEEDED = re.compile(
    r"^(?:the |vay |a |ma |con )*(?:co )?(?:phai|can)\b(?!.*\b(?:xin|lam|dang ky|cap|mo)\b).*\bkhong\b"
)
_AFTER = re.compile(r"\b(?:xong|xong roi|xong viec)\b.*\b(?:gio|bay gio|tiep theo)\b")
_CONTRAST = re.compile(r"^(?:the |vay |a |ma )*(?:con|neu|nhung|lo)\b|\bcon neu\b|\bthi sao\b")


def is_correction(text: str) -> bool:
    """ "Không, ý tôi là…": the want stays, the subject was misunderstood."""
    plain = expand(text).lower().strip(" .!?")
    return bool(_CORRECTION.search(fold(plain)) or _EMPHASIS.search(plain))


def is_contrast(text: str) -> bool:
    """ "Còn nếu…", "… thì sao?": the want stays, the case differs."""
    return bool(_CONTRAST.search(_plain(text)))


def is_after(text: str) -> bool:
    """ "Xong rồi, giờ xin …": something else follows."""
    return bool(_AFTER.search(fold(expand(text))))


def is_needed(text: str) -> bool:
    """ "Có phải công chứng không": whether the procedure spoken of asks for it."""
    return bool(_NEEDED.search(fold(expand(text))))


def turns_to(text: str) -> bool:
    """ "Thế còn căn cước": another subject, named."""
    return bool(_TURNS_TO.match(_plain(text)))


def _plain(text: str) -> str:
    return fold(expand(text)).strip(" .!?")


# How long something holds, by which way it is filed, that it is here: none of it names a procedure.
_MANNER = re.compile(
    r"\b(?:thoi han|thoi gian|hieu luc|gia tri|nguoi gia)\b|\bo (?:ha noi|day|cho nay|hn)\b|"
    r"\b(?:tren|qua|bang|vao) (?:app|ung dung|web|zalo|vneid|dinh danh dien tu)\b(?: dinh danh dien tu)?"
)


def without_manner(text: str) -> str:
    """`text` without what names no procedure; folded where there was any, as it was typed where there was none."""
    plain = fold(expand(text))
    return _MANNER.sub(" ", plain) if _MANNER.search(plain) else text
