"""Items of the portal's public list: code, name, field, bodies, subjects.  Nothing on papers, charges, time, steps."""

from __future__ import annotations

import datetime as dt
import re

from knowledge_base.importers import clean, parts
from knowledge_base.importers.layout import Layout, Reason, Record, rejected
from knowledge_base.importers.portal_api import PAGE_URL
from knowledge_base.problems import issue
from knowledge_base.procedure import Procedure, Source

# Day of the list our files come from; a newer file says its own in `_crawled_on`.
LISTED_ON = dt.date(2026, 7, 18)
_HANOI = "hà nội"
_INTERNAL = ("STANDARD_INTERNAL", "INTERCONNECTED_INTERNAL")
# "Sở Y tế - Tỉnh Đắk Lắk", "Sở Y tế Thành phố Huế": a body of one place, and "các tỉnh, thành phố" is none
_PLACE = re.compile(rf"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?) (?=[{clean.CAPITAL}])")


def parse(record: Record) -> Procedure:
    """A `Procedure` with what the list names.

    Raises:
        BadInput: no code, another province's own procedure, or one between offices.
    """
    code = parts.code(_text(record, "code"))
    kind, issuer = record.get("type"), clean.line(_text(record, "departmentPromulgate"))
    if kind in _INTERNAL:
        raise rejected(Reason.INTERNAL, f"{code}: type {kind}")
    if kind == "SPECIFIC" and _HANOI not in issuer.casefold():
        raise rejected(Reason.OTHER_PROVINCE, f"{code}: issued by {issuer or 'an unnamed body'}")
    portal_id = clean.line(_text(record, "id"))
    return Procedure(
        code=code,
        name=parts.name(_text(record, "name")),
        field=", ".join(_names(record, "categories")),
        subjects=_names(record, "formalityTargetType"),
        agencies=[body for body in _names(record, "departments") if _near(body)],
        source=Source(
            layout=Layout.PORTAL_LIST.value,
            url=f"{PAGE_URL}{portal_id}" if portal_id else "",
            data_date=parts.data_date(record, LISTED_ON),
        ),
        issues=[issue("source", "names_only")],
    )


def _near(body: str) -> bool:
    """Whether a body may serve a citizen of Hanoi: one of another province does not."""
    return not _PLACE.search(body) or _HANOI in body.casefold()


def _names(record: Record, key: str) -> list[str]:
    found = record.get(key)
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return clean.unique([clean.value(name) for name in names])


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
