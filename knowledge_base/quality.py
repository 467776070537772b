"""Judges every field of a record as read: what may be stated, what is in doubt, what is only a note.

Nothing is guessed: a doubtful value keeps the source's own words in `text` and loses its trust.  All that is done is
noted in `Procedure.issues`; the faults and their counts are those found in the portal's records of 2026.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal

from knowledge_base import quality_papers
from knowledge_base.importers import clean
from knowledge_base.importers.parts import UNIT_WORDS
from knowledge_base.problems import add, problem
from knowledge_base.procedure import Duration, Fee, FieldIssue, Method, Procedure, Trust

SMALLEST_AMOUNT = Decimal(1000)  # đồng; no public charge is lower, such amounts were typed in thousands

_COUNCIL = re.compile(r"hội đồng nhân dân|\bhđnd\b", re.IGNORECASE)
_AMOUNT = r"\d{1,3}(?:[.,]\d{3})+|\d+ ?(?:đồng|vnđ|usd|đô la|nghìn|triệu)\b"
# In the description of a channel much else is said: there only an amount beside the word for a charge counts.
_CHARGE_IN_DESCRIPTION = re.compile(
    rf"\b(?:lệ )?phí\b[^.\n]{{0,60}}?(?:{_AMOUNT})|(?:{_AMOUNT})[^.\n]{{0,25}}?\b(?:lệ )?phí\b", re.IGNORECASE
)
# The only notes beside "Miễn phí" that leave it standing; any other names a charge, a case, or who sets the charge.
_NO_CHARGE = re.compile(
    r"[\s\-+*•.]*(?:phí,? ?lệ phí|lệ phí|phí)?[\s:]*"
    r"(?:(?:không|miễn)(?: (?:có|thu|mất|quy định|phải nộp|tính|phí|lệ phí|và|,))*)?[\s.;,]*",
    re.IGNORECASE,
)
_PAYS = re.compile(r"\bnộp (?:các khoản )?(?:phí|lệ phí)", re.IGNORECASE)
_UNTIL = re.compile(
    r"(?:đến hết|đến|hết|trước)(?: ngày)? ?(\d{1,2}) ?[/\-.] ?(\d{1,2}) ?[/\-.] ?(20\d\d)"
    r"|(?:đến hết|đến|hết|trước)(?: ngày)? ?(\d{1,2}) tháng (\d{1,2}) năm (20\d\d)",
    re.IGNORECASE,
)
_DISCOUNT = re.compile(r"phí|mức thu|giảm|miễn|\d%|đồng", re.IGNORECASE)
_DISTRICT = re.compile(
    r"cấp huyện|(?:ủy ban nhân dân|uỷ ban nhân dân|ubnd|công an|chủ tịch) (?:các )?(?:quận|huyện)\b|quận, huyện"
    r"|phòng tư pháp",
    re.IGNORECASE,
)
_UNIT_WORDS = {word.casefold(): unit for unit, word in UNIT_WORDS.items()}
_TIME_WORDS = re.compile(r"\b0*(\d{1,3})(?: ?\([^)]*\))? (ngày làm việc|ngày|giờ(?: làm việc)?|tháng)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^\n.;]+(?:\.(?=\d)[^\n.;]+)*[.;]?")
_TIME_LINE = re.compile(
    r"thời (?:hạn|gian) (?:giải quyết|thực hiện|xử lý|cấp|trả)|trong (?:thời hạn|thời gian|vòng)|không quá"
    r"|kể từ (?:ngày|khi|thời điểm)|ngay trong (?:ngày|buổi)|chậm nhất|trong ngày làm việc",
    re.IGNORECASE,
)
_LABELLED_TIME = re.compile(r"thời hạn giải quyết\s*:|ngay trong (?:ngày|buổi) (?:làm việc|tiếp nhận)", re.IGNORECASE)
_HOURS_OF_OFFICE = re.compile(r"thứ (?:2|hai)|giờ hành chính|ngày nghỉ", re.IGNORECASE)


def judge(procedure: Procedure, today: dt.date) -> Procedure:
    """The record with every field judged.  `today` decides which discounts have run out (date in Hanoi)."""
    issues = list(procedure.issues)
    if procedure.names_only:  # the list says nothing of papers and charges, so lacks nothing
        _mentions(procedure, issues)
        return procedure.model_copy(update={"issues": issues})
    steps = "\n".join(f"{step.name}\n{step.text}" for step in procedure.steps)
    methods = [_method(method, steps, today, issues) for method in procedure.methods]
    groups = quality_papers.groups(procedure.paper_groups, issues)
    judged = procedure.model_copy(update={"methods": methods, "paper_groups": groups, "issues": issues})
    _mentions(judged, issues)
    if not judged.legal_bases:
        add(issues, "legal_bases", "legal_basis_missing")
    return judged


def _method(method: Method, steps: str, today: dt.date, issues: list[FieldIssue]) -> Method:
    duration = judge_duration(method.duration, method.note, steps, issues)
    charged = any(fee.amount for fee in method.fees)
    fees: list[Fee] = []
    for fee in method.fees:
        if charged and fee.amount == 0 and clean.is_placeholder(fee.text):
            add(issues, "fees", "fee_empty_zero", "repaired")
            continue
        fees.append(judge_fee(fee, method.note, steps, today, issues))
    if expired(method.note, today):
        add(issues, "methods", "note_discount_expired")
    return method.model_copy(update={"duration": duration, "fees": fees})


def judge_fee(fee: Fee, description: str, steps: str, today: dt.date, issues: list[FieldIssue]) -> Fee:
    """The fee with its trust; `text` is never empty where the trust is doubtful."""
    if fee.trust is not Trust.STATED:
        return fee
    key = _doubt(fee, description, steps, today)
    if key is None:
        return fee
    add(issues, "fees", key)
    text = fee.text or _own_line(fee)
    return fee.model_copy(update={"trust": Trust.DOUBTFUL, "reason": problem(key), "text": text})


def _doubt(fee: Fee, description: str, steps: str, today: dt.date) -> str | None:
    if expired(fee.text, today):
        return "fee_discount_expired"
    if fee.amount is None:
        return None  # words only: there is no number to mistrust
    if _COUNCIL.search(fee.text) or _COUNCIL.search(description):
        return "fee_set_by_council"
    if fee.amount == 0:
        if not _NO_CHARGE.fullmatch(fee.text) or _CHARGE_IN_DESCRIPTION.search(description):
            return "fee_free_beside_charge"
        if not fee.text and _PAYS.search(steps):
            return "fee_free_beside_steps"
    elif fee.currency == "VND" and fee.amount < SMALLEST_AMOUNT:
        return "fee_too_small"
    return None


def _own_line(fee: Fee) -> str:
    """What the source's fee column shows, for a doubtful fee without a note."""
    if fee.amount == 0:
        return "Miễn phí"
    return f"{fee.amount:,f} {'VNĐ' if fee.currency == 'VND' else fee.currency}"


