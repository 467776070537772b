"""Whether a dossier keeps its time: the rule of Quyết định 766/QĐ-TTg as public systems apply it.

    ends on 3, 7, 8, 9, 10    9 (handled) counts before 10 (handed over)
    on time                   end <= due date, time spent waiting for supplements taken out
    more than one supplement  counts as late
    no due date               the longest statutory time counts, in working days

No date is made here that a system did not give: a shifted due date only serves the comparison.
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
    if info.clock is TimeCount.PAUSED:
        return Punctuality.PAUSED, LateReason.NONE
    if info.ends and ended_at is None:
        return Punctuality.UNKNOWN, LateReason.NONE
    until = ended_at or now
    due = _due_for_comparison(dossier)
    if due is None:
        allowed = statutory_days(dossier.procedure_code)
        if allowed is None or dossier.received_at is None:
            return Punctuality.UNKNOWN, LateReason.NONE
        left = allowed - working_days(_day(dossier.received_at), _day(until))
        passed, reason = left < 0, LateReason.STATUTORY_PASSED
    else:
        left = working_days(_day(now), _day(due))
        passed, reason = until > due, LateReason.DUE_PASSED
    if passed:
        return late, reason
    if info.ends:
        return Punctuality.ENDED_ON_TIME, LateReason.NONE
    return (Punctuality.NEARLY_DUE if left <= NEARLY_DUE_DAYS else Punctuality.ON_TIME), LateReason.NONE


def _due_for_comparison(dossier: Dossier) -> dt.datetime | None:
    """The due date with waiting for supplements taken out, to the end of its day when no hour was given."""
    due = dossier.latest_due_at
    if due is None:
        return None
    for supplement in dossier.supplements:
        if supplement.new_due is None and supplement.requested_at and supplement.answered_at:
            due += max(supplement.answered_at - supplement.requested_at, dt.timedelta())
    local = due.astimezone(HANOI)
    if local.time() == dt.time():
        return local + dt.timedelta(days=1) - dt.timedelta(seconds=1)
    return local


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(HANOI).date()
