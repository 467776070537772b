"""Finding appointments of today: by a ticket's code, by number, by phone."""

from __future__ import annotations

import datetime as dt
import hmac
import re

from sqlalchemy.orm import Session

from actions.appointments import counter_store
from actions.appointments.counter_codes import TicketCode
from actions.appointments.counter_store import Pair
from actions.appointments.counter_view import VisitView
from actions.appointments.models import AppointmentRow
from actions.appointments.port import State
from actions.appointments.slots import SlotPlan
from actions.personal import PersonalKeys, normalise_phone
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound

PHONE_DIGITS = 3  # the fewest that are looked for
_FILLER = re.compile(r"[\s.\-()+]")


def phone_digits(text: str) -> str:
    """The digits of `text` where it may be (the end of) a phone number, else empty."""
    digits = _FILLER.sub("", text)
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= PHONE_DIGITS else ""


class Finder:
    def __init__(self, plan: SlotPlan, keys: PersonalKeys, view: VisitView) -> None:
        self._plan = plan
        self._keys = keys
        self._view = view

    def standing(self, session: Session, branch_id: str, date: dt.date, appointment_id: str) -> Pair:
        """A confirmed appointment of the day.  Raises: NotFound(COUNTER_CODE_UNKNOWN)."""
        same = counter_store.today(branch_id, date).where(AppointmentRow.id == appointment_id)
        found = counter_store.pairs(session, same)
        if not found:
            raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
        return found[0]

    def resolve(self, session: Session, branch_id: str, date: dt.date, code: TicketCode) -> AppointmentRow:
        """The appointment that a code names, if it is for here and today.

        Raises: NotFound(COUNTER_CODE_UNKNOWN), Conflict(COUNTER_OTHER_BRANCH, COUNTER_OTHER_DAY, COUNTER_CANCELLED,
            COUNTER_UNCONFIRMED).
        """
        if code.number:
            found = self.numbered(session, branch_id, date, code)
            if not found:
                raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
            return found[0][0]
        row = session.get(AppointmentRow, code.appointment_id)
        key = self._keys.view_key(code.appointment_id)
        forged = code.view_key is not None and not hmac.compare_digest(key.encode(), code.view_key.encode())
        if row is None or forged:
            raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
        if row.branch_id != branch_id:
            branch = self._plan.branches.get(row.branch_id).short_name
            raise Conflict(ErrorCode.COUNTER_OTHER_BRANCH, branch=branch, date=f"{row.day:%d/%m/%Y}")
        if row.state == State.HELD:
            raise Conflict(ErrorCode.COUNTER_UNCONFIRMED)
        if row.state != State.CONFIRMED:
            raise Conflict(ErrorCode.COUNTER_CANCELLED)
        if row.day != date:
            raise Conflict(ErrorCode.COUNTER_OTHER_DAY, number=self._view.number(row), date=f"{row.day:%d/%m/%Y}")
        return row

    def numbered(self, session: Session, branch_id: str, date: dt.date, code: TicketCode) -> list[Pair]:
        """The appointment with that number, or none."""
        if code.prefix not in ("", self._view.prefix(branch_id)):
            return []
        same = counter_store.today(branch_id, date).where(AppointmentRow.number == code.number)
        return counter_store.pairs(session, same)

    def by_phone(self, session: Session, branch_id: str, date: dt.date, digits: str) -> list[Pair]:
        """A whole number is found by its keyed hash, the end of one among today's decrypted numbers."""
        try:
            hashed = self._keys.hash("phone", normalise_phone(digits))
        except BadInput:
            hashed = ""
        pairs = counter_store.pairs(session, counter_store.today(branch_id, date))
        if hashed:
            return [pair for pair in pairs if hmac.compare_digest(pair[0].phone_hash or "", hashed)]
        return [pair for pair in pairs if self._view.field(pair[0].phone).endswith(digits)]
