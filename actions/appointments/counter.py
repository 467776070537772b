"""The queue of a branch's day: the real `CounterPort`, on SQLite or PostgreSQL.

Two officers at once never check in the same person twice nor call the same number twice: each change is one statement
guarded by state and version (`counter_store.py`), and its line in the audit trail is in the same transaction.  Names
and phones are read for today's appointments only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection

from sqlalchemy.orm import Session

from actions.appointments import counter_store, counter_walk_in, store
from actions.appointments.counter_codes import read_code
from actions.appointments.counter_find import Finder, phone_digits
from actions.appointments.counter_models import VisitRow
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
from actions.appointments.counter_store import Snapshot
from actions.appointments.counter_view import PHONE_END, VisitView, act, in_order
from actions.appointments.models import AppointmentRow
from actions.appointments.slots import SlotPlan
from actions.clock import HANOI, Clock
from actions.database import Database
from actions.personal import PersonalKeys, new_id, normalise_phone
from actions.transactions import Transactions
from knowledge_base.errors import Conflict, ErrorCode, NotFound

NUMBER_DIGITS = 4  # what is longer is a phone, not a ticket number


class Counter:
    def __init__(self, database: Database, plan: SlotPlan, clock: Clock, keys: PersonalKeys) -> None:
        self._transactions = Transactions(database)
        self._plan = plan
        self._clock = clock
        self._keys = keys
        self._view = VisitView(plan.opening, keys)
        self._find = Finder(plan, keys, self._view)

    # reading

    def day(self, branch_id: str) -> CounterDay:
        self._plan.branches.get(branch_id)
        date = self._today()

        def work(session: Session) -> CounterDay:
            mark = counter_store.revision(session, branch_id, date)
            pairs = counter_store.pairs(session, counter_store.today(branch_id, date))
            visits = sorted((self._view.visit(row, visit) for row, visit in pairs), key=in_order)
            return CounterDay(branch_id, date, mark, tuple(visits))

        return self._transactions.run(work)

    def revision(self, branch_id: str) -> str:
        date = self._today()
        return self._transactions.run(lambda session: counter_store.revision(session, branch_id, date))

    def find(self, branch_id: str, text: str, by: str) -> list[Visit]:
        date, digits = self._today(), phone_digits(text)
        code = read_code(text) if not digits or (len(digits) <= NUMBER_DIGITS and digits.strip("0")) else None
        if len(digits) > PHONE_END:  # three digits are on the page anyway
            self.note(branch_id, ActKind.PHONE_SEARCH, by)

        def work(session: Session) -> list[Visit]:
            pairs = self._find.by_phone(session, branch_id, date, digits) if digits else []
            if code and code.number:
                pairs += self._find.numbered(session, branch_id, date, code)
            elif code:
                row = self._find.resolve(session, branch_id, date, code)
                pairs.append(self._find.standing(session, branch_id, date, row.id))
            visits = {row.id: self._view.visit(row, visit) for row, visit in pairs}
            return sorted(visits.values(), key=in_order)

        return self._transactions.run(work)

    def phone(self, branch_id: str, appointment_id: str, by: str) -> str:
        now, date = self._clock.now(), self._today()

        def work(session: Session) -> str:
            row, _ = self._find.standing(session, branch_id, self._today(), appointment_id)
            if not row.phone:
                raise NotFound(ErrorCode.BOOKING_UNKNOWN, "no phone")
            number = self._view.number(row)
            kind = ActKind.PHONE_SHOWN
            counter_store.record(session, kind, by, branch_id, date, now, subject=row.id, number=number)
            return self._keys.decrypt(row.phone)

        return self._transactions.run(work)

    def note(self, branch_id: str, kind: ActKind, by: str, subject: str = "") -> None:
        now, date = self._clock.now(), self._today()
        self._transactions.run(
            lambda session: counter_store.record(session, kind, by, branch_id, date, now, subject=subject)
        )

    def acts(self, branch_id: str, date: dt.date, officers: Collection[str] = ()) -> list[Act]:
        return self._transactions.run(
            lambda session: [act(row) for row in counter_store.acts(session, branch_id, date, officers)]
        )

    # changing

    def check_in(self, branch_id: str, code: str, by: str, lane: Lane = Lane.ORDINARY) -> Visit:
        read, now, date = read_code(code), self._clock.now(), self._today()

        def work(session: Session) -> Visit:
            found = self._find.resolve(session, branch_id, date, read)
            row = counter_store.lock_confirmed(session, found.id, branch_id, date)
            if row is None:
                raise Conflict(ErrorCode.COUNTER_CHANGED)
            before = counter_store.snapshot(counter_store.visit(session, row.id, date, lock=True))
            visit = counter_store.arrive(session, row, max(lane, Lane(row.lane)), False, now)  # "priority" is greater
            if visit is None:
                raise self._already_in(session, row)
            if not before and visit.version > 1:  # somebody checked in and took it back since
                raise Conflict(ErrorCode.COUNTER_CHANGED)
            self._record(session, ActKind.CHECK_IN, by, row, before, visit)
            return self._view.visit(row, visit)

        return self._transactions.run(work)

    def walk_in(self, branch_id: str, by: str, key: str, lane: Lane = Lane.ORDINARY, phone: str = "") -> Visit:
        person = self._keys.hash("phone", normalise_phone(phone)) if phone.strip() else ""
        now, date = self._clock.now(), self._today()
        body = self._keys.hash("body", json.dumps([branch_id, lane, person]))

        def work(session: Session) -> Visit:
            fresh = new_id()
            earlier = store.claim_request(session, self._keys.hash("request", "walk-in", key), body, fresh, now)
            if earlier:
                return self._view.visit(*self._find.standing(session, branch_id, self._today(), earlier))
            slots = counter_walk_in.slots_left(self._plan, branch_id, now, lane)
            row = counter_walk_in.give_number(session, self._keys, fresh, slots, lane, now)
            if person:
                rules = self._plan.rules
                limits = rules.per_person_per_day, rules.per_field_per_day
                store.claim_quotas(session, row, person, date, "", *limits)
                store.change(session, row, now, phone_hash=person)
            visit = counter_store.arrive(session, row, lane, True, now)
            if visit is None:
                raise Conflict(ErrorCode.COUNTER_CHANGED)
            self._record(session, ActKind.WALK_IN, by, row, {}, visit)
            return self._view.visit(row, visit)

        return self._transactions.run(work)

    def call_next(self, branch_id: str, by: str, desk: str = "", lane: Lane | None = None) -> Visit:
        now, date = self._clock.now(), self._today()

        def work(session: Session) -> Visit:
            first = counter_store.first_waiting(session, branch_id, date, lane)
            if first is None:
                raise Conflict(ErrorCode.COUNTER_NOBODY)
            values = {"state": VisitState.CALLED, "calls": 1, "called_at": now, "desk": desk}
            return self._step(session, ActKind.CALL, by, first, [VisitState.WAITING], first.version, values)

        return self._transactions.run(work)

    def call(self, branch_id: str, appointment_id: str, version: int, by: str, desk: str = "") -> Visit:
        now = self._clock.now()

        def work(session: Session) -> Visit:
            visit = self._standing(session, branch_id, appointment_id)
            if visit.state == VisitState.CALLED and visit.calls >= CALLS_BEFORE_MISSED:
                raise Conflict(ErrorCode.COUNTER_CALLS_DONE, calls=CALLS_BEFORE_MISSED)
            states = [VisitState.WAITING, VisitState.CALLED]
            values = {"state": VisitState.CALLED, "calls": visit.calls + 1, "called_at": now, "desk": desk}
            return self._step(session, ActKind.CALL, by, visit, states, version, values)

        return self._transactions.run(work)

    def missed(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit:
        now = self._clock.now()

        def work(session: Session) -> Visit:
            visit = self._standing(session, branch_id, appointment_id)
            if visit.state == VisitState.CALLED and visit.calls < CALLS_BEFORE_MISSED:
                raise Conflict(ErrorCode.COUNTER_CALLS_LEFT, calls=CALLS_BEFORE_MISSED, done=visit.calls)
            values = {"state": VisitState.MISSED, "done_at": now}
            return self._step(session, ActKind.MISSED, by, visit, [VisitState.CALLED], version, values)

        return self._transactions.run(work)

    def served(self, branch_id: str, appointment_id: str, version: int, by: str) -> Visit:
        values = {"state": VisitState.SERVED, "done_at": self._clock.now()}
        return self._change(ActKind.SERVED, branch_id, appointment_id, version, by, VisitState.CALLED, values)

    def set_lane(self, branch_id: str, appointment_id: str, version: int, by: str, lane: Lane) -> Visit:
        return self._change(ActKind.LANE, branch_id, appointment_id, version, by, VisitState.WAITING, {"lane": lane})

    def undo(self, branch_id: str, by: str) -> Visit:
        now, date = self._clock.now(), self._today()

        def work(session: Session) -> Visit:
            act = counter_store.last_act(session, branch_id, date, by, UNDOABLE)
            if act is None:
                raise Conflict(ErrorCode.COUNTER_NOTHING_TO_UNDO)
            row = counter_store.lock_confirmed(session, act.subject, branch_id, date)
            visit = counter_store.visit(session, act.subject, date)
            before: Snapshot = json.loads(act.after)
            if row is None or visit is None or counter_store.snapshot(visit) != before:
                raise Conflict(ErrorCode.COUNTER_UNDO_LATE, number=act.number)
            values = counter_store.restored(json.loads(act.before))
            if not counter_store.step(session, visit, [VisitState(visit.state)], visit.version, **values):
                raise Conflict(ErrorCode.COUNTER_UNDO_LATE, number=act.number)
            if act.act == ActKind.WALK_IN:
                counter_walk_in.take_back(session, row, now)
            self._record(session, ActKind.UNDO, by, row, before, visit, act.id)
            return self._view.visit(row, visit)

        return self._transactions.run(work)

    # the steps

    def _change(
        self,
        kind: ActKind,
        branch_id: str,
        appointment_id: str,
        version: int,
        by: str,
        state: VisitState,
        values: Snapshot,
    ) -> Visit:
        def work(session: Session) -> Visit:
            visit = self._standing(session, branch_id, appointment_id)
            return self._step(session, kind, by, visit, [state], version, values)

        return self._transactions.run(work)

    def _step(
        self,
        session: Session,
        kind: ActKind,
        by: str,
        visit: VisitRow,
        states: Collection[VisitState],
        version: int,
        values: Snapshot,
    ) -> Visit:
        before = counter_store.snapshot(visit)
        if not counter_store.step(session, visit, states, version, **values):
            raise Conflict(ErrorCode.COUNTER_CHANGED)
        row = session.get_one(AppointmentRow, visit.appointment_id)
        self._record(session, kind, by, row, before, visit)
        return self._view.visit(row, visit)

    def _record(
        self,
        session: Session,
        kind: ActKind,
        by: str,
        row: AppointmentRow,
        before: Snapshot,
        visit: VisitRow,
        undoes: int | None = None,
    ) -> None:
        number = self._view.number(row)
        told = counter_store.record(
            session,
            kind,
            by,
            row.branch_id,
            visit.day,
            self._clock.now(),
            subject=row.id,
            number=number,
            before=before,
            after=counter_store.snapshot(visit),
            undoes=undoes,
        )
        if not told:
            raise Conflict(ErrorCode.COUNTER_UNDO_LATE, number=number)

    def _already_in(self, session: Session, row: AppointmentRow) -> Conflict:
        visit = counter_store.visit(session, row.id, row.day)
        arrived = visit.arrived_at.astimezone(HANOI) if visit and visit.arrived_at else self._clock.now()
        return Conflict(ErrorCode.COUNTER_ALREADY_IN, number=self._view.number(row), time=f"{arrived:%H:%M}")

    def _standing(self, session: Session, branch_id: str, appointment_id: str) -> VisitRow:
        visit = self._find.standing(session, branch_id, self._today(), appointment_id)[1]
        if visit is None:
            raise Conflict(ErrorCode.COUNTER_CHANGED)
        return visit

    def _today(self) -> dt.date:
        return self._clock.now().astimezone(HANOI).date()
