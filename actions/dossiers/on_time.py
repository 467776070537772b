"""Whether a dossier keeps its time: the rule of Quyết định 766/QĐ-TTg as public systems apply it.

    ends on 3, 7, 8, 9, 10    9 (handled) counts before 10 (handed over)
    on time                   end <= due date, time spent waiting for supplements taken out
    more than one supplement  counts as late
    no due date               the longest statutory time counts, in working days

Waiting is taken out by the working day: a request of Friday that was answered on Monday gives one day more.  A new date
promised in an apology moves nothing: such a dossier is late.  Where a system tells neither when papers came nor a new
due date, a date that has passed proves nothing.  No date is made here that a system did not give: a shifted due date
only serves the comparison.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum

from actions.clock import HANOI
from actions.dossiers.model import Dossier, TimeCount, statuses

NEARLY_DUE_DAYS = 2

WorkingDays = Callable[[dt.date, dt.date], int]
"""Working days after the first date, up to and including the second; 0 or less when it is not later."""
StatutoryDays = Callable[[str], int | None]
"""The longest statutory time of a procedure by its code, in working days; None when it is not known."""


class Punctuality(StrEnum):
    NOT_STARTED = "not_started"
    ON_TIME = "on_time"
    NEARLY_DUE = "nearly_due"
    LATE = "late"
    PAUSED = "paused"
    ENDED_ON_TIME = "ended_on_time"
    ENDED_LATE = "ended_late"
    UNCOUNTED = "uncounted"  # the due date has passed, but waiting for supplements may not have been taken out
    UNKNOWN = "unknown"


class LateReason(StrEnum):
    NONE = ""
    DUE_PASSED = "due_passed"
    SECOND_SUPPLEMENT = "second_supplement"
    STATUTORY_PASSED = "statutory_passed"  # no due date was given


def unknown_statutory_days(_procedure_code: str) -> int | None:
    return None


def judge(
    dossier: Dossier,
    now: dt.datetime,
    working_days: WorkingDays,
    statutory_days: StatutoryDays = unknown_statutory_days,
) -> tuple[Punctuality, LateReason]:
    """How a dossier stands at `now` (aware), and why when it is late."""
    if dossier.status is None:
        return Punctuality.UNKNOWN, LateReason.NONE
    info = statuses()[dossier.status]
    if info.clock is TimeCount.NOT_STARTED:
        return Punctuality.NOT_STARTED, LateReason.NONE
    ended_at = (dossier.finished_at or dossier.returned_at) if info.ends else None
    late = Punctuality.ENDED_LATE if info.ends else Punctuality.LATE
    if len(dossier.supplements) > 1:
        return late, LateReason.SECOND_SUPPLEMENT
    due = _due_for_comparison(dossier, working_days)
    if info.clock is TimeCount.PAUSED:
        asked = max((one.requested_at for one in dossier.supplements if one.requested_at), default=None)
        if due is not None and asked is not None and asked > due:
            return late, LateReason.DUE_PASSED  # late already when the papers were asked for
        return Punctuality.PAUSED, LateReason.NONE
    if info.ends and ended_at is None:
        return Punctuality.UNKNOWN, LateReason.NONE
    until = ended_at or now
    if due is None:
        allowed = statutory_days(dossier.procedure_code)
        if allowed is None or dossier.received_at is None:
            return Punctuality.UNKNOWN, LateReason.NONE
        waited = _waited(dossier, working_days)
        left = allowed + waited - working_days(_day(dossier.received_at), _day(until))
        passed, reason = left < 0, LateReason.STATUTORY_PASSED
    else:
        left = working_days(_day(now), _day(due))
        passed, reason = until > due, LateReason.DUE_PASSED
    if passed and _waiting_untold(dossier, due):
        return Punctuality.UNCOUNTED, LateReason.NONE
    if passed:
        return late, reason
    if info.ends:
        return Punctuality.ENDED_ON_TIME, LateReason.NONE
    return (Punctuality.NEARLY_DUE if left <= NEARLY_DUE_DAYS else Punctuality.ON_TIME), LateReason.NONE


def _due_for_comparison(dossier: Dossier, working_days: WorkingDays) -> dt.datetime | None:
    """The due date with waiting for supplements taken out, to the end of its day when no hour was given."""
    due = dossier.latest_due_at
    if due is None:
        return None
    local = due.astimezone(HANOI)
    if not _moved(dossier):
        local = _later(local, _waited(dossier, working_days), working_days)
    if local.time() == dt.time():
        return local + dt.timedelta(days=1) - dt.timedelta(seconds=1)
    return local


def _moved(dossier: Dossier) -> bool:
    """Whether the system itself has moved the due date for the waiting."""
    due = dossier.due_at
    return any(
        one.new_due is not None or (one.old_due is not None and due is not None and due > one.old_due)
        for one in dossier.supplements
    )


def _waited(dossier: Dossier, working_days: WorkingDays) -> int:
    """Working days in which papers were waited for, as far as the system tells."""
    return sum(
        max(working_days(_day(one.requested_at), _day(one.answered_at)), 0)
        for one in dossier.supplements
        if one.requested_at and one.answered_at
    )


def _waiting_untold(dossier: Dossier, due: dt.datetime | None) -> bool:
    """Whether papers were asked for in time, and nothing tells for how long they were waited for."""
    if due is not None and _moved(dossier):
        return False
    return any(
        one.answered_at is None and (one.requested_at is None or due is None or one.requested_at <= due)
        for one in dossier.supplements
    )


def _later(moment: dt.datetime, days: int, working_days: WorkingDays) -> dt.datetime:
    """The first moment at the same hour that is `days` working days after `moment`."""
    later = moment
    while days > 0 and working_days(moment.date(), later.date()) < days:
        later += dt.timedelta(days=1)
    return later


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(HANOI).date()
