"""Bookings: the real `BookingPort`, on SQLite or PostgreSQL.

No seat is ever given twice, under any concurrency and through any crash: each operation is one transaction, and each
claim in it one statement on a unique key (`store.py`, `models.py`).  Personal fields are encrypted, persons known by
keyed hashes only (`personal.py`).
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Callable

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from actions.appointments import counter_store, store
from actions.appointments.consent import consent_version
from actions.appointments.counter_port import VisitState
from actions.appointments.models import ID_LENGTH, AppointmentRow, ConsentRow, RequestRow
from actions.appointments.opening import Lane
from actions.appointments.port import Appointment, State
from actions.appointments.reminders import Reminders
from actions.appointments.slots import Slot, SlotPlan
from actions.clock import HANOI, Clock
from actions.database import Database
from actions.personal import PersonalKeys, clean_name, new_id, normalise_phone
from actions.transactions import Transactions, changed
from knowledge_base.errors import BadInput, Conflict, ErrorCode, NotFound, Refused
from knowledge_base.text import fold

log = structlog.get_logger()

_REQUEST_KEPT = dt.timedelta(days=2)
_CONVERSATION_LIMIT = 128
_PROCEDURE_LIMIT = 32
_FIELD_LIMIT = 200


def _no_field(_procedure_code: str) -> str:
    return ""


class Bookings:
    """`field_of` gives the field (lĩnh vực) of a procedure code, "" when unknown: the limit of one a field a day.

    `reminders` are written, moved and removed with the appointment; without them nobody is reminded.
    """

    def __init__(
        self,
        database: Database,
        plan: SlotPlan,
        clock: Clock,
        keys: PersonalKeys,
        field_of: Callable[[str], str] = _no_field,
        reminders: Reminders | None = None,
    ) -> None:
        self._transactions = Transactions(database)
        self._plan = plan
        self._rules = plan.rules
        self._clock = clock
        self._keys = keys
        self._field_of = field_of
        self._reminders = reminders

    def slots(self, branch_id: str, date: dt.date, lane: Lane = Lane.ORDINARY) -> list[Slot]:
        now = self._clock.now()
        slots = self._plan.bookable(branch_id, date, now, lane)
        if not slots:
            return []
        first, last = slots[0].starts_at, slots[-1].starts_at
        taken = self._transactions.run(lambda session: store.taken_seats(session, branch_id, first, last, now))
        return [slot.with_taken(taken.get(_utc(slot), ())) for slot in slots]

    def hold(
        self,
        *,
        branch_id: str,
        starts_at: dt.datetime,
        conversation: str,
        idempotency_key: str,
        procedure_code: str | None = None,
        lane: Lane = Lane.ORDINARY,
    ) -> Appointment:
        now = self._clock.now()
        body = [branch_id, _stamp(starts_at), procedure_code or "", *_lane_of(lane)]

        def work(session: Session) -> Appointment:
            fresh = new_id()
            earlier = self._earlier(session, ["hold", conversation, idempotency_key], body, fresh, now)
            if earlier:
                return self._answer(earlier, with_secret=True)
            slot = self._plan.check(branch_id, starts_at, now, lane, self._field(procedure_code))
            mine = select(AppointmentRow.id).where(
                AppointmentRow.conversation == conversation, AppointmentRow.state == State.HELD
            )
            for held in session.scalars(mine).all():
                store.release_hold(session, held, State.CANCELLED, now, only_over=False)
            row = self._insert(session, fresh, slot, State.HELD, conversation, procedure_code, lane, now)
            return self._answer(row, with_secret=True)

        return self._done("booking.held", self._transactions.run(work))

    def confirm(
        self,
        appointment_id: str,
        secret: str,
        *,
        phone: str,
        consent: bool,
        idempotency_key: str,
        name: str | None = None,
        remind: bool = False,
    ) -> Appointment:
        number, name = self._person(phone, name, consent)
        now = self._clock.now()
        self._authorise(appointment_id, secret, now)

        def work(session: Session) -> Appointment:
            request = ["confirm", appointment_id, idempotency_key]
            earlier = self._earlier(session, request, [number, name or ""], appointment_id, now)
            if earlier:
                return self._answer(earlier)
            row = self._row(session, appointment_id)
            if row.state == State.EXPIRED or (row.state == State.HELD and not store.keep_seat(session, row, now)):
                raise Conflict(ErrorCode.HOLD_EXPIRED)
            if row.state != State.HELD:
                raise Conflict(ErrorCode.BOOKING_STATE, row.state)
            self._settle(session, row, number, name, now)
            if remind and self._reminders is not None:
                self._reminders.agree(session, row)
            return self._answer(row)

        return self._done("booking.confirmed", self._transactions.run(work))

    def book(
        self,
        *,
        branch_id: str,
        starts_at: dt.datetime,
        conversation: str,
        phone: str,
        consent: bool,
        idempotency_key: str,
        procedure_code: str | None = None,
        name: str | None = None,
        lane: Lane = Lane.ORDINARY,
    ) -> Appointment:
        number, name = self._person(phone, name, consent)
        now = self._clock.now()
        body = [branch_id, _stamp(starts_at), procedure_code or "", number, name or "", *_lane_of(lane)]

        def work(session: Session) -> Appointment:
            fresh = new_id()
            earlier = self._earlier(session, ["book", conversation, idempotency_key], body, fresh, now)
            if earlier:
                return self._answer(earlier, with_secret=True)
            slot = self._plan.check(branch_id, starts_at, now, lane, self._field(procedure_code))
            row = self._insert(session, fresh, slot, State.CONFIRMED, conversation, procedure_code, lane, now)
            self._settle(session, row, number, name, now)
            return self._answer(row, with_secret=True)

        return self._done("booking.confirmed", self._transactions.run(work))

    def cancel(self, appointment_id: str, secret: str) -> Appointment:
        now = self._clock.now()
        self._authorise(appointment_id, secret, now)

        def work(session: Session) -> Appointment:
            row = self._row(session, appointment_id, lock=True)
            self._still_ahead(row, now)
            self._not_at_counter(session, row)
            if row.state == State.HELD:
                if not store.release_hold(session, row.id, State.CANCELLED, now, only_over=False):
                    raise Conflict(ErrorCode.BOOKING_STATE, "changed meanwhile")
                session.refresh(row)
                return self._answer(row)
            self._give_back(session, row, now)
            store.drop_quotas(session, row, row.day)
            store.change(session, row, now, state=State.CANCELLED)
            if self._reminders is not None:
                self._reminders.remove(session, row)
            return self._answer(row)

        return self._done("booking.cancelled", self._transactions.run(work))

    def move(self, appointment_id: str, secret: str, new_start: dt.datetime) -> Appointment:
        now = self._clock.now()
        self._authorise(appointment_id, secret, now)

        def work(session: Session) -> Appointment:
            row = self._row(session, appointment_id, lock=True)
            self._still_ahead(row, now)
            self._not_at_counter(session, row)
            if row.state != State.CONFIRMED:
                raise Conflict(ErrorCode.BOOKING_STATE, row.state)
            slot = self._plan.check(row.branch_id, new_start, now, Lane(row.lane))
            if slot.starts_at == row.starts_at:
                return self._answer(row)
            seat = store.claim_seat(session, row, slot.starts_at, slot.seats, None, now)
            self._give_back(session, row, now)
            day, number = slot.starts_at.date(), row.number
            if day != row.day:
                store.drop_quotas(session, row, row.day)
                if row.phone_hash:
                    self._claim_quotas(session, row, row.phone_hash, day)
                number = store.next_number(session, row.branch_id, day)
            times = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "day": day}
            store.change(session, row, now, **times, seat=seat, number=number)
            if self._reminders is not None:
                self._reminders.rewrite(session, row)
            return self._answer(row)

        return self._done("booking.moved", self._transactions.run(work))

    def get(self, appointment_id: str, secret: str) -> Appointment:
        self._authorise(appointment_id, secret, self._clock.now())
        return self._transactions.run(lambda session: self._answer(self._row(session, appointment_id)))

    def view(self, appointment_id: str, view_key: str) -> Appointment:
        if not hmac.compare_digest(self._keys.view_key(appointment_id).encode(), view_key.encode()):
            raise NotFound(ErrorCode.BOOKING_UNKNOWN)
        return self._transactions.run(lambda session: self._answer(self._row(session, appointment_id)))

    def expire_holds(self) -> int:
        now = self._clock.now()
        over = select(AppointmentRow.id).where(AppointmentRow.state == State.HELD, AppointmentRow.expires_at <= now)
        ids = self._transactions.run(lambda session: list(session.scalars(over.order_by(AppointmentRow.id))))
        ended = 0
        for held in ids:
            ended += self._transactions.run(
                lambda session, held=held: store.release_hold(session, held, State.EXPIRED, now, only_over=True)  # type: ignore[misc]
            )
        old = delete(RequestRow).where(RequestRow.created_at < now - _REQUEST_KEPT)
        self._transactions.run(lambda session: changed(session, old))
        if ended:
            log.info("booking.holds_expired", count=ended)
        return ended

    # the steps

    def _person(self, phone: str, name: str | None, consent: bool) -> tuple[str, str | None]:
        if consent is not True:
            raise BadInput(ErrorCode.CONSENT_MISSING)
        return normalise_phone(phone), clean_name(name)

    def _earlier(
        self, session: Session, request: list[str], body: list[str], appointment_id: str, now: dt.datetime
    ) -> AppointmentRow | None:
        key, content = self._keys.hash("request", *request), self._keys.hash("body", json.dumps(body))
        known = store.claim_request(session, key, content, appointment_id, now)
        return self._row(session, known) if known else None

    def _insert(
        self,
        session: Session,
        fresh: str,
        slot: Slot,
        state: State,
        conversation: str,
        procedure_code: str | None,
        lane: Lane,
        now: dt.datetime,
    ) -> AppointmentRow:
        code = (procedure_code or "")[:_PROCEDURE_LIMIT]
        expires = now + dt.timedelta(minutes=self._rules.hold_minutes) if state is State.HELD else None
        row = AppointmentRow(
            id=fresh,
            branch_id=slot.branch_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            day=slot.starts_at.date(),
            seat=-1,
            lane=lane,
            state=state,
            procedure_code=code,
            field=fold(self._field(code))[:_FIELD_LIMIT],
            conversation=conversation[:_CONVERSATION_LIMIT],
            secret_hash=self._keys.secret_hash(fresh, self._keys.secret(fresh)),
            secret_tries=0,
            expires_at=expires,
            created_at=now,
            updated_at=now,
            version=1,
        )
        session.add(row)
        session.flush()
        row.seat = store.claim_seat(session, row, slot.starts_at, slot.seats, expires, now)
        session.flush()
        return row

    def _settle(self, session: Session, row: AppointmentRow, phone: str, name: str | None, now: dt.datetime) -> None:
        """Limits, consent, personal fields and the ticket number of an appointment whose seat is booked."""
        phone_hash = self._keys.hash("phone", phone)
        self._claim_quotas(session, row, phone_hash, row.day)
        channel = row.conversation.partition(":")[0][:ID_LENGTH]
        session.add(ConsentRow(appointment_id=row.id, given_at=now, text_version=consent_version(), channel=channel))
        session.flush()
        store.change(
            session,
            row,
            now,
            state=State.CONFIRMED,
            phone_hash=phone_hash,
            phone=self._keys.encrypt(phone),
            name=self._keys.encrypt(name) if name else None,
            expires_at=None,
            number=store.next_number(session, row.branch_id, row.day),
        )

    def _field(self, procedure_code: str | None) -> str:
        return self._field_of(procedure_code[:_PROCEDURE_LIMIT]) if procedure_code else ""

    def _claim_quotas(self, session: Session, row: AppointmentRow, phone_hash: str, day: dt.date) -> None:
        field = self._keys.hash("field", row.field)[:32] if row.field else ""
        per_day, per_field = self._rules.per_person_per_day, self._rules.per_field_per_day
        store.claim_quotas(session, row, phone_hash, day, field, per_day, per_field)

    def _give_back(self, session: Session, row: AppointmentRow, now: dt.datetime) -> None:
        if not store.withhold_seat(session, row, now + dt.timedelta(minutes=self._rules.withhold_minutes)):
            raise Conflict(ErrorCode.BOOKING_STATE, "changed meanwhile")

    def _still_ahead(self, row: AppointmentRow, now: dt.datetime) -> None:
        if row.state not in (State.HELD, State.CONFIRMED):
            raise Conflict(ErrorCode.BOOKING_STATE, row.state)
        if row.starts_at <= now:
            raise Conflict(ErrorCode.BOOKING_STATE, "past")

    def _not_at_counter(self, session: Session, row: AppointmentRow) -> None:
        """Who was called or served has used the appointment, also before its hour."""
        visit = counter_store.visit(session, row.id, row.day)
        if visit is not None and visit.state in (VisitState.CALLED, VisitState.SERVED):
            raise Conflict(ErrorCode.BOOKING_STATE, "at the counter")

    def _authorise(self, appointment_id: str, secret: str, now: dt.datetime) -> None:
        """Counts the try in a transaction of its own, so that a refusal is remembered."""
        limit, pause = self._rules.secret_tries, dt.timedelta(minutes=self._rules.secret_pause_minutes)
        offered = self._keys.secret_hash(appointment_id, secret)

        def work(session: Session) -> tuple[bool, bool]:
            allowed = store.take_try(session, appointment_id, limit, pause, now)
            row = self._row(session, appointment_id)
            right = hmac.compare_digest(row.secret_hash, offered)
            if allowed and right:
                reset = update(AppointmentRow).where(AppointmentRow.id == appointment_id)
                changed(session, reset.values(secret_tries=0, secret_pause_ends=None))
            return allowed, right

        allowed, right = self._transactions.run(work)
        if not allowed:
            log.warning("booking.secret_paused")
            raise Refused(ErrorCode.BOOKING_SECRET_PAUSED, minutes=self._rules.secret_pause_minutes)
        if not right:
            raise Refused(ErrorCode.BOOKING_SECRET_WRONG)

    def _row(self, session: Session, appointment_id: str, *, lock: bool = False) -> AppointmentRow:
        """With `lock` two changes of one appointment stand in line, instead of one of them failing."""
        row = session.get(AppointmentRow, appointment_id, with_for_update=lock or None)
        if row is None:
            raise NotFound(ErrorCode.BOOKING_UNKNOWN)
        return row

    def _answer(self, row: AppointmentRow, *, with_secret: bool = False) -> Appointment:
        prefix = self._plan.opening.of(row.branch_id).prefix
        return Appointment(
            id=row.id,
            branch_id=row.branch_id,
            starts_at=row.starts_at.astimezone(HANOI),
            ends_at=row.ends_at.astimezone(HANOI),
            state=State(row.state),
            number=f"{prefix}-{row.number:03d}" if row.number else "",
            procedure_code=row.procedure_code,
            expires_at=row.expires_at.astimezone(HANOI) if row.expires_at else None,
            updated_at=row.updated_at.astimezone(HANOI),
            version=row.version,
            view_key=self._keys.view_key(row.id),
            secret=self._keys.secret(row.id) if with_secret else "",
            lane=Lane(row.lane),
        )

    def _done(self, event: str, appointment: Appointment) -> Appointment:
        log.info(event, branch=appointment.branch_id, day=appointment.starts_at.date().isoformat())
        return appointment


def _utc(slot: Slot) -> dt.datetime:
    return slot.starts_at.astimezone(dt.UTC)


def _lane_of(lane: Lane) -> list[str]:
    """What a lane adds to the content of a request: nothing for the ordinary one."""
    return [] if lane is Lane.ORDINARY else [lane.value]


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat() if moment.tzinfo else moment.isoformat()
