"""The tables of a scraped page, run together without separators: channels, papers, legal texts.

Channels: `<channel><time><fee>[(note)][description]` per row.  Papers: per group `<heading>` + the table's head, then
`<name>[form file]<a> bản chính[,<b> bản sao]` per paper.  Legal texts: `<name><number>` repeated.
"""

from __future__ import annotations

import re
from decimal import Decimal

from knowledge_base.importers import clean, parts
from knowledge_base.importers.page_forms import split_form
from knowledge_base.problems import add, problem
from knowledge_base.procedure import (
    Channel,
    Duration,
    Fee,
    FeeKind,
    FieldIssue,
    LegalBasis,
    Method,
    Paper,
    PaperGroup,
    TimeUnit,
    Trust,
)

METHODS_HEAD = "Cách Thức Thực HiệnHình thức nộpThời gianPhí, lệ phíMô tả"
PAPERS_HEAD = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
LEGAL_HEAD = "Tên văn bản pháp lýMã văn bản"

_CHANNELS = {"Trực tiếp": Channel.IN_PERSON, "Trực tuyến": Channel.ONLINE, "Dịch vụ bưu chính": Channel.POSTAL}
_UNITS: dict[str, TimeUnit] = {word: unit for unit, word in parts.UNIT_WORDS.items()}
_NOTHING = "Không có thông tin"
_FREE = "Miễn phí"
_CHANNEL = rf"(?P<channel>{'|'.join(_CHANNELS)})"
_FEE = rf"(?P<fee>{_FREE}|{_NOTHING}|(?P<digits>\d[\d,.]*) (?P<currency>Việt Nam Đồng|VNĐ|USD))"
ROW = re.compile(
    rf"{_CHANNEL}(?:(?P<value>\d+(?:[.,]\d+)?) (?P<unit>Ngày làm việc|Ngày|Giờ|Tháng)|(?P<nothing>{_NOTHING})"
    rf"|(?P<bare>\d+(?:\.\d+)?)(?={_FREE}|{_NOTHING})|(?P<together>(?=\d[\d,.]* (?:Việt Nam Đồng|VNĐ|USD))))\s?{_FEE}"
)
# Fifteen tax procedures have only words for the time; their rows are told by being glued to what stands before.
_WORDED = re.compile(
    rf"(?:^|(?<=\S)){_CHANNEL}(?P<words>[{clean.CAPITAL}](?:(?!{'|'.join(_CHANNELS)}).){{1,200}}?){_FEE}"
)
_QUANTITY = re.compile(r"(?<!(?<!\d)0)(\d) bản chính(?:,(\d+) bản sao)?")
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:,\d{3})*")
_TIME = re.compile(r"0|[1-9]\d{0,2}(?:\.\d)?")
_RESULT_CODE = re.compile(r"[A-Z]{2}[.\-][\w.\-]+")


def methods(table: str, issues: list[FieldIssue]) -> list[Method]:
    """The rows of the channel table in order."""
    rows = list(ROW.finditer(table))
    if not rows or table[: rows[0].start()].strip():
        rows = list(_WORDED.finditer(table)) or rows
    if not rows and table.strip():
        add(issues, "methods", "channels_unread")
    bounds = [*(row.start() for row in rows), len(table)]
    return [_method(row, table[row.end() : end], issues) for row, end in zip(rows, bounds[1:], strict=True)]


def _method(row: re.Match[str], tail: str, issues: list[FieldIssue]) -> Method:
    note, description = _note(tail)
    found = row.groupdict()
    duration, digits, unsure = _duration(found)
    fee = _fee(found["fee"], digits, found["currency"], note, unsure=unsure)
    if unsure:
        add(issues, "methods", "number_run_together")
    return Method(
        channel=_CHANNELS[found["channel"]],
        duration=duration,
        fees=[fee] if fee else [],
        note=clean.value_block(description),
    )


def _duration(found: dict[str, str | None]) -> tuple[Duration, str, bool]:
    """The time, the digits that are left for the fee, and whether the two could not be told apart."""
    digits = found.get("digits") or ""
    value, bare, words = found.get("value"), found.get("bare"), found.get("words")
    if value:
        return parts.duration(_decimal(value.replace(",", ".")), _UNITS[found["unit"] or ""]), digits, False
    if bare:
        return parts.duration(_decimal(bare), None), digits, False
    if words:
        text = clean.value(words)
        return (Duration(text=text) if text else Duration(trust=Trust.MISSING)), digits, False
    if found.get("together") is None:
        return Duration(trust=Trust.MISSING), digits, False
    ways = run_together(digits)
    if len(ways) == 1:
        return parts.duration(_decimal(ways[0][0]), None), ways[0][1], False
    missing = Duration(trust=Trust.MISSING)
    return missing, digits, bool(ways)


