"""What a scanner or an officer types: a ticket's QR code (`ticket.qr_content`), or a number as people say it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from actions.appointments.models import ID_LENGTH
from knowledge_base.errors import BadInput, ErrorCode

CODE_LIMIT = 500
_ID = rf"[a-z2-7]{{{ID_LENGTH}}}"
_LINK = re.compile(rf"^https?://\S+/ve/(?P<id>{_ID})\?key=(?P<key>[0-9a-f]{{8,64}})(?:#\S*)?$", re.IGNORECASE)
_NUMBER_AND_ID = re.compile(rf"^(?:[A-Z]{{1,2}}-?\d{{1,4}}\s+)?(?P<id>{_ID})$", re.IGNORECASE)
_NUMBER = re.compile(r"^(?P<prefix>[A-Z]{1,2})?[\s.\-]*0*(?P<number>[1-9]\d{0,3})$", re.IGNORECASE)
_LINK_LIKE = re.compile(r"http|/v|\?k", re.IGNORECASE)


@dataclass(frozen=True)
class TicketCode:
    """Either an appointment's id (with the read-only key where the code was a link), or a number of the day."""

    appointment_id: str = ""
    view_key: str | None = None
    prefix: str = ""
    number: int = 0


def read_code(typed: str) -> TicketCode:
    """Raises: BadInput(COUNTER_CODE_UNREADABLE, COUNTER_CODE_TELEX)."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if len(text) > CODE_LIMIT:
        raise BadInput(ErrorCode.COUNTER_CODE_UNREADABLE)
    if found := _NUMBER.match(text):
        return TicketCode(prefix=(found["prefix"] or "").upper(), number=int(found["number"]))
    if found := _LINK.match(text):
        return TicketCode(appointment_id=found["id"].lower(), view_key=found["key"].lower())
    if found := _NUMBER_AND_ID.match(text):
        return TicketCode(appointment_id=found["id"].lower())
    # a scanner types like a keyboard: with a Vietnamese input method on, its letters come out with marks
    if not text.isascii() and (_LINK_LIKE.search(text) or len(text) >= ID_LENGTH):
        raise BadInput(ErrorCode.COUNTER_CODE_TELEX)
    raise BadInput(ErrorCode.COUNTER_CODE_UNREADABLE)
