"""What is kept about a person, and its deletion, found from a phone number.

A number is known as a keyed hash only.  From it lead: appointments, their conversations, and from these transcripts,
notices, consents, watched dossiers and what the messaging channels keep.
A conversation that booked for several numbers (a family's phone, an office)
is not this person's alone: what was said in it is neither told nor deleted here, and the report says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from actions.appointments.models import AppointmentRow, QuotaRow
from actions.appointments.models import ConsentRow as BookingConsentRow
from actions.appointments.opening import opening
from actions.appointments.personal import PersonalKeys, normalise_phone
from actions.appointments.retention import ERASED
from actions.appointments.store import Transactions, changed
from actions.channels.inbox import count_people, erase_people
from actions.channels.models import ContactRow
from actions.clock import HANOI, Clock, SystemClock
from actions.database import Database
from actions.dossiers.watch_models import WatchRow
from actions.notices.models import ConsentRow, NoticeRow
from assistant.pipeline.transcript import TranscriptRow
from assistant.retention import count_tracker_events, forget_tracker_of
from assistant.settings import Settings
from assistant.setup.dialogue import TRACKER_DAYS, room
from assistant.turn import HistoryEntry
from knowledge_base.errors import TthcError


@dataclass
class Found:
    """Rows that lead to a person.  `own`: conversations of this number alone; `shared`: of others as well."""

    appointments: list[AppointmentRow]
    own: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)


class Privacy:
    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock, settings: Settings) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._clock = clock
        self._tracker = Path(room(settings)) / "tracker.sqlite"
        self._redis = bool(settings.redis_url.get_secret_value())
        self._transcript_days = settings.transcript_days

    @classmethod
    @contextmanager
    def of(cls, settings: Settings) -> Iterator[Privacy]:
        """On the database that the settings name, closed at the end."""
        keys = PersonalKeys(settings.secret("booking_key"), settings.secret("personal_data_key"))
        database = Database(settings.database)
        try:
            yield cls(database, keys, SystemClock(), settings)
        finally:
            database.close()

    def export(self, phone: str) -> dict[str, Any]:
        """Everything kept about a number, JSON-able; times in Hanoi.

        Raises: BadInput(PHONE_MALFORMED), Unavailable(DATABASE_DOWN).
        """
        number = normalise_phone(phone)

        def work(session: Session) -> dict[str, Any]:
            found = self._find(session, number)
            return {
                "phone": number,
                "as_of": self._now(),
                "appointments": [self._appointment(session, row) for row in found.appointments],
                "notice_consents": [self._consent(row) for row in session.scalars(self._consents(found))],
                "notices": [self._notice(row) for row in session.scalars(self._notices(found))],
                "watched_dossiers": [self._watch(row) for row in session.scalars(self._watches(found.own))],
                "transcripts": [self._line(row) for row in session.scalars(self._transcripts(found.own))],
                "channels": [self._contact(row) for row in session.scalars(self._contacts(found.own))],
                "dialogue_events": count_tracker_events(self._tracker, found.own),
                "not_told": self._not_told(found),
            }

        return self._transactions.run(work)

    def delete(self, phone: str) -> dict[str, Any]:
        """Deletes it; the report: `deleted` (rows), `after` (rows found by a second search), `left` (what, why, how
        long).  Raises: as `export`.
        """
        number = normalise_phone(phone)
        found, deleted = self._transactions.run(lambda session: self._delete(session, number))
        deleted["dialogue_events"] = forget_tracker_of(self._tracker, found.own)
        after = self._transactions.run(lambda session: self._counts(session, number, found))
        return {"phone": number, "as_of": self._now(), "deleted": deleted, "after": after, "left": self._left(found)}

    # finding

    def _find(self, session: Session, number: str) -> Found:
        phone = self._keys.hash("phone", number)
        mine = select(AppointmentRow).where(AppointmentRow.phone_hash == phone).order_by(AppointmentRow.starts_at)
        found = Found(list(session.scalars(mine)))
        conversations = {row.conversation for row in found.appointments} - {ERASED}
        others = select(AppointmentRow.conversation).where(
            AppointmentRow.conversation.in_(conversations), AppointmentRow.phone_hash != phone
        )
        found.shared = set(session.scalars(others))
        found.own = conversations - found.shared
        return found

    def _subjects(self, found: Found) -> list[str]:
        return [row.id for row in found.appointments]

    def _hashes(self, conversations: Iterable[str]) -> list[str]:
        return [self._keys.hash("conversation", one) for one in conversations]

    def _consents(self, found: Found) -> Any:
        mine = or_(
            ConsentRow.conversation_hash.in_(self._hashes(found.own)), ConsentRow.subject.in_(self._subjects(found))
        )
        return select(ConsentRow).where(mine).order_by(ConsentRow.id)

    def _notices(self, found: Found) -> Any:
        mine = or_(
            NoticeRow.conversation_hash.in_(self._hashes(found.own)), NoticeRow.subject.in_(self._subjects(found))
        )
        return select(NoticeRow).where(mine).order_by(NoticeRow.due_at)

    def _watches(self, conversations: Iterable[str]) -> Any:
        return select(WatchRow).where(WatchRow.conversation_hash.in_(self._hashes(conversations)))

    def _transcripts(self, conversations: Iterable[str]) -> Any:
        mine = TranscriptRow.conversation.in_(list(conversations))
        return select(TranscriptRow).where(mine).order_by(TranscriptRow.id)

    def _contacts(self, conversations: Iterable[str]) -> Any:
        return select(ContactRow).where(ContactRow.conversation.in_(list(conversations)))

    # telling

    def _contact(self, row: ContactRow) -> dict[str, Any]:
        return {
            "conversation": row.conversation,
            "last_act_at": _local(row.last_act_at),
            "messages_since": row.sent_since,
            "left_at": _local(row.gone_at),
        }

    def _appointment(self, session: Session, row: AppointmentRow) -> dict[str, Any]:
        consents = session.scalars(select(BookingConsentRow).where(BookingConsentRow.appointment_id == row.id))
        return {
            "id": row.id,
            "branch": row.branch_id,
            "starts_at": _local(row.starts_at),
            "ends_at": _local(row.ends_at),
            "state": row.state,
            "number": row.number,
            "procedure_code": row.procedure_code,
            "field": row.field,
            "phone": self._read(row.phone),
            "name": self._read(row.name),
            "conversation": row.conversation,
            "made_at": _local(row.created_at),
            "consents": [
                {"given_at": _local(one.given_at), "wording": one.text_version, "channel": one.channel}
                for one in consents
            ],
        }

    def _consent(self, row: ConsentRow) -> dict[str, Any]:
        return {
            "for": row.purpose,
            "given_at": _local(row.given_at),
            "withdrawn_at": _local(row.withdrawn_at),
            "wording": row.text_version,
            "channel": row.channel,
        }

    def _notice(self, row: NoticeRow) -> dict[str, Any]:
        return {
            "reason": row.reason,
            "kind": row.kind,
            "channel": row.channel,
            "conversation": self._read(row.conversation),
            "due_at": _local(row.due_at),
            "state": row.state,
            "content": self._read(row.body),
        }

    def _watch(self, row: WatchRow) -> dict[str, Any]:
        return {
            "code": self._read(row.code),
            "conversation": self._read(row.conversation),
            "since": _local(row.created_at),
            "state": row.state,
        }

    def _line(self, row: TranscriptRow) -> dict[str, Any]:
        line: dict[str, Any] = {"conversation": row.conversation, "at": _local(row.at)}
        body = self._read(row.body)
        if body is None:
            return line
        entry = HistoryEntry.model_validate_json(body)
        said = [entry.text] if entry.text else []
        return line | {"who": entry.who, "text": "\n".join([*said, *(message.text for message in entry.messages)])}

    def _read(self, token: str | None) -> str | None:
        """None also for what no key can read any more."""
        try:
            return self._keys.decrypt(token) if token else None
        except TthcError:
            return None

    def _not_told(self, found: Found) -> list[dict[str, Any]]:
        if not found.shared:
            return []
        why = "conversations that booked for other numbers too: they are not this person's alone"
        return [{"what": "transcripts, notices, watched dossiers", "conversations": len(found.shared), "why": why}]

    # deleting

    def _delete(self, session: Session, number: str) -> tuple[Found, dict[str, int]]:
        found = self._find(session, number)
        session.expunge_all()  # read as they were; what follows goes past the session
        now, today = self._clock.now(), self._clock.now().astimezone(HANOI).date()
        ids = self._subjects(found)
        over = [row.id for row in found.appointments if row.day < today or row.state not in ("held", "confirmed")]
        deleted = {
            "notices": changed(session, delete(NoticeRow).where(NoticeRow.id.in_(_ids(session, self._notices(found))))),
            "watched_dossiers": changed(
                session, delete(WatchRow).where(WatchRow.conversation_hash.in_(self._hashes(found.own)))
            ),
            "transcript_entries": changed(
                session, delete(TranscriptRow).where(TranscriptRow.conversation.in_(list(found.own)))
            ),
            "channel_records": erase_people(session, found.own),
        }
        consents = _ids(session, self._consents(found))
        ended = update(ConsentRow).where(ConsentRow.id.in_(consents))
        changed(session, ended.where(ConsentRow.withdrawn_at.is_(None)).values(withdrawn_at=now))
        deleted["persons_in_notice_consents"] = changed(session, ended.values(conversation_hash=None))
        blank = {"name": None, "phone": None, "conversation": ERASED}
        mine = update(AppointmentRow).where(AppointmentRow.id.in_(ids))
        deleted["names_phones_conversations_of_appointments"] = changed(session, mine.values(**blank))
        changed(session, delete(QuotaRow).where(QuotaRow.appointment_id.in_(over)))
        past = update(AppointmentRow).where(AppointmentRow.id.in_(over))
        deleted["phone_hashes"] = changed(session, past.values(phone_hash=None))
        return found, deleted

    def _counts(self, session: Session, number: str, before: Found) -> dict[str, int]:
        """What a search with all that was known finds now."""
        phone = self._keys.hash("phone", number)

        def count(chosen: Any) -> int:
            return session.scalar(select(func.count()).select_from(chosen.subquery())) or 0

        mine = select(AppointmentRow).where(AppointmentRow.id.in_(self._subjects(before)))
        readable = or_(AppointmentRow.phone.is_not(None), AppointmentRow.name.is_not(None))
        owners = select(ConsentRow).where(ConsentRow.conversation_hash.in_(self._hashes(before.own)))
        return {
            "names_phones_conversations_of_appointments": count(
                mine.where(or_(readable, AppointmentRow.conversation != ERASED))
            ),
            "phone_hashes": count(select(AppointmentRow).where(AppointmentRow.phone_hash == phone)),
            "notices": count(self._notices(before)),
            "persons_in_notice_consents": count(owners),
            "watched_dossiers": count(self._watches(before.own)),
            "transcript_entries": count(self._transcripts(before.own)),
            "channel_records": count_people(session, before.own),
            "dialogue_events": count_tracker_events(self._tracker, before.own),
        }

    def _left(self, found: Found) -> list[dict[str, Any]]:
        today = self._clock.now().astimezone(HANOI).date()
        coming = [row for row in found.appointments if row.day >= today and row.state in ("held", "confirmed")]
        left: list[dict[str, Any]] = []
        if found.appointments:
            what = "branch, time, state of the appointments; time, wording and channel of the consents"
            why = "counting, and proof of consent; they name nobody"
            left.append({"what": what, "rows": len(found.appointments), "why": why, "until": "kept"})
        if coming:
            why = "the daily limit of coming appointments; a keyed hash that cannot be read back"
            until = f"{opening().rules.personal_data_days} days after the appointment"
            left.append({"what": "hash of the phone number", "rows": len(coming), "why": why, "until": until})
        if found.shared:
            why = "conversations that booked for other numbers too: they are not this person's alone"
            until = f"transcripts {self._transcript_days} days; watched dossiers until they end or are stopped there"
            what = "transcripts, notices, watched dossiers of shared conversations"
            left.append({"what": what, "rows": len(found.shared), "why": why, "until": until})
        if found.own and self._redis:
            why = "Rasa's state in Redis cannot be searched by person"
            left.append({"what": "dialogue state", "rows": len(found.own), "why": why, "until": f"{TRACKER_DAYS} days"})
        if found.own:
            what = "short-lived memory: buttons, a proof just given, which ticket this conversation may change"
            why = "the running platform needs it for the conversation; it ends by itself"
            until = "minutes to 7 days; the ticket until a day after the appointment"
            left.append({"what": what, "rows": len(found.own), "why": why, "until": until})
        return left

    def _now(self) -> str:
        return self._clock.now().astimezone(HANOI).isoformat(timespec="seconds")


def _ids(session: Session, chosen: Any) -> list[Any]:
    return [row.id for row in session.scalars(chosen)]


def _local(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(HANOI).isoformat(timespec="seconds") if moment else None
