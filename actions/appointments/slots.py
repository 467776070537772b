"""Slots: which times of a day a branch gives numbers for, and whether one may be booked now.

Rules and their sources: `data/opening.yml`.  Times are aware, Asia/Ho_Chi_Minh.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from actions.appointments.branches import Branches
from actions.appointments.calendar import WorkingCalendar
from actions.appointments.opening import Lane, Opening
from actions.clock import HANOI
from knowledge_base.errors import BadInput, ErrorCode


@dataclass(frozen=True)
class Slot:
    """One bookable time of a lane.  `seats`: their numbers, the lane's own first; `free`: how many nobody holds."""

    branch_id: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    seats: tuple[range, ...]
    free: int

    @property
    def capacity(self) -> int:
        """The open counters of the lane."""
        return sum(len(numbers) for numbers in self.seats)

    def with_taken(self, taken: Collection[int]) -> Slot:
        """`taken`: numbers of seats that are held or booked, of any lane."""
        return replace(self, free=self.capacity - sum(seat in numbers for numbers in self.seats for seat in taken))


class SlotPlan:
    """Every slot that could be, before bookings are counted."""

    def __init__(self, branches: Branches, calendar: WorkingCalendar, opening: Opening) -> None:
        self.branches = branches
        self.calendar = calendar
        self.opening = opening
        self.rules = opening.rules

    def day(self, branch_id: str, date: dt.date, lane: Lane = Lane.ORDINARY) -> list[Slot]:
        """All slots of a branch's lane on a day, in order, all seats free; none when closed or without bookings.

        A slot begins within the booking window and ends within one opening interval.

        Raises: NotFound(BRANCH_UNKNOWN).
        """
        branch = self.branches.get(branch_id)
        seats = self.opening.of(branch_id).seats(lane)
        count = sum(len(numbers) for numbers in seats)
        if not branch.bookable or count == 0:
            return []
        length = dt.timedelta(minutes=self.rules.slot_minutes)
        window = self.rules.window
        found = []
        for interval in self.calendar.open_intervals(branch, date):
            start = dt.datetime.combine(date, interval.start, HANOI)
            end = dt.datetime.combine(date, interval.end, HANOI)
            while start + length <= end:
                if window.start <= start.time() < window.end:
                    found.append(Slot(branch_id, start, start + length, seats, count))
                start += length
        return found

    def bookable(
        self, branch_id: str, date: dt.date, now: dt.datetime, lane: Lane = Lane.ORDINARY
    ) -> list[Slot]:
        """Slots of that day that may still be booked at `now`.  Raises: NotFound(BRANCH_UNKNOWN)."""
        slots = self.day(branch_id, date, lane)
        if not self.within_days(date, now):
            return []
        earliest = now + dt.timedelta(minutes=self.rules.lead_minutes)
        return [slot for slot in slots if slot.starts_at >= earliest]

    def within_days(self, date: dt.date, now: dt.datetime) -> bool:
        today = now.astimezone(HANOI).date()
        return today <= date <= today + dt.timedelta(days=self.rules.days_ahead)

    def open_dates(self, branch_id: str, now: dt.datetime) -> list[dt.date]:
        """The days within the booking period that have a slot left by the clock (seats not counted)."""
        today = now.astimezone(HANOI).date()
        days = [today + dt.timedelta(days=ahead) for ahead in range(self.rules.days_ahead + 1)]
        return [day for day in days if self.bookable(branch_id, day, now)]

    def check(
        self,
        branch_id: str,
        starts_at: dt.datetime,
        now: dt.datetime,
        lane: Lane = Lane.ORDINARY,
        field: str = "",
    ) -> Slot:
        """The slot that begins at `starts_at`, when the rules let it be booked at `now` for a procedure of `field`.

        Raises:
            NotFound: BRANCH_UNKNOWN.
            BadInput: BAD_REQUEST (no time zone), SLOT_IN_PAST, SLOT_OUT_OF_WINDOW, SLOT_CLOSED, BRANCH_FIELD (the
                branch takes no bookings for that field).
        """
        if starts_at.tzinfo is None:
            raise BadInput(ErrorCode.BAD_REQUEST, "time without zone")
        self.branches.get(branch_id)
        if not self.opening.of(branch_id).takes(field):
            raise BadInput(ErrorCode.BRANCH_FIELD)
        local = starts_at.astimezone(HANOI)
        if local <= now:
            raise BadInput(ErrorCode.SLOT_IN_PAST)
        if not self.within_days(local.date(), now):
            raise BadInput(ErrorCode.SLOT_OUT_OF_WINDOW, days=self.rules.days_ahead, minutes=self.rules.lead_minutes)
        slot = next((slot for slot in self.day(branch_id, local.date(), lane) if slot.starts_at == local), None)
        if slot is None:
            raise BadInput(ErrorCode.SLOT_CLOSED)
        if local < now + dt.timedelta(minutes=self.rules.lead_minutes):
            raise BadInput(ErrorCode.SLOT_OUT_OF_WINDOW, days=self.rules.days_ahead, minutes=self.rules.lead_minutes)
        return slot
