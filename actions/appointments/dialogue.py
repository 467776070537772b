"""The booking dialogue: what a message says for it, and what to ask next.  Knows no Rasa.

A booking needs branch, day, time, phone and a yes.  One message may give several of them; what it gives is checked
at once against calendar, window and free seats, and the seat is held as soon as branch, day and time are known.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from actions.appointments.branches import Branch, Branches, BranchMatch, MatchKind
from actions.appointments.consent import consent_text
from actions.appointments.opening import Lane
from actions.appointments.port import BookingPort
from actions.appointments.priority import without_ages
from actions.appointments.slots import Slot, SlotPlan
from actions.appointments.ticket import say_date, say_time
from actions.appointments.times import Granularity, ProblemKind, When, parse_when
from actions.clock import HANOI, Clock
from actions.messages import Behaviour, Choice, ChoicesMessage, Command, Message, Reply, TextMessage, Trace
from actions.wording import say
from knowledge_base.text import fold

BRANCH, DAY, TIME, PHONE, CONFIRM = (
    "booking_branch",
    "booking_day",
    "booking_time",
    "booking_phone",
    "booking_confirm",
)
SLOTS = (BRANCH, DAY, TIME, PHONE, CONFIRM)
NO_REMINDERS = "no_reminders"  # the yes of who wants the appointment and no reminders
TIME_BUTTONS = 12
# "chi nhánh 2 sáng thứ 5": the number is the branch's, not an hour of the morning
_BRANCH_NUMBER = re.compile(
    r"\b(?:chi nhánh|chi nhanh|cn)(?: (?:số|so))? ?\d{1,2}\b(?! ?(?:h|giờ|gio)\b)", re.IGNORECASE
)
_PLACE_CUE = re.compile(r"\b(?:chi nhanh|cn ?\d|phuong|xa|quan|huyen|diem phuc vu|tay ho|cau giay|ha dong)\b")
_PROBLEMS = {
    ProblemKind.IMPOSSIBLE_DATE: "impossible_date",
    ProblemKind.IMPOSSIBLE_TIME: "impossible_time",
    ProblemKind.PAST: "past",
    ProblemKind.LUNAR_DATE: "lunar",
    ProblemKind.CONTRADICTION: "contradiction",
}


@dataclass
class Draft:
    """A booking in the making, as the dialogue's slots hold it (`day` ISO, `time` HH:MM)."""

    branch: str | None = None
    day: str | None = None
    time: str | None = None

    @property
    def starts_at(self) -> dt.datetime | None:
        if not (self.day and self.time):
            return None
        return dt.datetime.combine(dt.date.fromisoformat(self.day), dt.time.fromisoformat(self.time), HANOI)


@dataclass
class Reading:
    """What a message changed: slot values (None empties a slot), and sentences about what could not be taken."""

    updates: dict[str, str | None] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    near: list[BranchMatch] = field(default_factory=list)


