"""What the counter page asks of a queue.  Ours is `counter.Counter`; the city's own queue (iHanoi) may stand here.

Both ours and the one in memory (`counter_fake.py`) are held to `tests/actions/appointments/test_counter.py`.

All calls are synchronous and about today at one branch; whether the officer may act there is the caller's to check.
`by` is the officer's id for the audit trail.  Times are aware, Asia/Ho_Chi_Minh in answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from actions.appointments.opening import Lane

__all__ = [
    "CALLS_BEFORE_MISSED", "UNDOABLE", "Act", "ActKind", "CounterDay", "CounterPort", "Lane", "Visit", "VisitState",
]  # fmt: skip
CALLS_BEFORE_MISSED = 3  # as queue systems do: called three times, then skipped


class VisitState(StrEnum):
    """expected -> waiting -> called (1 to 3 times) -> served | missed; missed -> waiting when the person is back."""

    EXPECTED = "expected"
    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    MISSED = "missed"


class ActKind(StrEnum):
    """What the audit trail tells of.  The first group changes a visit and can be undone."""

    CHECK_IN = "check_in"
    WALK_IN = "walk_in"
    CALL = "call"
    MISSED = "missed"
    SERVED = "served"
    LANE = "lane"
    UNDO = "undo"
    PHONE_SHOWN = "phone_shown"
    PHONE_SEARCH = "phone_search"
    REQUEST_READ = "request_read"
    REQUEST_ANSWERED = "request_answered"
    EXPORTED = "exported"
    PRINTED = "printed"
    TRAIL_EXPORTED = "trail_exported"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    OFFICER_ADDED = "officer_added"
    OFFICER_CHANGED = "officer_changed"
    OFFICER_DISABLED = "officer_disabled"
    PASSWORD_SET = "password_set"  # noqa: S105  the name of an act


UNDOABLE = (ActKind.CHECK_IN, ActKind.WALK_IN, ActKind.CALL, ActKind.MISSED, ActKind.SERVED, ActKind.LANE)


@dataclass(frozen=True)
class Visit:
    """One appointment of today as officers see it.

    `name` is empty when none was given; `phone_end` is the last three digits.  `version` is 0 until the person comes.
    """

    appointment_id: str
    number: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    procedure_code: str
    state: VisitState
    lane: Lane
    calls: int
    desk: str
    walk_in: bool
    arrived_at: dt.datetime | None
    queued_at: dt.datetime | None
    called_at: dt.datetime | None
    done_at: dt.datetime | None
    version: int
    name: str = ""
    phone_end: str = ""


@dataclass(frozen=True)
class CounterDay:
    """Today at a branch.  `visits` in the order in which they are called.  `revision` changes with anything in it."""

    branch_id: str
    date: dt.date
    revision: str
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class Act:
    """One line of the audit trail.  `before` and `after` hold a visit's fields, never a person's."""

    id: int
    at: dt.datetime
    officer_id: str
    branch_id: str
    kind: str
    subject: str
    number: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    undoes: int | None


class CounterPort(Protocol):
    """Every call may raise Unavailable(DATABASE_DOWN) and, for a branch that is not ours, NotFound(BRANCH_UNKNOWN).

    Calls that change a visit name the `version` they saw.  Where another officer was faster they raise
    Conflict(COUNTER_CHANGED) and change nothing.
    """

    def day(self, branch_id: str) -> CounterDay: ...

    def revision(self, branch_id: str) -> str:
        """The `revision` of `day`, without reading it."""

    def check_in(self, branch_id: str, code: str, by: str, lane: Lane = Lane.ORDINARY) -> Visit:
        """The person is here; who booked the priority lane is in it anyway.

        `code`: what the ticket's QR code holds, or a number as people say it ("A-017", "17").

        Raises:
            BadInput: COUNTER_CODE_UNREADABLE, COUNTER_CODE_TELEX (an input method changed the scanned text).
            NotFound: COUNTER_CODE_UNKNOWN, also for a forged code.
            Conflict: COUNTER_OTHER_BRANCH, COUNTER_OTHER_DAY, COUNTER_CANCELLED, COUNTER_UNCONFIRMED,
                COUNTER_ALREADY_IN.
        """

    def walk_in(self, branch_id: str, by: str, key: str, lane: Lane = Lane.ORDINARY, phone: str = "") -> Visit:
        """A number for somebody without an appointment, in the first slot of today that has a seat left.

        `key` makes a repeat give the same number.  `phone` counts in that person's daily limit and is not kept.

        Raises:
            BadInput: PHONE_MALFORMED.
            Conflict: COUNTER_FULL, COUNTER_CLOSED, IDEMPOTENCY_MISMATCH.
            Refused: BOOKING_LIMIT.
        """

    def call_next(self, branch_id: str, by: str, desk: str = "", lane: Lane | None = None) -> Visit:
        """The first who waits, of `lane` or (None) of priority before ordinary.  Raises: Conflict(COUNTER_NOBODY)."""

    def call(self, branch_id: str, appointment_id: str, version: int, by: str, desk: str = "") -> Visit:
        """Calls a waiting person, or one already called again.  Raises: Conflict(COUNTER_CALLS_DONE) after three."""

    def missed(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit:
        """Did not come.  Raises: Conflict(COUNTER_CALLS_LEFT) before the third call."""

    def served(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit: ...

    def set_lane(self, branch_id: str, appointment_id: str, version: int, by: str, lane: Lane) -> Visit: ...

    def undo(self, branch_id: str, by: str) -> Visit:
        """Takes back the officer's own last act of today that still stands.  An undone walk-in gives its seat back.

        Raises: Conflict(COUNTER_NOTHING_TO_UNDO, COUNTER_UNDO_LATE).
        """

    def find(self, branch_id: str, text: str, by: str) -> list[Visit]:
        """Visits of today by number, by the last three or more digits of a phone, or by a whole phone number."""

    def phone(self, branch_id: str, appointment_id: str, by: str) -> str:
        """The whole number, told to the audit trail first.  Raises: NotFound(BOOKING_UNKNOWN)."""

    def note(self, branch_id: str, kind: ActKind, by: str, subject: str = "") -> None:
        """Writes an act without a visit (a list printed, a message read) to the audit trail."""

    def acts(self, branch_id: str, date: dt.date, officers: Collection[str] = ()) -> list[Act]:
        """The audit trail of a branch's day, oldest first, with the log-ins of these officers."""