def run_together(digits: str) -> list[tuple[str, str]]:
    """Every way to read `digits` as a time without unit and an amount behind it ("120,000": 1 and 20,000).

    The portal groups thousands by commas and writes an amount of 0 as a word, so most have one way only.
    """
    ways = [(digits[:cut], digits[cut:]) for cut in range(1, len(digits))]
    return [way for way in ways if _TIME.fullmatch(way[0]) and _AMOUNT.fullmatch(way[1])]


def _note(tail: str) -> tuple[str, str]:
    """The bracket behind the fee, and the description after it."""
    if not tail.startswith("("):
        return "", tail
    depth = 0
    for place, character in enumerate(tail):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return tail[1:place], tail[place + 1 :]
    inside, closed, rest = tail[1:].rpartition(")")
    return (inside, rest) if closed else (rest, "")


def _fee(word: str | None, digits: str, currency: str | None, note: str, *, unsure: bool) -> Fee | None:
    text = clean.value_block(note)
    kind = _kind(text)
    if word == _NOTHING:
        return Fee(kind=kind, text=text) if text else None
    if word == _FREE:
        return Fee(kind=kind, amount=Decimal(0), text=text)
    if unsure:
        line = text or f"{digits} {currency}"
        return Fee(kind=kind, text=line, trust=Trust.DOUBTFUL, reason=problem("number_run_together"))
    return Fee(kind=kind, amount=_decimal(digits), currency="USD" if currency == "USD" else "VND", text=text)


def _kind(note: str) -> FeeKind:
    """Phí or lệ phí, as far as the note tells: the page has one column for both."""
    folded = note.casefold()
    charge = "lệ phí" in folded
    fee = re.search(r"(?<!lệ )\bphí\b", folded.replace("miễn phí", "")) is not None
    if charge == fee:
        return FeeKind.OTHER
    return FeeKind.CHARGE if charge else FeeKind.FEE


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "").rstrip("."))


def paper_groups(table: str, issues: list[FieldIssue]) -> list[PaperGroup]:
    """The groups of papers; what stands behind the last quantity of one is the heading of the next."""
    heading, *bodies = table.split(PAPERS_HEAD)
    groups: list[PaperGroup] = []
    for body in bodies:
        papers, rest = _papers(body, issues)
        if papers:
            groups.append(PaperGroup(case=parts.heading(heading), papers=papers))
        elif clean.line(heading).strip("- "):
            groups.append(_remark(heading))
        heading = rest
    if clean.line(heading).strip("- ") and not _RESULT_CODE.fullmatch(clean.line(heading)):
        groups.append(_remark(heading))
    return groups


def _remark(text: str) -> PaperGroup:
    """A heading without papers under it says something all the same: kept as a note."""
    return PaperGroup(papers=[Paper(name=clean.entry(text))])


def _papers(body: str, issues: list[FieldIssue]) -> tuple[list[Paper], str]:
    papers: list[Paper] = []
    last = 0
    for match in _QUANTITY.finditer(body):
        name, form, sure = split_form(clean.line(body[last : match.start()]))
        if not sure:
            add(issues, "paper_groups", "form_unsplit")
        quantities = {"originals": int(match[1]), "copies": int(match[2] or 0)}
        papers.append(Paper(name=clean.entry(name), form=form, **quantities))
        last = match.end()
    return papers, body[last:]


def legal_bases(table: str) -> list[LegalBasis]:
    """The legal texts by number.  A number glued to what stands before it closes an entry; names between such numbers
    are kept where they are of a believable length, as the source's tables are often broken."""
    bases: list[LegalBasis] = []
    start = 0
    for match in parts.LEGAL_NUMBER.finditer(table):
        number = _without_year(match[0])
        glued = match.start() == 0 or not table[match.start() - 1].isspace()
        name = clean.line(table[start : match.end() - len(match[0])])
        if glued:
            bases.append(LegalBasis(number=number, name=clean.entry(name)))
            start = match.end()
        else:
            bases.append(LegalBasis(number=number))
    named = {basis.number for basis in bases if basis.name}
    return parts.unique_bases([basis for basis in bases if basis.name or basis.number not in named])


def _without_year(number: str) -> str:
    """ "202068/2020/QH14" is a name that ends in a year, and a number."""
    match = re.fullmatch(r"(?:19|20)\d\d(\d{1,3}/(?:19|20)\d\d/.+)", number)
    return match[1] if match else number
