"""One record of a known layout to a `Procedure`."""

from __future__ import annotations

from pydantic import ValidationError

from knowledge_base.importers import extracted_doc, old_portal, portal_api, portal_list, portal_page
from knowledge_base.importers.layout import Layout, Reason, Record, layout_of, rejected
from knowledge_base.procedure import Procedure

_PARSERS = {
    Layout.PORTAL_API: portal_api.parse,
    Layout.PORTAL_PAGE: portal_page.parse,
    Layout.OLD_PORTAL: old_portal.parse,
    Layout.EXTRACTED_DOC: extracted_doc.parse,
    Layout.PORTAL_LIST: portal_list.parse,
}


def parse(record: Record) -> Procedure:
    """A record as the source states it; `knowledge_base.quality.judge` comes after.

    Raises:
        BadInput: (`BAD_RECORD`) the record is set aside; `data["reason"]` tells why.
    """
    layout = layout_of(record)
    parser = _PARSERS.get(layout)
    if parser is None:
        raise rejected(Reason.UNKNOWN_LAYOUT, f"layout {layout.value}")
    try:
        return parser(record)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise rejected(Reason.INVALID, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # A source that changes its shape must not stop the other records.
        raise rejected(Reason.INVALID, f"{type(error).__name__}: {error}") from error
