"""A reminder as a letter to the phone number of the booking, where the conversation itself is closed to us."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.appointments.models import AppointmentRow
from actions.appointments.reminders import Reminders, consent_version
from actions.appointments.ticket import say_date, say_time
from actions.notices.models import ConsentRow, NoticeRow
from actions.notices.outbox import Outbox
from actions.notices.port import Letter, Notice
from actions.personal import PersonalKeys


class ReminderLetters:
    """`LetterWriter`.  The template's parameters: `time`, `date`, `branch`, `number`."""

    def __init__(self, outbox: Outbox, reminders: Reminders, keys: PersonalKeys) -> None:
        self._outbox = outbox
        self._reminders = reminders
        self._keys = keys

    def letter(self, notice: Notice) -> Letter | None:
        """Only to who agreed to the wording that names the phone number (`notices.reminder_consent_zalo`)."""
        if self._reminders.compose(notice) is None:
            return None

        def work(session: Session) -> tuple[AppointmentRow | None, str | None]:
            agreed = select(ConsentRow.text_version).join(NoticeRow, NoticeRow.consent_id == ConsentRow.id)
            return session.get(AppointmentRow, notice.subject), session.scalar(agreed.where(NoticeRow.id == notice.id))

        row, version = self._outbox.run(work)
        if row is None or not row.phone or version != consent_version(notice.conversation):
            return None
        values = {
            "time": say_time(row.starts_at),
            "date": say_date(row.starts_at),
            "branch": self._reminders.branch(row.branch_id).short_name,
            "number": self._reminders.number(row),
        }
        return Letter(self._keys.decrypt(row.phone), values)