def expired(text: str, today: dt.date) -> bool:
    """Whether a text names a charge or discount that held until a day now past."""
    if not _DISCOUNT.search(text):
        return False
    for match in _UNTIL.finditer(text):
        day, month, year = (int(part) for part in match.groups() if part)
        try:
            until = dt.date(year, month, day)
        except ValueError:
            continue
        if until < today:
            return True
    return False


def judge_duration(duration: Duration, description: str, steps: str, issues: list[FieldIssue]) -> Duration:
    """The time with its trust.  A number without unit is doubtful unless the record itself says the time in words."""
    if duration.unit is not None and duration.value != 0:
        return duration
    if duration.value is None and duration.trust is Trust.STATED:
        if not re.fullmatch(r"(?:theo|xem) (?:mô tả|nội dung mô tả).*", duration.text, re.IGNORECASE):
            return duration  # words of the source's own time column
        duration = Duration(trust=Trust.MISSING)
    if duration.value == 0:
        add(issues, "duration", "time_zero")
    words = time_in_words(description, _TIME_LINE, short=True) or time_in_words(steps, _LABELLED_TIME)
    if not words:
        if duration.value is None or duration.value == 0:
            return Duration(trust=Trust.MISSING)
        add(issues, "duration", "time_without_unit")
        return duration.model_copy(update={"trust": Trust.DOUBTFUL, "reason": problem("time_without_unit")})
    said = {(int(number), unit.casefold()) for number, unit in _TIME_WORDS.findall(words)}
    if duration.value and len(said) == 1:
        number, unit = said.pop()
        known = _UNIT_WORDS.get(unit)
        if duration.value == number and known:
            add(issues, "duration", "time_unit_from_words", "repaired")
            return Duration(value=duration.value, unit=known, text=words)
    add(issues, "duration", "time_from_words", "repaired")
    return Duration(text=words)


def time_in_words(text: str, wanted: re.Pattern[str], *, short: bool = False) -> str:
    """The sentences of `text` that state a time, joined; with `short`, the whole of a brief text that is nothing else.

    The hours at which an office receives papers are no processing time.
    """
    sentences = [match[0].strip(" -+*\t") for match in _SENTENCE.finditer(text)]
    found = [
        sentence for sentence in sentences
        if wanted.search(sentence) and not _HOURS_OF_OFFICE.search(sentence)
        and (_TIME_WORDS.search(sentence) or "ngay trong" in sentence.casefold())
    ]  # fmt: skip
    if not found and short and len(text) <= 200 and _TIME_WORDS.search(text) and not _HOURS_OF_OFFICE.search(text):
        return clean.line(text)
    return " ".join(clean.unique(found))


def _mentions(procedure: Procedure, issues: list[FieldIssue]) -> None:
    """Notes the fields that still name the district level, abolished on 1 July 2025."""
    for field, texts in _texts(procedure):
        if any(_DISTRICT.search(text) for text in texts):
            add(issues, field, "district_level")


def _texts(procedure: Procedure) -> Iterable[tuple[str, list[str]]]:
    yield "name", [procedure.name]
    yield "agencies", [*procedure.agencies, *procedure.authority, procedure.receiving_place]
    yield "steps", [f"{step.name} {step.text}" for step in procedure.steps]
    yield "methods", [f"{method.note} {' '.join(fee.text for fee in method.fees)}" for method in procedure.methods]
    yield (
        "paper_groups",
        [f"{group.case} {' '.join(paper.name for paper in group.papers)}" for group in procedure.paper_groups],
    )
    yield "conditions", [procedure.conditions]
