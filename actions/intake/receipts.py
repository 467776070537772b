"""Receipt numbers: `YC-261122-0007` for a request to a person, `GY-…` for feedback and complaints.

Prefix, day in Hanoi, and a counter of that day.  A number is given once; gaps are possible.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum

from sqlalchemy.orm import Session

from actions.intake.models import ReceiptCounterRow
from actions.transactions import insert
from knowledge_base.text import fold, words

# The second letter of "GY", "YC" is often typed in small letters, and the dashes left out.
RECEIPT = re.compile(r"(?<![\w-])(?P<prefix>YC|GY)[ -]?(?P<day>\d{6})[ -]?(?P<count>\d{4,6})(?![\w-])", re.IGNORECASE)
ALONE = 10  # words beside the number up to which a message asks about it


class Kind(StrEnum):
    HANDOVER = "handover"
    FEEDBACK = "feedback"
    COMPLAINT = "complaint"

    @property
    def prefix(self) -> str:
        return "YC" if self is Kind.HANDOVER else "GY"


def next_receipt(session: Session, kind: Kind, day: dt.date) -> str:
    """The next number of `kind` on `day`, by one atomic statement."""
    statement = (
        insert(session, ReceiptCounterRow)
        .values(prefix=kind.prefix, day=day, last=1)
        .on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": ReceiptCounterRow.last + 1})
        .returning(ReceiptCounterRow.last)
    )
    return f"{kind.prefix}-{day:%y%m%d}-{int(session.execute(statement).scalar_one()):04d}"


def asked_receipt(text: str) -> str | None:
    """The receipt number that `text` asks about, as printed; None when it holds none, or says much else beside it."""
    found = RECEIPT.search(text)
    if found is None or len(words(fold(RECEIPT.sub(" ", text)))) > ALONE:
        return None
    return f"{found['prefix'].upper()}-{found['day']}-{found['count']}"
