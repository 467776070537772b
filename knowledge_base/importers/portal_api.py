"""The national portal's own API records (`get-formality-by-citizen`), with or without the envelope.

Fields as described in the project's notes on the portal: `executionMethods` (channel, time, fees), `executionCases`
(the papers), `unitGroups…` beside `departments…` (kinds of body and bodies: both count).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from knowledge_base.importers import clean, parts
from knowledge_base.importers.layout import Layout, Reason, Record, rejected, unwrap
from knowledge_base.problems import add
from knowledge_base.procedure import (
    Channel,
    Duration,
    Fee,
    FeeKind,
    FieldIssue,
    LegalBasis,
    Level,
    Method,
    Paper,
    PaperGroup,
    Procedure,
    Source,
    Step,
    TimeUnit,
    Trust,
)

PAGE_URL = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/"
HANOI = "H26"  # departmentPromulgateCode of the city; its bodies are H26.101 and the like
# Day of the crawl our files come from.  `updatedAt` says when a record last changed, not when it was read: what was
# read on this day was the portal's content of this day.  A newer file says its own day in `_crawled_on`.
CRAWLED_ON = dt.date(2026, 7, 18)
_OLDEST = dt.date(2016, 1, 1)
_VIETNAM = dt.timezone(dt.timedelta(hours=7))

_CHANNELS = {"DIRECT": Channel.IN_PERSON, "ONLINE": Channel.ONLINE, "POSTAL": Channel.POSTAL}
_UNITS = {unit.name: unit for unit in TimeUnit}
_KINDS = {"FEE": FeeKind.FEE, "SERVICE_FEE": FeeKind.CHARGE}
_LEVELS = {
    "isWard": Level.COMMUNE,
    "isProvince": Level.PROVINCE,
    "isMinistry": Level.MINISTRY,
    "isOtherAgency": Level.OTHER,
}


def parse(record: Record) -> Procedure:
    """A `Procedure` as the portal states it.

    Raises:
        BadInput: no code, another province's own procedure, or one between offices.
    """
    data = unwrap(record)
    code = parts.code(data.get("code") or data.get("codeNotation"))
    _refuse_foreign(code, data)
    issues: list[FieldIssue] = []
    methods = [method for item in _list(data, "executionMethods") if (method := _method(item))]
    if not methods:
        add(issues, "methods", "channels_unread")
    proposal = data.get("procedureProposal") or {}
    return Procedure(
        code=code,
        name=parts.name(data.get("name")),
        field=", ".join(clean.unique(_names(data, "categoriesDetails"))),
        levels=[level for key, level in _LEVELS.items() if data.get(key) is True],
        subjects=clean.unique(_names(data, "subjectTypesDetails")),
        agencies=_bodies(data, "Executing"),
        authority=_bodies(data, "Authority"),
        receiving_place=clean.value_block(_text(data.get("dossierReceivingAddresses"))),
        methods=methods,
        paper_groups=_groups(data),
        steps=_steps(data),
        conditions=clean.value_block(_text(data.get("requirementsAndConditions") or data.get("description"))),
        results=clean.unique([clean.entry(name) for name in _names(data, "resultsDetails")]),
        legal_bases=parts.unique_bases([_basis(item) for item in _list(data, "legalBasisesDetails")]),
        source=Source(
            layout=Layout.PORTAL_API.value,
            url=f"{PAGE_URL}{data['id']}" if data.get("id") else "",
            data_date=_data_date(data),
            decision=clean.line(_text(proposal.get("proposalNumber"))),
        ),
        issues=issues,
    )


def _refuse_foreign(code: str, data: Record) -> None:
    notation = clean.line(_text(data.get("codeNotation")))
    if notation and notation != code:
        raise rejected(Reason.FOREIGN_CONTENT, f"code {code}, content of {notation}")
    kind = data.get("type")
    if kind in ("STANDARD_INTERNAL", "INTERCONNECTED_INTERNAL"):
        raise rejected(Reason.INTERNAL, f"{code}: type {kind}")
    issuer = str(data.get("departmentPromulgateCode") or "")
    if kind == "SPECIFIC" and issuer.split(".")[0] != HANOI:
        named = clean.line(_text(data.get("departmentPromulgateName")))
        raise rejected(Reason.OTHER_PROVINCE, f"{code}: issued by {named or issuer or 'an unnamed body'}")


def _data_date(data: Record) -> dt.date:
    crawled = data.get("_crawled_on")
    if isinstance(crawled, str):
        try:
            return dt.date.fromisoformat(crawled)
        except ValueError:
            pass
    updated = data.get("updatedAt")
    if isinstance(updated, int) and not isinstance(updated, bool):
        try:
            day = dt.datetime.fromtimestamp(updated / 1000, tz=_VIETNAM).date()
        except (OverflowError, OSError, ValueError):
            return CRAWLED_ON
        if _OLDEST < day <= dt.datetime.now(tz=_VIETNAM).date():
            return max(day, CRAWLED_ON)
    return CRAWLED_ON


def _method(item: Mapping[str, Any]) -> Method | None:
    channel = _CHANNELS.get(str(item.get("submissionMethod")))
    if channel is None:
        return None
    fees = [fee for raw in item.get("fees") or [] if (fee := _fee(raw))]
    return Method(channel=channel, duration=_duration(item), fees=fees, note=clean.value_block(item.get("description")))


def _duration(item: Mapping[str, Any]) -> Duration:
    time = item.get("processingTime")
    value = parts.number(time)
    if value is None:
        words = clean.value(_text(time))
        return Duration(text=words) if words else Duration(trust=Trust.MISSING)
    return parts.duration(value, _UNITS.get(str(item.get("processingTimeUnit"))))


def _fee(raw: Mapping[str, Any]) -> Fee | None:
    value = parts.number(raw.get("value"))
    text = clean.value_block(raw.get("description"))
    if value is None and not text:
        return None
    currency = "USD" if clean.line(raw.get("currencyName")).upper() == "USD" else "VND"
    amount = None if value is None else Decimal(f"{value.normalize():f}")
    return Fee(kind=_KINDS.get(str(raw.get("type")), FeeKind.OTHER), amount=amount, currency=currency, text=text)


def _groups(data: Record) -> list[PaperGroup]:
    groups = []
    for case in _list(data, "executionCases"):
        papers = [_paper(item) for item in case.get("profileComponents") or []]
        if papers:
            groups.append(PaperGroup(case=parts.heading(case.get("name")), papers=papers))
    return groups


def _paper(item: Mapping[str, Any]) -> Paper:
    forms = [clean.line(attachment.get("fileName")) for attachment in item.get("attachments") or []]
    return Paper(
        name=clean.entry(item.get("name")),
        originals=int(item.get("originalQty") or 0),
        copies=int(item.get("copyQty") or 0),
        form="; ".join(clean.unique(forms)),
    )


def _steps(data: Record) -> list[Step]:
    found: list[Step] = []
    for item in _list(data, "executionSteps"):
        name = clean.line(item.get("name"))
        if name:
            found.append(Step(name=name, text=clean.value_block(item.get("description"))))
        else:
            found.extend(parts.steps(item.get("description")))
    return found


def _basis(item: Mapping[str, Any]) -> LegalBasis:
    return LegalBasis(number=parts.legal_number(_text(item.get("code"))), name=clean.line(item.get("name")))


def _bodies(data: Record, role: str) -> list[str]:
    return clean.unique(_names(data, f"departments{role}") + _names(data, f"unitGroups{role}"))


def _names(data: Record, key: str) -> list[str]:
    return [clean.value(item.get("name")) for item in _list(data, key)]


def _list(data: Record, key: str) -> Iterable[Mapping[str, Any]]:
    found = data.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
