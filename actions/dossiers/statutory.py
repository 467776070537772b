"""The longest statutory time of a procedure, for dossiers to which a system gives no due date."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from knowledge_base.errors import TthcError
from knowledge_base.procedure import Duration, Procedure, TimeUnit, Trust

HOURS_A_DAY = 8  # of work (Bộ luật Lao động 45/2019/QH14, article 105)


def longest_working_days(procedure: Procedure) -> int | None:
    """The longest of the times stated for the ways to file; None where one of them is in doubt or in other units.

    Calendar days and months are not turned into working days: that would claim lateness a day too early or too late.
    """
    days = [_working_days(method.duration) for method in procedure.methods]
    known = [count for count in days if count is not None]
    return max(known) if known and len(known) == len(days) else None


def statutory_days(get: Callable[[str], Procedure | None]) -> Callable[[str], int | None]:
    """`on_time.StatutoryDays` over the catalogue; a catalogue that cannot be read knows none."""

    def longest(procedure_code: str) -> int | None:
        try:
            procedure = get(procedure_code)
        except TthcError:
            return None
        return longest_working_days(procedure) if procedure is not None else None

    return longest


def _working_days(duration: Duration) -> int | None:
    if duration.trust is not Trust.STATED or duration.value is None or duration.value <= 0:
        return None
    if duration.unit is TimeUnit.WORKING_DAY:
        return math.ceil(duration.value)
    if duration.unit is TimeUnit.HOUR:
        return math.ceil(duration.value / Decimal(HOURS_A_DAY))
    return None
