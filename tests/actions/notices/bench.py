"""An outbox with all that writes into it, on a database and a clock of the test's own."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from actions.appointments.booking import Bookings
from actions.appointments.branches import branches
from actions.appointments.calendar import calendar
from actions.appointments.letters import ReminderLetters
from actions.appointments.opening import opening
from actions.appointments.port import Appointment
from actions.appointments.reminders import Reminders
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, FixedClock
from actions.database import Database
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.watch import Watches
from actions.memory import ProcessMemory
from actions.messages import Reply, TextMessage
from actions.notices.models import NoticeRow
from actions.notices.outbox import Draft, Outbox
from actions.notices.pairing import Pairing
from actions.notices.port import Composer, LetterCarrier, Notifier, Reason, State, Window
from actions.notices.quiet import QuietHours
from actions.personal import PersonalKeys
from assistant.notices import AsWritten, Postman, Watchman
from assistant.pipeline.buttons import seal
from assistant.pipeline.transcript import Transcripts
from tests.actions.appointments.conftest import BOOKING_KEY, DATA_KEY, phone

CHANNELS = ("web", "telegram", "zalo")
QUIET = QuietHours.parse("21:00-07:00")


@dataclass
class Recorder:
    """A channel that keeps what it was given.  `faults` are raised first, one a call."""

    state: Window = "free"
    sent: list[tuple[str, str, str]] = field(default_factory=list)  # conversation, key, text
    replies: list[Reply] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    waits_s: float = 0
    asked_by_staff: list[bool] = field(default_factory=list)

    async def window(self, conversation: str, by_staff: bool = False) -> Window:
        self.asked_by_staff.append(by_staff)
        return self.state

    async def send(self, conversation: str, reply: Reply, key: str, by_staff: bool = False) -> None:
        if self.faults:
            raise self.faults.pop(0)
        await asyncio.sleep(self.waits_s)
        self.sent.append((conversation, key, reply.plain_text))
        self.replies.append(reply)


@dataclass
class Bench:
    database: Database
    clock: FixedClock
    keys: PersonalKeys
    outbox: Outbox
    reminders: Reminders
    bookings: Bookings
    watches: Watches
    pairing: Pairing
    system: FakeDossierSystem
    transcripts: Transcripts

    def postman(
        self,
        pay: bool = False,
        quiet: QuietHours = QUIET,
        carriers: dict[str, LetterCarrier] | None = None,
        **notifiers: Notifier,
    ) -> Postman:
        composers: dict[Reason, Composer] = {Reason.REMINDER: self.reminders, Reason.DOSSIER: self.watches}
        composers |= {Reason.OFFICER: AsWritten(), Reason.CHANNEL: AsWritten()}
        memory = ProcessMemory()

        async def sealed(reply: Reply, conversation: str) -> Reply:
            return await seal(reply, conversation, memory)

        writers = {Reason.REMINDER: ReminderLetters(self.outbox, self.reminders, self.keys)}
        return Postman(
            self.outbox, notifiers, composers, self.transcripts, sealed, self.clock, quiet, pay, carriers, writers
        )

    def watchman(self) -> Watchman:
        return Watchman(self.watches, self.system, self.clock, QUIET)

    def write(
        self,
        key: str,
        conversation: str = "zalo:7",
        after_s: float = 0,
        useful: dt.timedelta = dt.timedelta(days=2),
        text: str = "Cán bộ trả lời",
    ) -> bool:
        """An officer's reply."""
        due = self.clock.now() + dt.timedelta(seconds=after_s)

        def work(session: object) -> bool:
            consent = self.outbox.consent(session, Reason.OFFICER, key, conversation, "asked")  # type: ignore[arg-type]
            body = Reply(messages=[TextMessage(text=f"{text} {key}")]).model_dump_json()
            draft = Draft(key, Reason.OFFICER, "reply", key, conversation, consent, due, due + useful, body)
            return self.outbox.write(session, draft)  # type: ignore[arg-type]

        return self.outbox.run(work)

    def book(
        self, starts_at: dt.datetime, conversation: str = "telegram:5", index: int = 1, remind: bool = True
    ) -> tuple[Appointment, str]:
        """An appointment made as the dialogue makes it: held, then confirmed; and its secret."""
        held = self.bookings.hold(
            branch_id="CN01", starts_at=starts_at, conversation=conversation, idempotency_key=f"hold-{index}"
        )
        made = self.bookings.confirm(
            held.id, held.secret, phone=phone(index), consent=True, idempotency_key=f"yes-{index}", remind=remind
        )
        return made, held.secret

    def states(self) -> dict[str, str]:
        """State of each notice, by its key."""
        return {row.key: row.state for row in self.outbox.list(None, 10_000)}

    def rows(self, state: State | None = None) -> list[NoticeRow]:
        return sorted(self.outbox.list(state, 10_000), key=lambda row: row.due_at)

    def dues(self, state: State = State.QUEUED) -> list[str]:
        """When the notices in a state are due, in Hanoi."""
        return [f"{row.kind} {row.due_at.astimezone(HANOI):%d %H:%M}" for row in self.rows(state)]


def make_bench(
    database: Database,
    clock: FixedClock,
    data_key: str = DATA_KEY,
    channels: Collection[str] = CHANNELS,
    per_minute: int = 30,
) -> Bench:
    keys = PersonalKeys(BOOKING_KEY, data_key)
    outbox = Outbox(database, clock, keys)
    reminders = Reminders(outbox, clock, branches(), opening(), channels)
    plan = SlotPlan(branches(), calendar(), opening())
    return Bench(
        database=database,
        clock=clock,
        keys=keys,
        outbox=outbox,
        reminders=reminders,
        bookings=Bookings(database, plan, clock, keys, reminders=reminders),
        pairing=Pairing(outbox, clock, keys),
        watches=Watches(outbox, clock, keys, channels, per_minute),
        system=FakeDossierSystem(),
        transcripts=Transcripts(database, keys),
    )
