"""Reminders of an appointment, a day and two hours before it, to the conversation that booked it.

They are written, moved and taken away in the transaction of the booking itself, so that none can outlive it; and right
before one goes out the appointment is looked at once more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from actions.appointments.branches import Branch, Branches
from actions.appointments.models import AppointmentRow
from actions.appointments.opening import Opening
from actions.appointments.port import State
from actions.appointments.ticket import say_date, say_time
from actions.clock import Clock
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Reply, Trace
from actions.notices.models import ConsentRow
from actions.notices.outbox import Draft, Outbox, channel_of
from actions.notices.port import Drop, Notice, Reason
from actions.notices.routes import channel_name
from actions.wording import say


@dataclass(frozen=True)
class Kind:
    """`before` the appointment it is due, until `least` before it is of use."""

    before: dt.timedelta
    least: dt.timedelta


KINDS = {
    "day": Kind(dt.timedelta(hours=24), dt.timedelta(hours=4)),
    "hours": Kind(dt.timedelta(hours=2), dt.timedelta(minutes=15)),
}
REMINDERS = "reminders"
STOP_REMINDERS = Command(intent="stop_notices", entities={"value": REMINDERS})  # these alone, no watched dossier
SOON = dt.timedelta(minutes=30)  # who books so shortly before a reminder is due needs none


class Reminders:
    """`channels`: those a reminder can go out over."""

    def __init__(
        self, outbox: Outbox, clock: Clock, branches: Branches, opening: Opening, channels: Collection[str]
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._branches = branches
        self._opening = opening
        self._channels = channels

    def serves(self, conversation: str) -> bool:
        return channel_of(conversation) in self._channels

    def consent_text(self, conversation: str) -> str:
        """What the citizen is told before reminders are agreed to, with the channel they go over."""
        return consent_text(conversation, self._outbox.moved_to(conversation))

    # in the booking's transaction

    def agree(self, session: Session, row: AppointmentRow) -> None:
        """The citizen agreed to be reminded of this appointment."""
        version = consent_version(row.conversation, self._outbox.routes.moved_to(session, row.conversation))
        consent = self._outbox.consent(session, Reason.REMINDER, row.id, row.conversation, version)
        self._write(session, row, consent)

    def rewrite(self, session: Session, row: AppointmentRow) -> None:
        """The appointment moved."""
        self._outbox.drop_subject(session, Reason.REMINDER, row.id, Drop.REPLACED)
        for consent in session.scalars(_consents(row.id)):
            self._write(session, row, consent.id)

    def remove(self, session: Session, row: AppointmentRow) -> None:
        """The appointment is cancelled."""
        self._outbox.drop_subject(session, Reason.REMINDER, row.id, Drop.GONE)

    def _write(self, session: Session, row: AppointmentRow, consent: int) -> None:
        now = self._clock.now()
        for name, kind in KINDS.items():
            due = row.starts_at - kind.before
            if due <= now + SOON:
                continue
            draft = Draft(
                key=f"reminder:{row.id}:{name}:{row.version}:{consent}",
                reason=Reason.REMINDER,
                kind=name,
                subject=row.id,
                conversation=row.conversation,
                consent_id=consent,
                due_at=due,
                expires_at=row.starts_at - kind.least,
            )
            self._outbox.write(session, draft)

    # at the citizen's word

    def again(self, conversation: str) -> int:
        """Reminders of the coming appointments of a conversation, asked for (again); how many appointments."""
        now = self._clock.now()

        def work(session: Session) -> int:
            coming = select(AppointmentRow).where(
                AppointmentRow.conversation.in_(self._outbox.routes.sources(session, conversation)),
                AppointmentRow.state == State.CONFIRMED,
                AppointmentRow.starts_at > now,
            )
            rows = list(session.scalars(coming))
            for row in rows:
                if session.scalars(_consents(row.id)).first() is None:
                    self.agree(session, row)
            return len(rows)

        return self._outbox.run(work)

    def stop(self, conversation: str) -> int:
        """No more reminders here; how many appointments they were for."""
        return self._outbox.withdraw(conversation, [Reason.REMINDER])

    # when it goes out

    def compose(self, notice: Notice) -> Reply | None:
        row = self._outbox.run(lambda session: session.get(AppointmentRow, notice.subject))
        if row is None or row.state != State.CONFIRMED:
            return None
        if self._outbox.goes_to(row.conversation) != notice.conversation:
            return None
        if row.starts_at - KINDS[notice.kind].least != notice.expires_at or row.starts_at <= self._clock.now():
            return None
        branch = self.branch(row.branch_id)
        text = say(
            f"notices.reminder_{notice.kind}",
            time=say_time(row.starts_at),
            date=say_date(row.starts_at),
            branch=branch.name,
            address=say("notices.reminder_address", address=branch.shown_address) if branch.shown_address else "",
            number=self.number(row),
        )
        choices = [Choice(title=say("notices.button_stop_reminders"), command=STOP_REMINDERS)]
        if row.conversation == notice.conversation:  # elsewhere the appointment cannot be moved without its code
            choices = [
                Choice(title=say("booking.button_change"), command=Command(intent="change_appointment")),
                Choice(title=say("booking.button_cancel_ticket"), command=Command(intent="cancel_appointment")),
                *choices,
            ]
        return Reply(messages=[ChoicesMessage(text=text, choices=choices)], trace=Trace(behaviour=Behaviour.BOOKING))

    def branch(self, branch_id: str) -> Branch:
        return self._branches.get(branch_id)

    def number(self, row: AppointmentRow) -> str:
        """The number the counter calls; empty before there is one."""
        return f"{self._opening.of(row.branch_id).prefix}-{row.number:03d}" if row.number else ""


def consent_text(conversation: str, moved: str = "") -> str:
    """What the citizen is told before reminders are agreed to: a web page cannot be reached while it is closed, Zalo
    may close a conversation to us after a while; `moved`: the channel chosen instead."""
    if moved:
        return say("notices.reminder_consent_moved", channel=channel_name(moved))
    channel = channel_of(conversation)
    return say(f"notices.reminder_consent_{channel if channel in ('web', 'zalo') else 'chat'}")


def consent_version(conversation: str, moved: str = "") -> str:
    """Names the exact wording, as proof."""
    return "reminder-" + hashlib.sha256(consent_text(conversation, moved).encode()).hexdigest()[:12]


def _consents(appointment_id: str) -> Select[ConsentRow]:
    return select(ConsentRow).where(
        ConsentRow.purpose == Reason.REMINDER,
        ConsentRow.subject == appointment_id,
        ConsentRow.withdrawn_at.is_(None),
    )
