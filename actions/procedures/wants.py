"""What a citizen wants to know of a procedure."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge_base.text import expand, fold


class Aspect(StrEnum):
    OVERVIEW = "overview"
    DOCUMENTS = "documents"
    FEE = "fee"
    DURATION = "duration"
    WHERE = "where"
    STEPS = "steps"
    CONDITIONS = "conditions"
    FORM = "form"
    RESULT = "result"
    LEGAL_BASIS = "legal_basis"
    ONLINE = "online"


def aspect_of(intent: str) -> Aspect | None:
    """The aspect an `ask_…` intent stands for."""
    name = intent.removeprefix("ask_")
    return Aspect(name) if intent.startswith("ask_") and name in set(Aspect) else None


# Plain cues, folded.  They add wants to the one the classifier found, where one message holds several.
_CUES = {
    Aspect.DOCUMENTS: (
        r"giay to (?:gi|nao)|can (?:nhung )?(?:giay|ho so|mang|gi\b)|ho so (?:gom|gi|can)|"
        r"(?:chuan bi|mang|nop) (?:nhung )?gi\b"
    ),
    Aspect.FEE: (
        r"(?<!phat )bao nhieu(?! (?:ngay|lau|hom|nguoi|tuoi|ban|giay|thang|tuan))|le phi|\bphi\b(?! vat)|"
        r"mat tien|ton bao nhieu"
    ),
    Aspect.DURATION: (
        r"bao lau|may (?:ngay|hom|tuan|thang)|bao nhieu (?:ngay|hom|tuan|thang)|khi nao (?:co|xong)|"
        r"bao gio (?:co|xong)|thoi gian (?:giai quyet|lam)"
    ),
    Aspect.WHERE: r"o dau|cho nao|co quan nao|den dau|ra dau",
    Aspect.FORM: r"to khai|mau (?:don|nao|gi|so)",
    Aspect.ONLINE: r"online|truc tuyen|qua mang",
}
# Who cannot or will not file by computer asks for a counter, though the words name the net.
_OFFLINE = re.compile(
    r"\b(?:(?:khong|ko|chang) (?:biet|ranh|quen|dung|thich|muon|co|sai|nop|lam)|chua (?:biet|quen))(?: \w+){0,4}? "
    r"(?:online|truc tuyen|mang|may tinh|smartphone|dien thoai thong minh|dich vu cong)\b"
    r"(?!.*\b(?:duoc|dc) (?:khong|ko|k)\b)"
)
_PENALTY = re.compile(r"\b(?:bi|muc|tien|xu) (?:xu )?phat\b")
_COMPILED = {aspect: re.compile(pattern) for aspect, pattern in _CUES.items()}


def cued(text: str) -> list[Aspect]:
    """The wants that `text` names in plain words."""
    plain = fold(expand(text))
    offline = refuses_net(text)
    found = [aspect for aspect, pattern in _COMPILED.items() if pattern.search(plain)]
    return [aspect for aspect in found if not (offline and aspect is Aspect.ONLINE)]


def refuses_net(text: str) -> bool:
    """ "Bà không biết làm trên mạng", "không nộp online thì nộp ở đâu": a counter is wanted.

    "Có nộp online được không" is a question about the net.
    """
    return bool(_OFFLINE.search(fold(expand(text))))


def asks_penalty(text: str) -> bool:
    """ "Nộp muộn bị phạt bao nhiêu": a fine is no fee, and records seldom name one."""
    return bool(_PENALTY.search(fold(expand(text))))


def wants_in(text: str, main: Aspect) -> list[Aspect]:
    """`main` first, then whatever else `text` plainly asks for as well; what it names plainly beats an overview."""
    found = cued(text)
    if main is Aspect.ONLINE and refuses_net(text):
        main = Aspect.WHERE
    if main is Aspect.FEE and Aspect.FEE not in found and asks_penalty(text):
        main = Aspect.CONDITIONS
    if main is Aspect.OVERVIEW and found:
        return found
    return [main, *(aspect for aspect in found if aspect is not main)]
