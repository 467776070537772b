"""The layouts in which the catalogue has been met, and why a record is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from knowledge_base.errors import BadInput, ErrorCode

Record = Mapping[str, Any]


class Layout(StrEnum):
    PORTAL_API = "portal_api"  # get-formality-by-citizen, with or without its envelope
    PORTAL_PAGE = "portal_page"  # pages of the portal of 2026, scraped, with `raw_text`
    OLD_PORTAL = "old_portal"  # pages of the portal before 2026, keys with a colon
    EXTRACTED_DOC = "extracted_doc"  # read out of the old portal's .doc exports
    PORTAL_LIST = "portal_list"  # items of list-all-public-formality-by-citizen: names only
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a record, or a file, did not enter the catalogue."""

    UNREADABLE = "unreadable"  # no such file, or not to be opened
    TRUNCATED = "truncated"  # the file ends before its compression does
    BAD_JSON = "bad_json"
    UNKNOWN_LAYOUT = "unknown_layout"
    NO_CODE = "no_code"
    FOREIGN_CONTENT = "foreign_content"  # the content belongs to another procedure
    OTHER_PROVINCE = "other_province"
    INTERNAL = "internal"  # between offices, not for citizens
    INVALID = "invalid"  # a field does not fit the model


_MARKS: dict[Layout, tuple[set[str], ...]] = {
    Layout.PORTAL_API: ({"executionMethods"}, {"executionCases"}, {"executionSteps"}),
    Layout.PORTAL_PAGE: ({"raw_text", "ma_thu_tuc"}, {"raw_text", "ten_thu_tuc"}),
    Layout.OLD_PORTAL: ({"Thành phần hồ sơ:", "Cách thức thực hiện:"}, {"Mã thủ tục:"}),
    Layout.EXTRACTED_DOC: ({"metadata", "content", "tables"},),
    Layout.PORTAL_LIST: ({"code", "name", "categories", "departments"},),
}


def rejected(reason: Reason, detail: str) -> BadInput:
    """The error of a record that is set aside; `error.data["reason"]` is the `Reason`."""
    return BadInput(ErrorCode.BAD_RECORD, detail, reason=reason)


def unwrap(record: Record) -> Record:
    """The `data` of the portal's envelope `{"code": "OK", "data": {...}}`, or the record itself."""
    data = record.get("data")
    return data if isinstance(data, Mapping) and "message" in record else record


def layout_of(record: object) -> Layout:
    """The layout of one decoded record."""
    if not isinstance(record, Mapping):
        return Layout.UNKNOWN
    keys = set(unwrap(record))
    for layout, alternatives in _MARKS.items():
        if any(marks <= keys for marks in alternatives):
            return layout
    return Layout.UNKNOWN
