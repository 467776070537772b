"""Patterns of Vietnamese dates and times, on folded text (lower case, no accents).  Used by `times.py` only.

Standard library only; runs on Python 3.10.
"""

from __future__ import annotations

import re

_ONES = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_AFTER_TEN = {**_ONES, "lam": 5, "nham": 5, "tu": 4, "mot": 1}


def _numbers() -> dict[str, int]:
    found = dict(_ONES)
    found["muoi"] = 10
    for word, one in _AFTER_TEN.items():
        found[f"muoi {word}"] = 10 + one
    for word, ten in (("hai", 20), ("ba", 30), ("bon", 40), ("nam", 50)):
        found[f"{word} muoi"] = ten
        for unit, one in _AFTER_TEN.items():
            found[f"{word} muoi {unit}"] = ten + one
            if unit not in ("hai", "muoi"):
                found.setdefault(f"{word} {unit}", ten + one)  # "hai lăm"
    return found


NUMBERS = _numbers()
_SAID = sorted(NUMBERS, key=len, reverse=True)
NUM = rf"(?:\d{{1,2}}|{'|'.join(_SAID)})"
# Words for minutes: only those no other word of a sentence can be taken for ("9 giờ sáu…", "9 giờ năm nay…").
_MINUTES = "|".join(word for word in _SAID if word.startswith(("muoi", "hai m", "ba m", "bon m", "nam m", "hai l")))

PARTS = {"sang": "morning", "trua": "noon", "chieu": "afternoon"} | dict.fromkeys(("toi", "dem", "khuya"), "evening")
_PART = "|".join(PARTS)

# Not part of a longer number, code, amount or address.
_START = r"(?<![\w/.\-])"
_END = r"(?![\w/]|[.\-:]\d)"

DAY_NAME = {"2": 0, "hai": 0, "3": 1, "ba": 1, "4": 2, "tu": 2, "bon": 2, "5": 3, "nam": 3, "6": 4, "sau": 4}
DAY_NAME |= {"7": 5, "bay": 5}
SUNDAY = 6

FULL_DATE = re.compile(
    rf"{_START}(?:ngay\s*)?(?P<d>\d{{1,2}})\s?(?P<s>[/.\-])\s?(?P<m>\d{{1,2}})\s?(?P=s)\s?(?P<y>\d{{4}}|\d{{2}}){_END}"
)
ISO_DATE = re.compile(rf"{_START}(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_END}")
SPOKEN_DATE = re.compile(
    rf"\b(?:ngay\s+|mung\s+|mong\s+|hom\s+)*(?P<d>{NUM})\s*thang\s*(?P<m>{NUM}|gieng|chap)\b"
    rf"(?:\s*(?:nam|[,/\-])\s*(?P<y>\d{{4}}))?(?P<lunar>\s+(?:am lich|am|ta)\b)?"
)
SHORT_DATE = re.compile(
    rf"{_START}(?P<day>ngay\s*|mung\s*|hom\s*)?(?P<d>\d{{1,2}})\s?(?P<s>[/\-])\s?(?P<m>\d{{1,2}})"
    rf"{_END}(?P<lunar>\s+(?:am lich|am|ta)\b)?"
)
NEXT_MONTH_DAY = re.compile(rf"\b(?:ngay|mung|mong)\s+(?P<d>{NUM})\s+thang\s+(?P<which>sau|toi|nay)\b")
LUNAR_DAY = re.compile(rf"\b(?:(?:mung|mong)\s+{NUM}\s+tet|\d{{1,2}}\s+tet|(?:mung|mong|ram)\s+{NUM}?\s*am lich|ram\b)")
DAY_OF_MONTH = re.compile(
    rf"\b(?:(?:ngay|hom)\s+(?P<d>{NUM})|(?:mung|mong)\s+(?P<e>{NUM})){_END}(?!\s*(?:gio|h\b|ngay|tuan))"
)

