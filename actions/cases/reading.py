"""Which answer of a question a typed message gives: by its number, by its words, with or without diacritics."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.cases.model import UNSURE, Answer, Question
from knowledge_base.text import expand, fold, words

_SHORT = 4  # words; a single word of an answer counts only in a message no longer than this
_LONGEST = 14  # words; a longer message tells a story, and stays for the rules
_FILLERS = {"da", "a", "nhe", "nha", "vang", "oi", "em", "toi", "minh", "thi", "la", "ay", "y"}
_NUMBERED = re.compile(r"^(?:cau|so|cai|muc|y|chon|phuong an)? ?(?:so |thu )?(\d)$")
_ORDINALS = {"mot": 0, "dau": 0, "nhat": 0, "hai": 1, "nhi": 1, "ba": 2, "tu": 3, "bon": 3, "nam": 4, "sau": 5}
_ORDINAL = re.compile(r"^(?:cau|so|cai|muc|chon|phuong an)(?: so| thu)? (\w+)$|^thu (\w+)$")
_LAST = re.compile(r"^(?:cai |cau |muc )?cuoi(?: cung)?$")
_UNSURE = re.compile(
    r"\b(?:khong|chua|chang|k|ko) (?:biet|ro|chac|nho|hieu)\b|^(?:chiu|bo qua|khong chac lam)$"
    r"|^(?:sao|gi|the nao|cai nao|dang nao) cung (?:duoc|the)$"
)
_BACK = re.compile(
    r"\b(?:quay|tro|lui) (?:lai|ve)(?: cau| buoc| muc)?\b|\b(?:sua|doi|chon lai|tra loi lai)(?: lai)? cau\b"
    r"|\b(?:cau|buoc) truoc\b|\bchon nham\b|\bbam nham\b"
)
_EDIT = re.compile(r"\b(?:sua|doi|chon|tra loi)(?: lai)? (?:lai |mot |may |cac )*cau\b|\btra loi lai\b")
_NOT = {"khong", "chua", "chang"}
_BARE = {*_NOT, "co", "roi", "da", "duoc", "phai", "giay", "va", "cho", "o", "tai", "di"}  # say nothing by themselves
_GAP = 3  # words that may stand between two of an answer's
_QUESTION = re.compile(
    r"\?|\b(?:bao nhieu|bao lau|bao gio|o dau|cho nao|nhu nao|the nao|lam sao|ra sao|thi sao|tai sao|vi sao|mat phi)\b"
    r"|\b(?:la|can|giay|giay to|nhung|cai|mat|mang|lam|nop) gi\b|\bmay (?:ngay|tien|gio)\b"
    r"|\bcho (?:em|toi|minh|chau)? ?hoi\b"
    r"|\b(?:duoc|phai|co|can|gi|dau|nao) (?:khong|ko|k|chu|a|nhi|vay|the)$|\b(?:dau|nao|gi)$"
)


@dataclass(frozen=True, slots=True)
class Read:
    """`answer`: id of an answer, or `UNSURE`.  `sure`: nothing else was said, so that no want is overheard."""

    answer: str
    sure: bool


def is_back(text: str) -> bool:
    """ "Quay lại", "sửa câu trước", "bấm nhầm"."""
    plain = _plain(text)
    return len(plain) <= _SHORT + 3 and bool(_BACK.search(" ".join(plain)))


def is_edit(text: str) -> bool:
    """ "Sửa câu trả lời", "chọn lại câu trước"."""
    return bool(_EDIT.search(" ".join(_plain(text))))


def read(question: Question, text: str) -> Read | None:
    """The answer `text` gives to `question`; None when it gives none, or two alike."""
    plain = _plain(text)
    if not plain or len(plain) > _LONGEST:
        return None
    bare = [word for word in plain if word not in _FILLERS]
    numbered = _numbered(question, " ".join(plain)) or _numbered(question, " ".join(_trimmed(plain)))
    if numbered:
        return Read(numbered.id, sure=True)
    kept = bare or plain
    exact = [a for a in question.answers if any(phrase in (plain, kept) for phrase in _phrases(a))]
    if len(exact) == 1:
        return Read(exact[0].id, sure=True)
    asks = bool(_QUESTION.search(fold(text)))
    if not asks and _UNSURE.search(" ".join(kept)):
        return Read(UNSURE, sure=True)
    if asks:
        return None
    found = _longest(question, plain) or _part(question, kept)
    return Read(found.id, sure=False) if found else None


def _trimmed(plain: list[str]) -> list[str]:
    """Without the fillers at the end: "cái thứ nhất ý ạ"."""
    end = len(plain)
    while end and plain[end - 1] in _FILLERS:
        end -= 1
    return plain[:end]


def _plain(text: str) -> list[str]:
    return [fold(word) for word in words(expand(text))]


def _phrases(answer: Answer) -> list[list[str]]:
    return [_plain(said) for said in (answer.say, *answer.words)]


def _numbered(question: Question, plain: str) -> Answer | None:
    index: int | None = None
    if match := _NUMBERED.match(plain):
        index = int(match.group(1)) - 1
    elif match := _ORDINAL.match(plain):
        index = _ORDINALS.get(match.group(1) or match.group(2))
    elif _LAST.match(plain):
        index = len(question.answers) - 1
    return question.answers[index] if index is not None and 0 <= index < len(question.answers) else None


def _longest(question: Question, plain: list[str]) -> Answer | None:
    """The answer whose words stand in the message, longest first; None where two stand there alike.

    A "không" or "chưa" that is not among them turns the rest round, so that nothing is read.
    """
    best: dict[str, int] = {}
    negated = {word for word in plain if word in _NOT}
    for answer in question.answers:
        lengths = [
            len(phrase)
            for phrase in _phrases(answer)
            if negated <= set(phrase) and (_within(phrase, plain) or _scattered(phrase, plain))
        ]
        if lengths:
            best[answer.id] = max(lengths)
    return _clear(question, best)


def _part(question: Question, kept: list[str]) -> Answer | None:
    """The answer that holds all words of a short message: "mang thai hộ" of "Bé sinh ra do mang thai hộ"."""
    if all(word in _BARE or len(word) < 3 for word in kept):
        return None
    fitting = {a.id: 1 for a in question.answers if any(_within(kept, phrase) for phrase in _phrases(a))}
    return _clear(question, fitting)


def _within(part: list[str], whole: list[str]) -> bool:
    if len(part) == 1 and len(whole) > _SHORT and len(part[0]) < 5:
        return False
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))


def _scattered(phrase: list[str], whole: list[str]) -> bool:
    """ "bố tây" in "bố cháu là người tây": all words in order, few between two of them."""
    if len(phrase) < 2 or phrase[0] not in whole:
        return False
    place = whole.index(phrase[0])
    for word in phrase[1:]:
        near = whole[place + 1 : place + 2 + _GAP]
        if word not in near:
            return False
        place += 1 + near.index(word)
    return True


def _clear(question: Question, best: dict[str, int]) -> Answer | None:
    top = [name for name, length in best.items() if length == max(best.values())]
    return question.answer(top[0]) if len(top) == 1 else None
