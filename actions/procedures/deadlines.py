"""By when a citizen must file: not how long the agency takes, though both are asked with "bao nhiêu ngày"."""

from __future__ import annotations

import re

from knowledge_base.passages import LINE_LIMIT, lines_of
from knowledge_base.procedure import Procedure
from knowledge_base.text import expand, fold

MOST = 3
_DO = r"(?:lam|khai|bao|nop|dang ky|trinh bao|khai bao|thong bao|di|xin|gia han)"
_DAYS = r"(?:ngay|hom|tuan|thang|lau|thoi gian)"
_ASKED = re.compile(
    rf"\b(?:phai|can|bat buoc|nen) (?:di )?{_DO}\b.{{0,30}}?\b(?:trong(?: vong)?|truoc|sau)(?: khoang)? "
    rf"(?:bao nhieu|may|bao) ?{_DAYS}?|"
    rf"\b(?:bao nhieu|may) {_DAYS} (?:thi )?(?:la )?phai (?:di )?{_DO}\b|"
    r"\btrong vong (?:bao nhieu|may)\b|\bphai \w+ truoc (?:bao nhieu|may)\b|"
    r"\b(?:lam|nop) truoc (?:bao nhieu|may) ngay\b|\bhan (?:cuoi|chot|cuoi cung|nop|khai|dang ky|phai nop)\b|"
    r"\b(?:cham|muon|tre) nhat (?:la )?(?:khi|bao|ngay|may)|"
    r"\bhan (?:la )?(?:bao lau|bao nhieu|may)|\bco (?:bi )?qua han\b"
)
_TIME = r"\d+ (?:ngay|thang|gio|nam)\b(?: lam viec)?"
_STATED = re.compile(
    rf"\b(?:cham nhat|trong (?:thoi han|vong|toi da)?|toi da|truoc)\b[^.;]{{0,40}}?{_TIME}"
    rf"[^.;]{{0,20}}?\b(?:ke tu|tu ngay|truoc|sau)\b|\btruoc (?:it nhat )?{_TIME}|"
    r"\btruoc ngay (?:het|hoan|ket)|\bcham nhat (?:la )?(?:ngay|vao)|\bhan (?:nop|dang ky|khai)\b"
)
_FILING = re.compile(r"\b(?:nop|phai|dang ky|khai|lam thu tuc|thong bao|gui|trinh bao|han)\b")
_OF_THE_AGENCY = re.compile(
    r"nhan (?:du |duoc |day du )+|nhan ho so|ho so (?:hop le|duoc|day du|khong)|tiep nhan|tham dinh|phe duyet|"
    r"(?:^|[,:.] ?)(?:cuc|bo|so|uy ban|ubnd|phong|tong cuc|ngan hang nha nuoc|chu tich|thu truong)\b|"
    r"(?:^|[,:.] ?)co quan(?! dang ky)\b|cong chuc|can bo (?:tiep nhan|tu phap)|tra ket qua|gia tri su dung|"
    r"xem xet|co hieu luc|niem yet|hoan thien|duoc cap|co trong"
)


# "Cấp trong vòng mấy ngày", "trong vòng bao nhiêu ngày thì có": the agency's time, whatever else it sounds like.
_TAKES = re.compile(
    r"\b(?:duoc cap|cap|giai quyet|tra|xu ly|lay duoc|nhan duoc) (?:\w+ ){0,3}?(?:trong|sau)\b|"
    r"\bthi (?:co|xong|lay|nhan|duoc|tra)\b|\b(?:co|ra) ket qua\b"
)


def asks_deadline(text: str) -> bool:
    """ "Trong vòng bao nhiêu ngày phải khai": by when to file."""
    plain = fold(expand(text))
    return bool(_ASKED.search(plain)) and not _TAKES.search(plain)


def deadline_lines(procedure: Procedure) -> list[str]:
    """The record's own lines that say by when to file, at most `MOST`; none where it says nothing of it."""
    found: dict[str, str] = {}
    for line in lines_of(procedure):
        plain = fold(line.text)
        if line.part not in ("conditions", "steps") or not (_STATED.search(plain) and _FILING.search(plain)):
            continue
        if not _OF_THE_AGENCY.search(plain):
            found.setdefault(plain, line.text[:LINE_LIMIT])
    return list(found.values())[:MOST]
