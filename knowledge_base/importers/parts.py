"""Parts of a record that several layouts write alike: levels, names in lists, steps, numbers of legal texts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from knowledge_base.importers import clean
from knowledge_base.importers.layout import Reason, Record, rejected
from knowledge_base.procedure import Duration, LegalBasis, Level, Step, TimeUnit, Trust

# The portal's own words for units; the page prints them behind the number, the API gives the key.
UNIT_WORDS = {
    TimeUnit.WORKING_DAY: "Ngày làm việc",
    TimeUnit.DAY: "Ngày",
    TimeUnit.HOUR: "Giờ",
    TimeUnit.MONTH: "Tháng",
}
_CODE = re.compile(r"\d\.\d{6}")
_STEP = re.compile(r"(?:(?<=\n)|(?<=[\s.;:)])|^)[-+*•\s]*Bước (\d{1,2})\s*[.:)\-–]")
_AGENCY = rf"(?:QH\d\d|UBTVQH\d\d|QĐ-TTg|[A-ZĐ]{{2,}}(?:-[A-ZĐ]{{2,}})*(?![{clean.SMALL}]))"
LEGAL_NUMBER = re.compile(rf"\d[\d.]*(?:-\d+)?/(?:(?:19|20)\d\d/)?{_AGENCY}")
_NAME_STOP = re.compile(r"\s*\.\s*$")
_LEVELS = {
    "cấp xã": Level.COMMUNE,
    "cấp tỉnh": Level.PROVINCE,
    "cấp bộ": Level.MINISTRY,
    "cơ quan khác": Level.OTHER,
}
# "Cán bộ, công chức, viên chức" and "Tổ chức (không bao gồm doanh nghiệp, HTX)" are one subject each
_SUBJECTS = re.compile(rf",\s*(?=[{clean.CAPITAL}])(?![^(]*\))")
_BODIES = re.compile(rf",\s+(?=[{clean.CAPITAL}])")  # "Cục … về trật tự, xã hội" is one body


def code(text: str | None) -> str:
    """A procedure code.  Raises BadInput (`no_code`) for anything else."""
    found = clean.line(text)
    if not _CODE.fullmatch(found):
        raise rejected(Reason.NO_CODE, f"code {found!r}" if found else "no code")
    return found


def name(text: str | None) -> str:
    return _NAME_STOP.sub("", clean.line(text))


def heading(text: str | None) -> str:
    """The heading of a group of papers without bullets and colon; "--" stands for none."""
    return clean.entry(text).strip("-–: ")


def levels(text: str) -> list[Level]:
    """Levels of "Cấp Tỉnh, Cấp Xã", the nearest to a citizen first."""
    named = {clean.line(part).casefold() for part in text.split(",")}
    found = {level for words, level in _LEVELS.items() if words in named}
    return [level for level in Level if level in found]


def subjects(text: str) -> list[str]:
    return _listed(_SUBJECTS, text)


def bodies(text: str) -> list[str]:
    return _listed(_BODIES, text)


def _listed(separator: re.Pattern[str], text: str) -> list[str]:
    return clean.unique([clean.value(part) for part in separator.split(clean.line(text))])


def data_date(record: Record, otherwise: dt.date) -> dt.date:
    """The day a file itself names (`_crawled_on`), or the day its layout was gathered."""
    named = record.get("_crawled_on")
    try:
        return dt.date.fromisoformat(named) if isinstance(named, str) else otherwise
    except ValueError:
        return otherwise


def number(text: object) -> Decimal | None:
    """A number as the source writes it (`10`, `12.5`, `12,5`), or None for anything else."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        value = Decimal(str(text).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def duration(value: Decimal, unit: TimeUnit | None) -> Duration:
    """A time with the portal's own line ("7 Ngày làm việc") beside it; without a unit it stays in doubt."""
    shown = f"{value.normalize():f}"
    if unit is None:
        return Duration(value=value, text=shown, trust=Trust.DOUBTFUL)
    return Duration(value=value, unit=unit, text=f"{shown} {UNIT_WORDS[unit]}")


def steps(text: str | None) -> list[Step]:
    """The text of "trình tự thực hiện", cut at "Bước 1", "Bước 2" … where these stand in order; words complete."""
    whole = clean.value_block(text)
    if not whole:
        return []
    starts = [0]
    wanted = 1
    for match in _STEP.finditer(whole):
        if int(match[1]) == wanted:
            starts.append(match.start())
            wanted += 1
    bounds = [*starts, len(whole)]
    chunks = (whole[begin:end].strip() for begin, end in pairwise(bounds))
    return [Step(text=chunk) for chunk in chunks if chunk]


def legal_number(text: str) -> str:
    """The number of a legal text within `text`, or `text` itself where none is found."""
    cleaned = clean.line(text)
    match = LEGAL_NUMBER.search(cleaned)
    return match[0] if match else cleaned


def unique_bases(bases: list[LegalBasis]) -> list[LegalBasis]:
    """Each legal text once, by its number (by its name where there is no number)."""
    seen: dict[str, LegalBasis] = {}
    for basis in bases:
        if basis.number or basis.name:
            seen.setdefault(basis.number or clean.folded(basis.name), basis)
    return list(seen.values())