_WEEK = (
    r"tuan\s+(?:sau\s+nua|toi\s+nua|ke\s+tiep|tiep\s+theo|sau|toi|ke|nay|truoc|roi|qua)|"
    rf"(?P<wn>{NUM})\s+tuan\s+(?:nua|toi|sau)"
)
WEEKDAY = re.compile(
    rf"(?:\b(?P<before>{_WEEK})\s+(?:vao\s+|ngay\s+)?)?"
    # not "con thứ ba" (third child), "lần thứ hai" (second time), "cn 5" (branch 5)
    r"(?:(?<!con )(?<!lan )(?<!nguoi )(?<!dua )\bthu\s*(?P<name>[2-9]|hai|ba|tu|bon|nam|sau|bay)\b"
    r"|\bt\.?(?P<digit>[2-7])\b|\bchu\s*nhat\b"
    r"|\bcn\b(?!\s*(?:so\s*)?\d+(?!\d|\s*(?:h|g|gio|:|/))))"
    rf"(?:,?\s*(?:cua\s+)?(?P<after>{_WEEK.replace('?P<wn>', '?P<wn2>')}|(?:nay|toi|sau|roi|truoc)\b))?"
)
IN_DAYS = re.compile(rf"\b(?:(?P<n>{NUM})\s+(?:ngay|hom|bua)\s+(?:nua|toi|sau)|sau\s+(?P<n2>{NUM})\s+(?:ngay|hom))\b")
IN_WEEKS = re.compile(rf"\b(?P<n>{NUM})\s+tuan\s+(?:nua|toi|sau)\b")
IN_HOURS = re.compile(rf"\b(?P<n>{NUM})\s*(?P<unit>tieng|gio|phut|p|h)\s+nua\b")
RELATIVE_DAY = re.compile(
    r"\b(?:(?P<today>(?:ngay\s+)?hom\s*nay|bua\s*nay|hnay|bay\s+gio)|(?P<past2>hom\s+kia)"
    r"|(?P<past1>(?:hom|bua|dem|toi|chieu|sang|trua)\s+qua|hqua)"
    r"|(?P<after2>(?:(?:ngay|bua|sang|trua|chieu|toi)\s+)+(?:kia|mot)|mot)|(?P<tomorrow>(?:ngay\s+)?mai))\b"
)
THIS_PART = re.compile(rf"\b(?P<part>{_PART})\s+nay\b")
BARE_NAY = re.compile(r"(?:^\s*nay\b|\bnay\b(?=\s*(?:luc\s*)?\x00))")
PLACE_WITH_MAI = re.compile(
    r"\b(?:(?:hoang|bach|tuong|phuong|xuan|thanh|quynh|tan|khuong|khanh|le|hoa|sao|ten|chi|co|ba)\s+mai\b"
    r"|mai\s+(?:dich|lam|dinh|dong|linh|phuong|huong|lan|anh|hac|van|thi|thuc|chi tho|xuan)\b)"
)

WEEK = re.compile(rf"\b(?P<which>cuoi|dau|giua|trong|ca)?\s*\b(?P<week>{_WEEK})\b")
WEEKEND = re.compile(r"\b(?P<which>cuoi|dau|giua)\s+tuan\b")
MONTH = re.compile(r"\b(?P<which>cuoi|dau|giua)?\s*\bthang\s+(?P<next>sau|toi|nay)\b")

CLOCK = re.compile(
    rf"(?<![\w/.\-])(?:luc\s+)?(?:"
    rf"(?P<h1>\d{{1,2}})\s?:\s?(?P<m1>\d{{2}})(?!\d)(?:\s*(?:phut|p)\b)?"
    rf"|(?P<h2>\d{{1,2}})\s?(?:h|g)\s?(?P<m2>\d{{1,2}})(?![\d/])(?:\s*(?:phut|p)\b)?"
    rf"|(?P<h3>{NUM})\s*(?:gio|h|g|tieng)\b(?:\s*(?:"
    rf"(?P<half>ruoi\b)|kem\s+(?P<less>{NUM})\b(?:\s*(?:phut|p)\b)?"
    rf"|(?P<m3>\d{{2}}|{_MINUTES})\b(?![/:])(?:\s*(?:phut|p)\b)?|(?P<m4>{NUM})\s*(?:phut|p)\b))?"
    rf"|(?P<h4>{NUM})\s+(?P<half2>ruoi)\b"
    rf"|(?P<h5>\d{{1,2}})\s+kem\s+(?P<less2>{NUM})\b(?:\s*(?:phut|p)\b)?"
    rf"|(?P<h6>\d{{1,2}})\s*(?P<ampm6>am|pm)\b)"
    rf"(?:\s*(?P<ampm>am|pm)\b)?"
)
AT_HOUR = re.compile(
    rf"\b(?:luc|khoang|tam)\s+(?P<h>{NUM})\b(?!\s*[/\-]\s*\d)(?!\s*(?:ngay|tuan|thang|nguoi|tuoi|nam|km|trieu|nghin))"
)
HOUR_PART = re.compile(r"(?<![\w/.\-])(?P<h>\d{1,2})\s+(?=(?:sang|trua|chieu)\b(?!\s+(?:tuan|thang|nam|ten)))")
PART_AFTER = re.compile(rf"\s*(?:buoi\s+)?({_PART})\b(?!\s+(?:tuan|thang|nam|ten))")
MOVING = re.compile(r"\b(?:doi|chuyen)(?:\s+(?:lich|hen|lich hen|gio|ngay))?\s*$")
FORMER = re.compile(
    r"\b(?:(?:doi|chuyen)\b.{0,30}?\btu\b.{1,40}?\b(?P<a>sang|thanh|qua)"
    r"|khong phai\b.{1,40}?\b(?P<b>ma))\b"
)
SPAN_DASH = re.compile(rf"(?<![\w/.\-])(?:tu\s+)?(?P<a>{NUM})\s*(?:-|den|toi)\s*(?=(?P<b>{NUM})\s*(?:gio|h|g)\b)")
SPAN_JOIN = re.compile(r"^\s*(?:(?P<part>sang|trua|chieu)\s*)?(?:-|den|toi)\s*$")
AFTER_WORD = re.compile(r"\b(?:sau|tu|qua)\s*$")
BEFORE_WORD = re.compile(r"\b(?:truoc|muon nhat(?: la)?|cham nhat(?: la)?)\s*$")


def number(said: str) -> int:
    """The value of a number matched by `NUM`."""
    return int(said) if said.isdigit() else NUMBERS[" ".join(said.split())]
