"""A queue in memory: what a booking system of the city's own (iHanoi) has to do to stand behind the counter page.

Held to the same suite as `counter.Counter` (`tests/actions/appointments/test_counter.py`).  For one process and one
thread at a time; nothing is encrypted and nothing is kept.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace

from actions.appointments.counter_codes import TicketCode, read_code
from actions.appointments.counter_find import phone_digits
from actions.appointments.counter_port import (
    CALLS_BEFORE_MISSED,
    UNDOABLE,
    Act,
    ActKind,
    CounterDay,
    Lane,
    Visit,
    VisitState,
)
from actions.appointments.counter_view import PHONE_END, in_order
from actions.appointments.port import Appointment, State
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, Clock
from actions.personal import new_id, normalise_phone
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound, Refused

NUMBER_DIGITS = 4
_KEPT = ("state", "lane", "calls", "desk", "arrived_at", "queued_at", "called_at", "done_at")


@dataclass
class _Person:
    appointment: Appointment
    name: str = ""
    phone: str = ""
    counted: str = ""  # whose daily limit a walk-in uses up


class FakeCounter:
    """`expect` tells it of appointments, as they are made, moved and cancelled."""

    def __init__(self, plan: SlotPlan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._people: dict[str, _Person] = {}
        self._visits: dict[tuple[str, dt.date], Visit] = {}
        self._acts: list[Act] = []
        self._keys: dict[str, tuple[tuple[str, ...], str]] = {}
        self._last: dict[tuple[str, dt.date], int] = {}
        self._changes = 0

    def expect(self, appointment: Appointment, name: str = "", phone: str = "") -> None:
        known = self._people.setdefault(appointment.id, _Person(appointment, name, phone))
        known.appointment = appointment
        self._changes += 1

    def next_number(self, branch_id: str, day: dt.date) -> str:
        """The next ticket number of a branch's day, for whoever makes appointments here."""
        last = self._last[branch_id, day] = self._last.get((branch_id, day), 0) + 1
        return f"{self._plan.opening.of(branch_id).prefix}-{last:03d}"

    # reading

    def day(self, branch_id: str) -> CounterDay:
        self._plan.branches.get(branch_id)
        visits = sorted((self._visit(person) for person in self._here(branch_id)), key=in_order)
        return CounterDay(branch_id, self._today(), self.revision(branch_id), tuple(visits))

    def revision(self, branch_id: str) -> str:
        return f"{self._changes}-{len(self._acts)}"

    def find(self, branch_id: str, text: str, by: str) -> list[Visit]:
        digits = phone_digits(text)
        code = read_code(text) if not digits or (len(digits) <= NUMBER_DIGITS and digits.strip("0")) else None
        if len(digits) > PHONE_END:
            self.note(branch_id, ActKind.PHONE_SEARCH, by)
        found = {person.appointment.id: person for person in self._by_phone(branch_id, digits)}
        if code:
            found |= {person.appointment.id: person for person in self._coded(branch_id, code, strict=not code.number)}
        return sorted((self._visit(person) for person in found.values()), key=in_order)

    def phone(self, branch_id: str, appointment_id: str, by: str) -> str:
        person = self._standing(branch_id, appointment_id)
        if not person.phone:
            raise NotFound(ErrorCode.BOOKING_UNKNOWN, "no phone")
        self._record(ActKind.PHONE_SHOWN, by, branch_id, subject=appointment_id, number=person.appointment.number)
        return person.phone

    def note(self, branch_id: str, kind: ActKind, by: str, subject: str = "") -> None:
        self._record(kind, by, branch_id, subject=subject)

    def acts(self, branch_id: str, date: dt.date, officers: Collection[str] = ()) -> list[Act]:
        here = [act for act in self._acts if act.at.astimezone(HANOI).date() == date]
        return [act for act in here if act.branch_id == branch_id or (not act.branch_id and act.officer_id in officers)]

    # changing

    def check_in(self, branch_id: str, code: str, by: str, lane: Lane = Lane.ORDINARY) -> Visit:
        (person,) = self._coded(branch_id, read_code(code), strict=True)
        visit = self._visit(person)
        if visit.state not in (VisitState.EXPECTED, VisitState.MISSED):
            arrived = visit.arrived_at or self._clock.now()
            raise Conflict(ErrorCode.COUNTER_ALREADY_IN, number=visit.number, time=f"{arrived:%H:%M}")
        return self._arrive(ActKind.CHECK_IN, person, by, max(lane, person.appointment.lane))

    def walk_in(self, branch_id: str, by: str, key: str, lane: Lane = Lane.ORDINARY, phone: str = "") -> Visit:
        who = normalise_phone(phone) if phone.strip() else ""
        content = (branch_id, lane.value, who)
        if key in self._keys:
            if self._keys[key][0] != content:
                raise Conflict(ErrorCode.IDEMPOTENCY_MISMATCH)
            return self._visit(self._standing(branch_id, self._keys[key][1]))
        now = self._clock.now()
        slots = [slot for slot in self._plan.day(branch_id, self._today(), lane) if slot.ends_at > now]
        if not slots:
            raise Conflict(ErrorCode.COUNTER_CLOSED)
        taken = [person.appointment.starts_at for person in self._here(branch_id)]
        slot = next((slot for slot in slots if taken.count(slot.starts_at) < slot.capacity), None)
        if slot is None:
            raise Conflict(ErrorCode.COUNTER_FULL)
        limit = self._plan.rules.per_person_per_day
        mine = [one for one in self._of_today() if who and who in (one.phone, one.counted)]
        if len(mine) >= limit:
            raise Refused(ErrorCode.BOOKING_LIMIT, limit=limit)
        number = self.next_number(branch_id, self._today())
        made = Appointment(
            id=new_id(), branch_id=branch_id, starts_at=slot.starts_at, ends_at=slot.ends_at, state=State.CONFIRMED,
            number=number, procedure_code="", expires_at=None, updated_at=now, version=1, view_key="", lane=lane,
        )  # fmt: skip
        self.expect(made)
        person = self._people[made.id]
        person.counted = who
        self._keys[key] = content, made.id
        return self._arrive(ActKind.WALK_IN, person, by, lane, walk_in=True)

    def call_next(self, branch_id: str, by: str, desk: str = "", lane: Lane | None = None) -> Visit:
        waiting = [visit for visit in self.day(branch_id).visits if visit.state is VisitState.WAITING]
        first = next((visit for visit in waiting if lane in (None, visit.lane)), None)
        if first is None:
            raise Conflict(ErrorCode.COUNTER_NOBODY)
        return self.call(branch_id, first.appointment_id, first.version, by, desk)

    def call(self, branch_id: str, appointment_id: str, version: int, by: str, desk: str = "") -> Visit:
        visit = self._visit(self._standing(branch_id, appointment_id))
        if visit.state is VisitState.CALLED and visit.calls >= CALLS_BEFORE_MISSED:
            raise Conflict(ErrorCode.COUNTER_CALLS_DONE, calls=CALLS_BEFORE_MISSED)
        states = (VisitState.WAITING, VisitState.CALLED)
        changed = replace(
            visit, state=VisitState.CALLED, calls=visit.calls + 1, called_at=self._clock.now(), desk=desk
        )
        return self._step(ActKind.CALL, by, visit, changed, states, version)

    def missed(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit:
        visit = self._visit(self._standing(branch_id, appointment_id))
        if visit.state is VisitState.CALLED and visit.calls < CALLS_BEFORE_MISSED:
            raise Conflict(ErrorCode.COUNTER_CALLS_LEFT, calls=CALLS_BEFORE_MISSED, done=visit.calls)
        changed = replace(visit, state=VisitState.MISSED, done_at=self._clock.now())
        return self._step(ActKind.MISSED, by, visit, changed, (VisitState.CALLED,), version)

    def served(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit:
        visit = self._visit(self._standing(branch_id, appointment_id))
        changed = replace(visit, state=VisitState.SERVED, done_at=self._clock.now())
        return self._step(ActKind.SERVED, by, visit, changed, (VisitState.CALLED,), version)

    def set_lane(self, branch_id: str, appointment_id: str, version: int, by: str, lane: Lane) -> Visit:
        visit = self._visit(self._standing(branch_id, appointment_id))
        return self._step(ActKind.LANE, by, visit, replace(visit, lane=lane), (VisitState.WAITING,), version)

    def undo(self, branch_id: str, by: str) -> Visit:
        undone = {act.undoes for act in self._acts}
        mine = [act for act in self.acts(branch_id, self._today()) if act.officer_id == by and act.kind in UNDOABLE]
        act = next((act for act in reversed(mine) if act.id not in undone), None)
        if act is None:
            raise Conflict(ErrorCode.COUNTER_NOTHING_TO_UNDO)
        person = self._people[act.subject]
        visit = self._visit(person)
        if person not in self._here(branch_id) or _kept(visit) != act.after:
            raise Conflict(ErrorCode.COUNTER_UNDO_LATE, number=act.number)
        before = dict(act.before) or _kept(self._blank(person))
        values = {name: dt.datetime.fromisoformat(str(v)) if name.endswith("_at") and v else v
                  for name, v in before.items()}  # fmt: skip
        changed = replace(visit, **values, version=visit.version + 1)  # type: ignore[arg-type]
        if act.kind == ActKind.WALK_IN:
            person.appointment, person.counted = replace(person.appointment, state=State.CANCELLED), ""
        self._keep(changed)
        self._record(ActKind.UNDO, by, branch_id, subject=act.subject, number=act.number, before=_kept(visit),
                     after=_kept(changed), undoes=act.id)  # fmt: skip
        return changed

    # the steps

    def _today(self) -> dt.date:
        return self._clock.now().astimezone(HANOI).date()

    def _of_today(self) -> list[_Person]:
        stand = [one for one in self._people.values() if one.appointment.state is State.CONFIRMED]
        return [one for one in stand if one.appointment.starts_at.astimezone(HANOI).date() == self._today()]

    def _here(self, branch_id: str) -> list[_Person]:
        return [one for one in self._of_today() if one.appointment.branch_id == branch_id]

    def _standing(self, branch_id: str, appointment_id: str) -> _Person:
        found = next((one for one in self._here(branch_id) if one.appointment.id == appointment_id), None)
        if found is None:
            raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
        return found

    def _coded(self, branch_id: str, code: TicketCode, strict: bool) -> list[_Person]:
        """Whom a code names; `strict`: it must be somebody who is expected here today."""
        if code.number:
            prefix = self._plan.opening.of(branch_id).prefix
            wanted = f"{prefix}-{code.number:03d}" if code.prefix in ("", prefix) else ""
            found = [one for one in self._here(branch_id) if one.appointment.number == wanted]
            if strict and not found:
                raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
            return found
        person = self._people.get(code.appointment_id)
        key = code.view_key
        if person is None or (key is not None and not hmac.compare_digest(person.appointment.view_key, key)):
            raise NotFound(ErrorCode.COUNTER_CODE_UNKNOWN)
        one, date = person.appointment, person.appointment.starts_at.astimezone(HANOI)
        if one.branch_id != branch_id:
            branch = self._plan.branches.get(one.branch_id).short_name
            raise Conflict(ErrorCode.COUNTER_OTHER_BRANCH, branch=branch, date=f"{date:%d/%m/%Y}")
        if one.state is State.HELD:
            raise Conflict(ErrorCode.COUNTER_UNCONFIRMED)
        if one.state is not State.CONFIRMED:
            raise Conflict(ErrorCode.COUNTER_CANCELLED)
        if date.date() != self._today():
            raise Conflict(ErrorCode.COUNTER_OTHER_DAY, number=one.number, date=f"{date:%d/%m/%Y}")
        return [person]

    def _by_phone(self, branch_id: str, digits: str) -> list[_Person]:
        if not digits:
            return []
        try:
            whole = normalise_phone(digits)
        except BadInput:
            return [one for one in self._here(branch_id) if one.phone.endswith(digits)]
        return [one for one in self._here(branch_id) if whole in (one.phone, one.counted)]

    def _blank(self, person: _Person, walk_in: bool = False) -> Visit:
        one = person.appointment
        return Visit(
            appointment_id=one.id, number=one.number, starts_at=one.starts_at, ends_at=one.ends_at,
            procedure_code=one.procedure_code, state=VisitState.EXPECTED, lane=one.lane, calls=0, desk="",
            walk_in=walk_in, arrived_at=None, queued_at=None, called_at=None, done_at=None, version=0,
            name=person.name, phone_end=person.phone[-PHONE_END:],
        )  # fmt: skip

    def _visit(self, person: _Person) -> Visit:
        one = person.appointment
        kept = self._visits.get((one.id, one.starts_at.astimezone(HANOI).date()))
        if kept is None:
            return self._blank(person)
        return replace(kept, number=one.number, starts_at=one.starts_at, ends_at=one.ends_at)

    def _keep(self, visit: Visit) -> None:
        self._visits[visit.appointment_id, visit.starts_at.astimezone(HANOI).date()] = visit

    def _arrive(self, kind: ActKind, person: _Person, by: str, lane: Lane, walk_in: bool = False) -> Visit:
        now, visit = self._clock.now(), self._visit(person)
        before = _kept(visit) if visit.version else {}
        here = replace(
            self._blank(person, walk_in or visit.walk_in), state=VisitState.WAITING, lane=lane, arrived_at=now,
            queued_at=max(now, visit.starts_at), version=visit.version + 1,
        )  # fmt: skip
        self._keep(here)
        self._record(kind, by, person.appointment.branch_id, subject=visit.appointment_id, number=visit.number,
                     before=before, after=_kept(here))  # fmt: skip
        return here

    def _step(
        self, kind: ActKind, by: str, visit: Visit, changed: Visit, states: Collection[VisitState], version: int
    ) -> Visit:
        if visit.state not in states or visit.version != version or not visit.version:
            raise Conflict(ErrorCode.COUNTER_CHANGED)
        changed = replace(changed, version=version + 1)
        self._keep(changed)
        branch_id = self._people[visit.appointment_id].appointment.branch_id
        self._record(kind, by, branch_id, subject=visit.appointment_id, number=visit.number, before=_kept(visit),
                     after=_kept(changed))  # fmt: skip
        return changed

    def _record(
        self, kind: ActKind, by: str, branch_id: str, *, subject: str = "", number: str = "",
        before: dict[str, object] | None = None, after: dict[str, object] | None = None, undoes: int | None = None,
    ) -> None:  # fmt: skip
        line = Act(len(self._acts) + 1, self._clock.now(), by, branch_id, kind.value, subject, number, before or {},
                   after or {}, undoes)  # fmt: skip
        self._acts.append(line)


def _kept(visit: Visit) -> dict[str, object]:
    """What the audit trail keeps of a visit."""
    found = {name: getattr(visit, name) for name in _KEPT}
    return {name: v.isoformat() if isinstance(v, dt.datetime) else v for name, v in found.items()}
