"""Whether a message tells an event of life and nothing more.

"Tôi mới sinh con thì phải làm những gì" does; "vợ mới sinh cần giấy tờ gì làm khai sinh" names a paper and a want, and
belongs to the search.  So: an event is told, no want is named, and nothing but asking, time and people is left.
"""

from __future__ import annotations

import re
from functools import cache

from actions.journeys.journey import Journey, journeys
from actions.procedures.wants import cued
from knowledge_base.text import expand, fold, words

# Folded.  What may stand around an event without naming a paper: asking for the way, or for all that is due.
_ASKING = re.compile(
    r"\b(?:(?:thi |gio |can |phai |nen |se )*(?:lam|di|khai bao|lo|tien hanh|hoan thanh|giai quyet)? ?"
    r"(?:nhung |cac |may )?(?:thu tuc|viec|buoc)(?: hanh chinh| giay to)?"
    r"(?: (?:gi|nao|ra sao|the nao|lien quan|can thiet))*"
    r"|(?:phai|can|nen|can phai) (?:lam|lo) (?:nhung )?(?:gi|sao|the nao)(?: (?:truoc|tiep|tiep theo|dau tien))*"
    r"|lam (?:gi|sao|the nao|nhung gi)(?: (?:truoc|tiep|tiep theo|bay gio))*|can (?:lam )?(?:nhung )?gi khong"
    r"|bat dau tu dau|tu dau den cuoi|gom nhung gi"
    r"|(?:xin |cho )?(?:huong dan|tu van|chi giup|chi)(?: (?:giup|toi|em|minh|voi|ho))*"
    r"|(?:nhu )?the nao|ra sao|thi sao|lam sao|nhung gi)\b"
)
_AROUND = frozenset(
    """
    a oi nhe nhi ne nay day do vay the thi la ma va hay hoac cai ca nua luon roi chua xong co khong duoc phai muon hoi
    xin cho voi giup toi em minh chau ban anh chi tui bac co chu ong ba ad admin da vang ok chao biet gio bay hom qua
    kia sang chieu toi tuan thang nam truoc nay vua moi sap toi nha gia dinh vo chong con bo me hai dua chung bon
    minh nguoi ta dang lo se can nen gi nao sao lam viec thu tuc tinh huong dan cac nhung mot it alo hello xin dinh o
    bi ngap lut lu bao troi cuon mua
    tai ha noi hanoi thanh pho lan dau cung roi ay duoc ngay
    """.split()  # noqa: SIM905 - a word list reads better as words
)
_TOLD = re.compile(
    r"\b(?:moi|vua|sap|muon|chuan bi|dinh|du dinh|tinh|dang|bi|da|can|xin|nha (?:toi|em|minh)|roi|xong|co nguoi|phai|"
    r"thu tuc|lam gi|lam sao|huong dan|nhung gi|tang|hau su|mat)\b"
)
LONGEST = 40  # words; who writes more tells a case, which is for the search


@cache
def _patterns() -> list[tuple[Journey, re.Pattern[str]]]:
    return [(journey, re.compile(rf"\b(?:{'|'.join(journey.heard)})\b")) for journey in journeys().all()]


def event_in(text: str) -> Journey | None:
    """The journey of the event that `text` tells, when it names neither a paper nor a want."""
    spoken = [fold(word) for word in words(expand(text))]
    plain = " ".join(spoken)
    if not spoken or len(spoken) > LONGEST or cued(text) or not _TOLD.search(plain):
        return None
    for journey, pattern in _patterns():
        rest = pattern.sub(" ", plain)
        if rest != plain and not _subject(rest):
            return journey
    return None


def event_mentioned(text: str) -> Journey | None:
    """The journey whose event `text` speaks of, whatever else it asks."""
    plain = " ".join(fold(word) for word in words(expand(text)))
    return next((journey for journey, pattern in _patterns() if pattern.search(plain)), None)


def without_event(text: str, journey: Journey) -> str:
    """`text`, folded, without the event it tells."""
    plain = " ".join(fold(word) for word in words(expand(text)))
    return next((pattern.sub(" ", plain) for found, pattern in _patterns() if found.id == journey.id), plain)


def _subject(rest: str) -> list[str]:
    return [word for word in _ASKING.sub(" ", rest).split() if word not in _AROUND and not word.isdigit()]