class BookingDialogue:
    """`lane`: the priority lane, once the talk said that who comes is 75 or older."""

    def __init__(
        self,
        branches: Branches,
        plan: SlotPlan,
        booking: BookingPort,
        clock: Clock,
        lane: Lane = Lane.ORDINARY,
    ) -> None:
        self.lane = lane
        self.branches = branches
        self.plan = plan
        self.booking = booking
        self.clock = clock

    def read(self, text: str, entities: dict[str, str], draft: Draft, wanted: str | None) -> Reading:
        """What `text` or a button's `entities` say for the booking; `wanted` is the slot that was asked for."""
        reading = Reading()
        now = Draft(draft.branch, draft.day, draft.time)
        text = without_ages(text)
        self._branch(text, entities, now, wanted, reading)
        when = parse_when(_BRANCH_NUMBER.sub(",", text), self.clock.now()) if text else When(Granularity.NOTHING)
        self._day(when, entities, now, reading)
        self._time(when, entities, now, wanted, reading)
        return reading

    def _branch(self, text: str, entities: dict[str, str], now: Draft, wanted: str | None, reading: Reading) -> None:
        if "branch" in entities:
            now.branch = reading.updates[BRANCH] = self.branches.get(entities["branch"]).id
            return
        if not text or not (wanted == BRANCH or _PLACE_CUE.search(fold(text))):
            return
        matches = self.branches.find(text)
        bookable = [match for match in matches if match.branch.bookable]
        if not bookable:
            return
        if len(bookable) == 1 or bookable[0].kind is MatchKind.NUMBER:
            now.branch = reading.updates[BRANCH] = bookable[0].branch.id
            return
        point = next((match.branch for match in matches if not match.branch.bookable), None)
        reading.near = bookable[:3]
        reading.updates[BRANCH] = None
        office = point.short_name if point else ""
        reading.remarks.append(say("booking.branch_near", office=office) if office else say("booking.branch_many"))

    def _day(self, when: When, entities: dict[str, str], now: Draft, reading: Reading) -> None:
        if "day" in entities:
            date: dt.date | None = dt.date.fromisoformat(entities["day"])
        elif when.problems:
            reading.remarks.append(say(f"booking.{_PROBLEMS[when.problems[0].kind]}"))
            reading.updates[DAY] = None
            return
        else:
            date = when.date if when.granularity in (Granularity.MOMENT, Granularity.DAY) else None
        if date is None:
            return
        problem = self._day_problem(date, now.branch)
        if problem:
            reading.remarks.append(problem)
            reading.updates[DAY] = None
            return
        now.day = reading.updates[DAY] = date.isoformat()

    def _day_problem(self, date: dt.date, branch_id: str | None) -> str:
        moment = dt.datetime.combine(date, dt.time(12), HANOI)
        holiday = self.plan.calendar.holiday(date)
        if holiday is not None:
            return say("booking.holiday", date=say_date(moment), name=holiday)
        if not self.plan.within_days(date, self.clock.now()):
            return say("booking.out_of_window", days=self.plan.rules.days_ahead, date=say_date(moment))
        branch = self.branches.get(branch_id) if branch_id else self.branches.all(bookable=True)[0]
        if not self.plan.bookable(branch.id, date, self.clock.now()):
            return say("booking.closed", date=say_date(moment))
        return ""

    def _time(self, when: When, entities: dict[str, str], now: Draft, wanted: str | None, reading: Reading) -> None:
        if "time" in entities:
            time: dt.time | None = dt.time.fromisoformat(entities["time"])
        elif when.problems:
            return
        else:
            time = when.time if not when.last_time else None
        if time is None:
            return
        if not (now.branch and now.day):
            now.time = reading.updates[TIME] = f"{time:%H:%M}"
            return
        self.check_time(now, f"{time:%H:%M}", reading)

    def check_time(self, now: Draft, time: str, reading: Reading) -> None:
        """Whether `time` is offered and free at the draft's branch and day; sets or empties the slot."""
        offered = self.free_slots(now.branch or "", now.day or "", full=True)
        slot = next((slot for slot in offered if say_time(slot.starts_at) == time), None)
        if slot is None or slot.free == 0:
            key = "time_full" if slot else "time_not_offered"
            reading.remarks.append(say(f"booking.{key}", time=time))
            reading.updates[TIME] = None
            now.time = None
            return
        now.time = reading.updates[TIME] = time

    def free_slots(self, branch_id: str, day: str, full: bool = False) -> list[Slot]:
        slots = self.booking.slots(branch_id, dt.date.fromisoformat(day), self.lane)
        return [slot for slot in slots if full or slot.free > 0]

    # what to ask

    def ask_branch(self, near: list[BranchMatch] | None = None, again: bool = False) -> Reply:
        if near:
            text = say("booking.branch_many")
            choices = [self._branch_choice(match.branch, match.distance_km) for match in near]
        else:
            text = say("booking.ask_branch_again" if again else "booking.ask_branch")
            choices = [self._branch_choice(branch) for branch in self.branches.all(bookable=True)]
        return asking(ChoicesMessage(text=text, choices=choices))

    def _branch_choice(self, branch: Branch, distance: float | None = None) -> Choice:
        title = say("booking.branch_choice", name=branch.short_name)
        if distance is not None:
            title = say("booking.branch_choice_far", name=branch.short_name, distance=_km(distance))
        return Choice(title=title, command=Command(intent="choose_branch", entities={"branch": branch.id}))

    def ask_day(self, branch_id: str) -> Reply:
        branch = self.branches.get(branch_id)
        days = self.plan.open_dates(branch_id, self.clock.now())
        if not days:
            text = say("booking.no_days", branch=branch.short_name, count=self.plan.rules.days_ahead + 1)
            return asking(TextMessage(text=text))
        titles = [_day_title(day) for day in days]
        choices = [
            Choice(title=title, command=Command(intent="choose_day", entities={"day": day.isoformat()}))
            for title, day in zip(titles, days, strict=True)
        ]
        text = say("booking.ask_day", branch=branch.short_name, days=", ".join(titles))
        return asking(ChoicesMessage(text=text, choices=choices))

    def ask_time(self, branch_id: str, day: str) -> Reply:
        branch = self.branches.get(branch_id)
        slots = self.free_slots(branch_id, day)
        moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), HANOI)
        if not slots:
            return asking(TextMessage(text=say("booking.no_times", branch=branch.short_name, date=say_date(moment))))
        times = ", ".join(say_time(slot.starts_at) for slot in slots)
        text = say("booking.ask_time", branch=branch.short_name, date=say_date(moment), times=times)
        return asking(ChoicesMessage(text=text, choices=[time_choice(slot) for slot in _spread(slots)]))

    def ask_phone(self, draft: Draft, again: bool = False) -> Reply:
        if again or not (draft.branch and draft.starts_at):
            return asking(TextMessage(text=say("booking.ask_phone_again"), asks="phone"))
        text = say(
            "booking.ask_phone",
            time=say_time(draft.starts_at),
            date=say_date(draft.starts_at),
            branch=self.branches.get(draft.branch).short_name,
            minutes=self.plan.rules.hold_minutes,
        )
        return asking(TextMessage(text=text, asks="phone"))

    def ask_confirm(self, draft: Draft, phone_tail: str, procedure: str = "", reminders: str = "") -> Reply:
        """`reminders`: what is said about reminders where they can be had; then they may be declined alone."""
        starts_at = draft.starts_at
        if not draft.branch or starts_at is None:
            return self.ask_branch()
        text = say(
            "booking.ask_confirm",
            time=say_time(starts_at),
            date=say_date(starts_at),
            branch=self.branches.get(draft.branch).short_name,
            tail=phone_tail,
            procedure="\n".join(
                [
                    *([say("booking.confirm_procedure", name=procedure)] if procedure else []),
                    *([say("booking.confirm_priority")] if self.lane is Lane.PRIORITY else []),
                ]
            ),
            consent=f"{reminders}\n{consent_text()}" if reminders else consent_text(),
        )
        choices = [Choice(title=say("booking.button_agree"), command=Command(intent="give_consent"))]
        if reminders:
            without = Command(intent="give_consent", entities={"value": NO_REMINDERS})
            choices.append(Choice(title=say("notices.button_without_reminders"), command=without))
        choices.append(Choice(title=say("booking.button_disagree"), command=Command(intent="stop")))
        return asking(ChoicesMessage(text=text, choices=choices))


def asking(message: Message) -> Reply:
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.ASK_SLOT))


def time_choice(slot: Slot) -> Choice:
    time = say_time(slot.starts_at)
    return Choice(title=time, command=Command(intent="choose_time", entities={"time": time}))


def _spread(slots: list[Slot]) -> list[Slot]:
    """At most a dozen of the free times, spread over the day."""
    if len(slots) <= TIME_BUTTONS:
        return slots
    step = len(slots) / TIME_BUTTONS
    return [slots[int(index * step)] for index in range(TIME_BUTTONS)]


def _day_title(day: dt.date) -> str:
    weekday = say(f"appointments.weekday_{day.weekday()}")
    return say("booking.day_choice", weekday=weekday, date=f"{day:%d/%m}")


def _km(distance: float) -> str:
    return f"{distance:.1f}".replace(".", ",")
