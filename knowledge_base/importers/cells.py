"""Cells of the old portal's tables, as its pages and its .doc exports write them: time, charges, papers, laws."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from knowledge_base.importers import clean, parts
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
    TimeUnit,
    Trust,
)

_CHANNELS = {
    "trực tiếp": Channel.IN_PERSON,
    "trực tuyến": Channel.ONLINE,
    "dịch vụ bưu chính": Channel.POSTAL,
}
_UNITS: dict[str, TimeUnit] = {word.casefold(): unit for unit, word in parts.UNIT_WORDS.items()}
_TIME = re.compile(rf"0*(\d+(?:[.,]\d+)?) ?({'|'.join(_UNITS)})?\.?", re.IGNORECASE)
# A label of the column has a blank before its colon; the same word inside a description has none.
_LABEL = re.compile(r"(?:^|(?<=\s))(Lệ phí|Phí|Mức giá) :\s*")
_KINDS = {"Lệ phí": FeeKind.CHARGE, "Phí": FeeKind.FEE, "Mức giá": FeeKind.OTHER}
_AMOUNT = re.compile(
    r"(?P<amount>\d{1,3}(?:\.\d{3})+|\d+(?:[.,]\d+)?|không)? ?(?P<currency>đồng|usd)(?!\w)", re.IGNORECASE
)
_ATTACHED = re.compile(r"^\s*File đính kèm:.*$", re.MULTILINE)
_BRACKETED = re.compile(r"^\(((?:[^()]|\([^()]*\))*)\)\.?$")  # the whole note in brackets, one more pair inside at most
_WORDS_AND_UNIT = re.compile(r"^(Miễn phí|Miễn lệ phí) Đồng\b")  # the column's unit printed behind words
_ZERO_TYPED = re.compile(r"o đồng\.?", re.IGNORECASE)
_QUANTITY = re.compile(r"Bản chính: ?(\d+)\s*Bản sao: ?(\d+)")


def text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def rows(value: object) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def method(issues: list[FieldIssue], channel: str, time: str, fees: str, note: str) -> Method | None:
    """One row of the channel table; None for a channel nobody knows."""
    known = _CHANNELS.get(clean.line(channel).casefold())
    if known is None:
        add(issues, "methods", "channels_unread")
        return None
    return Method(channel=known, duration=duration(time), fees=charges(fees, issues), note=clean.value_block(note))


def duration(cell: str) -> Duration:
    """A time: "03 Ngày làm việc" as a number, other words as they stand, "Không quy định" as missing."""
    words = clean.value(cell)
    if not words:
        return Duration(trust=Trust.MISSING)
    match = _TIME.fullmatch(words)
    if match is None:
        return Duration(text=words)
    value = parts.number(match[1]) or Decimal(0)
    return parts.duration(value, _UNITS.get((match[2] or "").casefold()))


def charges(cell: str, issues: list[FieldIssue]) -> list[Fee]:
    """The charges of "Lệ phí : 20.000 Đồng <note> Phí : …"; a cell of "Đồng" alone says nothing."""
    whole = clean.value_block(_ATTACHED.sub("", clean.scrub(cell)))
    labels = list(_LABEL.finditer(whole))
    if not labels:
        return [Fee(kind=FeeKind.OTHER, text=whole)] if whole else []
    found: list[Fee] = []
    ends = [*(label.start() for label in labels[1:]), len(whole)]
    for label, end in zip(labels, ends, strict=True):
        fee = _charge(_KINDS[label[1]], whole[label.end() : end].strip(), issues)
        if fee is not None and fee not in found:
            found.append(fee)
    noted = {(fee.kind, fee.amount) for fee in found if fee.text}
    return [fee for fee in found if fee.text or (fee.kind, fee.amount) not in noted]


def _charge(kind: FeeKind, body: str, issues: list[FieldIssue]) -> Fee | None:
    if _ZERO_TYPED.fullmatch(body):
        add(issues, "fees", "fee_unknown_words")
        reason = problem("fee_unknown_words")
        return Fee(kind=kind, text=body, trust=Trust.DOUBTFUL, reason=reason)
    amount: Decimal | None = None
    currency = "VND"
    match = _AMOUNT.match(body)
    while match:  # "Đồng Đồng (…)" occurs
        body = body[match.end() :].lstrip(" .;,\n")
        currency = "USD" if match["currency"].casefold() == "usd" else "VND"
        if match["amount"]:
            amount = _amount(match["amount"])
            break
        match = _AMOUNT.match(body)
    note = clean.value_block(_WORDS_AND_UNIT.sub(r"\1", _BRACKETED.sub(r"\1", body)))
    return None if amount is None and not note else Fee(kind=kind, amount=amount, currency=currency, text=note)


def _amount(digits: str) -> Decimal:
    if digits.casefold() == "không":
        return Decimal(0)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits):
        return Decimal(digits.replace(".", ""))
    return Decimal(digits.replace(",", "."))


def paper(name: str, forms: str, quantity: str) -> Paper:
    """A row of the papers' table; of a form's path only the file name is kept."""
    match = _QUANTITY.search(clean.line(quantity))
    files = [clean.line(re.split(r"[\\/]", part)[-1]) for part in clean.scrub(forms).split("\n")]
    return Paper(
        name=clean.entry(name),
        originals=int(match[1]) if match else 0,
        copies=int(match[2]) if match else 0,
        form="; ".join(clean.unique(files)),
    )


def basis(number: str, name: str) -> LegalBasis:
    """A legal text; where the number's cell was cut ("12"), the number that its name bears."""
    title = clean.entry(name)
    inside = parts.LEGAL_NUMBER.search(title)
    named = parts.legal_number(number)
    if inside and not parts.LEGAL_NUMBER.fullmatch(named):
        named = inside[0]
    return LegalBasis(number=named, name=title)


def bodies(cell: str) -> list[str]:
    return clean.unique([body.rstrip(" .;") for body in parts.bodies(cell)])


def results(cell: str) -> list[str]:
    return clean.unique([clean.entry(part) for part in clean.value_block(cell).split("\n")])
