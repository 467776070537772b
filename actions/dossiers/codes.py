"""Dossier codes (mã hồ sơ): finding them in what people type, and judging one.

Runs on Python 3.10 as well (a Rasa component uses it): only the standard library and `knowledge_base.errors`.

    old       000.xx.yy.H26-YYMMDD-NNNN      QCVN 102:2016, until about 2024
    new       H26[.x[.y[.z]]]-YYMMDD-NNNN    Quyết định 20/2020/QĐ-TTg
    ministry  Gnn[.x…]-YYYYMMDD-NNNNNNN      central systems; some with a six-digit date

The counter has 4 to 7 digits, the date 6 or 8.  Not dossier codes: procedure codes (`1.011442`,
`2.000815.000.00.00.H55`), results (`KQ.G07…`), fields (`G13-TN02`), phones, personal-ID numbers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate, product

from knowledge_base.errors import BadInput, ErrorCode

HANOI_PREFIX = "H26"
LATELY = dt.timedelta(days=730)  # dossiers asked about are hardly older
EARLIEST_YEAR = 2015  # no system that gives such codes is older
# Hanoi agencies seen in public data (Sở Tư pháp; Văn phòng Đăng ký đất đai): they settle where a level ends when
# a code was typed without dots.
KNOWN_AGENCIES = frozenset({"H26.16", "H26.103.25"})
_HANOI_TIME = dt.timezone(dt.timedelta(hours=7))  # Vietnam keeps no summer time

_DASHES = "‐‑‒–—―−﹘﹣－⁃_"
_BLANKS = "\t\r\n\u00a0\u00ad\u202f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200E)))
_PLAIN = {
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _BLANKS), " "),
    **{wide: chr(wide - 0xFEE0) for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
    **dict.fromkeys(map(ord, "．。․"), "."),
}  # one character for one, so that positions stay those of the text as typed

_FLAGS = re.ASCII | re.IGNORECASE
_DOTTED = r"\d{3} *\. *[0-9A-Z]\d *\. *[0-9A-Z]\d *\. *"
_OLD = rf"(?P<old>{_DOTTED})?"
_OLD_LOOSE = rf"(?P<old>{_DOTTED}|000[. ]*[0-9A-Z]\d[. ]*[0-9A-Z]\d[. ]*)?"
_TOP = r"(?P<top>[HG] ?\d{2})"
_LEVELS = r"(?P<levels>(?: *\. *\d{1,3}(?!\d)){0,3})"
_END = r"(?![0-9A-Z])(?![.-]\d)"
_STRICT = re.compile(rf"{_OLD}{_TOP}{_LEVELS} *- *(?P<date>\d{{8}}|\d{{6}}) *- *(?P<seq>\d{{4,7}}){_END}", _FLAGS)
_PARTIAL = re.compile(
    rf"{_OLD}{_TOP}{_LEVELS}(?: *- *(?P<date>\d{{1,8}})(?: *- *(?P<seq>\d{{0,7}}))?)?(?: *-)?{_END}", _FLAGS
)
_RUN = re.compile(rf"{_OLD_LOOSE}{_TOP}(?P<rest>(?:[ ./-]*\d)*)", _FLAGS)
_NO_AGENCY = re.compile(r"(?:\d{1,3}(?: *\. *\d{1,3}){0,5} *- *)?(?P<date>\d{8}|\d{6}) *- *\d{4,7}", _FLAGS)
_RESULT_BEFORE = re.compile(r"KQ *[.-]? *$", _FLAGS)
_LEVEL_SPLITS = tuple(split for count in range(4) for split in product((2, 3), repeat=count))


class Part(str, Enum):
    """A part of a code that is missing or cut short."""

    AGENCY = "agency"
    DATE = "date"
    SEQUENCE = "sequence"


@dataclass(frozen=True)
class DossierCode:
    """A judged code in canonical form.  `bare`: typed without its dots or dashes, so ask before relying on it."""

    agency: str
    date_digits: str  # YYMMDD or YYYYMMDD, as the issuing system writes it
    sequence: str
    received: dt.date
    bare: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.agency}-{self.date_digits}-{self.sequence}"

    @property
    def top(self) -> str:
        """Province (`H26`) or ministry (`G09`)."""
        return _top(self.agency)

    @property
    def is_ministry(self) -> bool:
        return self.top.startswith("G")


@dataclass(frozen=True)
class FoundCode:
    """What looks like a code in a text: where it stands, its canonical text, and what it lacks.

    The date is not judged here: that takes `parse_dossier_code`.
    """

    start: int
    end: int
    canonical: str
    bare: bool = False
    missing: tuple[Part, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing


def find_dossier_codes(text: str, today: dt.date | None = None) -> list[FoundCode]:
    """Every dossier code in `text`, incomplete ones too, in the order of the text.

    Args:
        text: what a person typed.
        today: bounds the dates by which a code without punctuation is read; now in Hanoi when left out.
    """
    plain = text.translate(_PLAIN)
    bound = today or dt.datetime.now(_HANOI_TIME).date()
    found: list[FoundCode] = []
    position = 0
    while run := _RUN.search(plain, position):
        one = _read(plain, run, bound) if _is_free(plain, run.start()) else None
        if one is not None:
            found.append(one)
        position = one.end if one is not None else run.start() + 1
    return found


def parse_dossier_code(text: str, today: dt.date) -> DossierCode:
    """The one code that `text` holds.

    Args:
        text: a code, perhaps inside a sentence.
        today: the day in Hanoi.

    Raises:
        BadInput: DOSSIER_CODE_MALFORMED (no code; data `missing`: the names of missing parts, empty when it is not
            known what is wrong), DOSSIER_OTHER_PROVINCE (data `province`: the prefix),
            DOSSIER_DATE_IMPOSSIBLE (data `future`: whether the date is real but has not come; `early`: whether it is
            older than any such code; `meant`: the day that was meant when it was written day first, or None).
    """
    found = find_dossier_codes(text, today)
    one = min((code for code in found if code.complete), key=lambda code: code.bare, default=None)
    if one is None:
        if found:
            _must_be_here(found[0].canonical.partition("-")[0])
        parts = found[0].missing if found else _missing_parts(text)
        raise BadInput(ErrorCode.DOSSIER_CODE_MALFORMED, missing=[part.value for part in parts])
    agency, digits, sequence = one.canonical.rsplit("-", 2)
    _must_be_here(agency)
    received = read_date(digits)
    if received is None or received > today or received.year < EARLIEST_YEAR:
        raise BadInput(
            ErrorCode.DOSSIER_DATE_IMPOSSIBLE,
            future=received is not None and received > today,
            early=received is not None and received.year < EARLIEST_YEAR,
            meant=_day_first(digits, today),
        )
    return DossierCode(agency, digits, sequence, received, one.bare)


def read_date(digits: str) -> dt.date | None:
    """`YYMMDD` (of this century) or `YYYYMMDD`; None when there is no such day."""
    year = int(digits[:-4]) + (2000 if len(digits) == 6 else 0)
    try:
        return dt.date(year, int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        return None


def _must_be_here(agency: str) -> None:
    top = _top(agency)
    if top.startswith("H") and top != HANOI_PREFIX:
        raise BadInput(ErrorCode.DOSSIER_OTHER_PROVINCE, province=top)


def _day_first(digits: str, today: dt.date) -> dt.date | None:
    """The day that `DDMMYY` or `DDMMYYYY` means, where it is near enough to be meant."""
    day = read_date(digits[4:] + digits[2:4] + digits[:2])
    return day if day is not None and today - LATELY <= day <= today else None


def _top(agency: str) -> str:
    return next(part for part in agency.split(".") if part[0] in "HG")


def _is_free(plain: str, start: int) -> bool:
    """Whether a code may begin here: not inside a word, a number, a longer code or a result code."""
    before = plain[start - 1 : start]
    if before.isalnum():
        return False
    if before in {".", "-"} and plain[start - 2 : start - 1].isdigit():
        return False
    return not _RESULT_BEFORE.search(plain[max(0, start - 8) : start])


def _agency(match: re.Match[str]) -> str:
    raw = "".join(match.group(name) or "" for name in ("old", "top", "levels"))
    return raw.replace(" ", "").upper()


def _read(plain: str, run: re.Match[str], today: dt.date) -> FoundCode | None:
    start = run.start()
    if match := _STRICT.match(plain, start):
        canonical = f"{_agency(match)}-{match['date']}-{match['seq']}"
        return FoundCode(start, match.end(), canonical)
    if bare := _read_bare(plain, run, today):
        return bare
    if match := _PARTIAL.match(plain, start):
        return _read_partial(match)
    return None


def _read_partial(match: re.Match[str]) -> FoundCode | None:
    date, sequence = match["date"] or "", match["seq"] or ""
    agency = _agency(match)
    # "H26" or "G13" alone may be a house or a class: something more must speak for a code
    in_hanoi = bool(match["levels"]) and agency.startswith(HANOI_PREFIX)
    dated = len(date) in (6, 8) and read_date(date) is not None
    if not (in_hanoi or match["old"] or dated or (match["levels"] and len(date) >= 4)):
        return None
    if not (missing := _gaps(date, sequence)):
        return None
    canonical = "-".join(filter(None, (agency, date, sequence)))
    return FoundCode(match.start(), match.end(), canonical, missing=missing)


def _gaps(date: str, sequence: str) -> tuple[Part, ...]:
    no_date = () if len(date) in (6, 8) else (Part.DATE,)
    return no_date + (() if len(sequence) >= 4 else (Part.SEQUENCE,))


def _missing_parts(text: str) -> tuple[Part, ...]:
    """What a text that was meant to be a code lacks; empty when nothing in it is known."""
    plain = text.translate(_PLAIN).strip(" .-")
    if (match := _NO_AGENCY.fullmatch(plain)) and read_date(match["date"]):
        return (Part.AGENCY,)
    if match := _PARTIAL.fullmatch(plain):
        return _gaps(match["date"] or "", match["seq"] or "")
    return ()


def _read_bare(plain: str, run: re.Match[str], today: dt.date) -> FoundCode | None:
    """A code with some or all of its dots and dashes gone, when it can be read in one way only."""
    tidy: dict[str, int] = {}
    untidy: dict[str, int] = {}
    for end in _ends(plain, run):
        for canonical, is_tidy in _readings(run, plain[run.start("rest") : end], today):
            (tidy if is_tidy else untidy).setdefault(canonical, end)
    readings = tidy or untidy
    names = list(readings)
    if len(names) > 1:
        names = [name for name in names if name.rsplit("-", 2)[0] in KNOWN_AGENCIES]
    if len(names) != 1:
        return None
    return FoundCode(run.start(), readings[names[0]], names[0], bare=True)


def _ends(plain: str, run: re.Match[str]) -> Iterator[int]:
    """Where the code may stop: at each blank among its digits, and at the end of them."""
    for blank in re.finditer(r" +(?=\d)", run["rest"]):
        yield run.start("rest") + blank.start()
    after = plain[run.end() : run.end() + 1]
    if not (after.isascii() and after.isalnum()):
        yield run.end()


def _readings(run: re.Match[str], rest: str, today: dt.date) -> Iterator[tuple[str, bool]]:
    """Ways to cut `rest` into levels, date and counter that keep every dot and dash typed.

    The flag tells whether the blanks, too, stand where parts meet.
    """
    digits, marks, blanks = _cuts(rest)
    top = run["top"].replace(" ", "").upper()
    old = re.sub(r"[. ]", "", run["old"] or "").upper()
    prefix = f"{old[:3]}.{old[3:5]}.{old[5:]}.{top}" if old else top
    for split in ((),) if old else _LEVEL_SPLITS:
        for date_length in (6, 8):
            *ends, date_end = accumulate((*split, date_length))
            date, sequence = digits[date_end - date_length : date_end], digits[date_end:]
            if not 4 <= len(sequence) <= 7 or not marks <= {0, *ends, date_end}:
                continue
            day = read_date(date)
            if day is None or day.year < EARLIEST_YEAR or day > today:
                continue
            levels = [digits[end - length : end] for end, length in zip(ends, split, strict=True)]
            yield "-".join((".".join((prefix, *levels)), date, sequence)), blanks <= {0, *ends, date_end}


def _cuts(rest: str) -> tuple[str, set[int], set[int]]:
    """The digits of `rest`, and before which of them a dot or dash, or only blanks, were typed."""
    marks: set[int] = set()
    blanks: set[int] = set()
    for count, gap in enumerate(re.finditer(r"([ ./-]*)\d", rest)):
        if gap[1].strip():
            marks.add(count)
        elif gap[1]:
            blanks.add(count)
    return re.sub(r"[ ./-]", "", rest), marks, blanks
