"""Personal data does not outlive its purpose: erased some days after the appointment, or at the person's word.

What stays is what counting needs: branch, time, state.  Rule: Luật 91/2025/QH15, Nghị định 356/2025/NĐ-CP (stop
processing on request; proof of consent kept); the number of days is ours (`data/opening.yml`).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from actions.appointments.models import AppointmentRow, QuotaRow
from actions.clock import HANOI, Clock
from actions.database import Database
from actions.transactions import Transactions, changed

ERASED = "erased"
_BLANK = {"name": None, "phone": None, "conversation": ERASED}


class Retention:
    def __init__(self, database: Database, clock: Clock, days: int) -> None:
        self._transactions = Transactions(database)
        self._clock = clock
        self._days = days

    def erase_past(self) -> int:
        """Erases the personal fields of appointments more than `days` old; how many.  Raises: Unavailable."""
        last = self._clock.now().astimezone(HANOI).date() - dt.timedelta(days=self._days)
        left = or_(AppointmentRow.conversation != ERASED, AppointmentRow.phone_hash.is_not(None))
        past = and_(AppointmentRow.day < last, left)

        def work(session: Session) -> int:
            ids = select(AppointmentRow.id).where(past)
            changed(session, delete(QuotaRow).where(QuotaRow.appointment_id.in_(ids)))
            return changed(session, update(AppointmentRow).where(past).values(**_BLANK, phone_hash=None))

        return self._transactions.run(work)

    def erase_conversation(self, conversation: str) -> int:
        """Erases name, phone and channel of all appointments of a conversation; how many.

        Coming ones stay valid by their secret.  The keyed hash behind the daily limit stays until `erase_past`: it
        cannot be read back, and erasing is no way around the limit.  Raises: Unavailable(DATABASE_DOWN).
        """
        mine = AppointmentRow.conversation == conversation
        statement = update(AppointmentRow).where(mine).values(**_BLANK)
        return self._transactions.run(lambda session: changed(session, statement))
