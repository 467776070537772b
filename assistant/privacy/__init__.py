"""What is kept about a person, and its deletion, found from a phone number (`finding.py`).

A conversation that booked or left messages for several numbers (a family's phone, an office) is not this person's
alone: what was said in it is neither told nor deleted here, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from actions.appointments.models import AppointmentRow, QuotaRow
from actions.appointments.opening import opening
from actions.appointments.retention import ERASED
from actions.cases.lists import CaseListRow
from actions.channels.models import ContactRow, DeliveryRow, InboxRow
from actions.clock import HANOI, Clock, SystemClock
from actions.database import Database
from actions.dossiers.watch_models import WatchRow
from actions.intake.models import RequestRow
from actions.notices.models import ConsentRow, NoticeRow, PairingRow, RouteRow
from actions.personal import PersonalKeys, normalise_phone
from actions.transactions import Transactions, changed
from assistant.pipeline.transcript import TranscriptRow
from assistant.privacy import telling
from assistant.privacy.finding import CHANNEL_TABLES, Finder, Found
from assistant.retention import count_tracker_events, forget_tracker_of
from assistant.settings import Settings
from assistant.setup.dialogue import TRACKER_DAYS, room


class Privacy:
    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock, settings: Settings) -> None:
        self._transactions = Transactions(database)
        self._keys = keys
        self._finder = Finder(keys)
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
            found = self._finder.find(session, number)
            return {"phone": number, "as_of": self._now(), **self._told(session, found)}

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

    # telling

    def _told(self, session: Session, found: Found) -> dict[str, Any]:
        finder, read = self._finder, self._finder.read
        under_way = [*session.scalars(finder.of_channel(InboxRow, found))]
        owed = [*session.scalars(finder.of_channel(DeliveryRow, found))]
        return {
            "appointments": [telling.appointment(session, row, read) for row in found.appointments],
            "counter_visits": [telling.visit(row) for row in session.scalars(finder.visits(found))],
            "checklists": [telling.checklist(row, read) for row in session.scalars(finder.checklists(found))],
            "messages_for_officers": [telling.request(row, read) for row in session.scalars(finder.requests(found))],
            "notice_consents": [telling.consent(row) for row in session.scalars(finder.consents(found))],
            "notices": [telling.notice(row, read) for row in session.scalars(finder.notices(found))],
            "channels_chosen_for_notices": [telling.route(row, read) for row in session.scalars(finder.routes(found))],
            "watched_dossiers": [telling.watch(row, read) for row in session.scalars(finder.watches(found))],
            "transcripts": [telling.line(row, read) for row in session.scalars(finder.transcripts(found))],
            "channel_contacts": [
                telling.contact(row) for row in session.scalars(finder.of_channel(ContactRow, found))
            ],
            "channel_messages": [telling.under_way(row, read) for row in [*under_way, *owed]],
            "dialogue_events": count_tracker_events(self._tracker, found.own),
            "not_told": self._not_told(found),
        }

    def _not_told(self, found: Found) -> list[dict[str, Any]]:
        if not found.shared:
            return []
        why = "conversations that booked for other numbers too: they are not this person's alone"
        return [{"what": "transcripts, notices, watched dossiers", "conversations": len(found.shared), "why": why}]

    # deleting

    def _delete(self, session: Session, number: str) -> tuple[Found, dict[str, int]]:
        finder = self._finder
        found = finder.find(session, number)
        session.expunge_all()  # read as they were; what follows goes past the session
        now, today = self._clock.now(), self._clock.now().astimezone(HANOI).date()
        over = [row.id for row in found.appointments if row.day < today or row.state not in ("held", "confirmed")]
        deleted = {
            "notices": changed(
                session, delete(NoticeRow).where(NoticeRow.id.in_(_ids(session, finder.notices(found))))
            ),
            "watched_dossiers": changed(
                session, delete(WatchRow).where(WatchRow.id.in_(_ids(session, finder.watches(found))))
            ),
            "transcript_entries": changed(
                session, delete(TranscriptRow).where(TranscriptRow.conversation.in_(found.own))
            ),
            "checklists": changed(
                session, delete(CaseListRow).where(CaseListRow.appointment_id.in_(found.subjects))
            ),
            "channel_rows": sum(
                changed(session, delete(table).where(table.conversation.in_(found.own))) for table in CHANNEL_TABLES
            ),
        }
        own, codes = finder.hashes(found.own), delete(PairingRow)
        routes = delete(RouteRow).where(or_(RouteRow.source_hash.in_(own), RouteRow.conversation_hash.in_(own)))
        deleted["channels_chosen_for_notices"] = changed(session, routes)
        deleted["pairing_codes"] = changed(session, codes.where(PairingRow.source_hash.in_(own)))
        requests = update(RequestRow).where(RequestRow.id.in_(_ids(session, finder.requests(found))))
        erased = {"message": None, "phone": None, "conversation": ERASED}
        deleted["words_and_phones_of_messages_for_officers"] = changed(session, requests.values(**erased))
        consents = _ids(session, finder.consents(found))
        ended = update(ConsentRow).where(ConsentRow.id.in_(consents))
        changed(session, ended.where(ConsentRow.withdrawn_at.is_(None)).values(withdrawn_at=now))
        deleted["persons_in_notice_consents"] = changed(session, ended.values(conversation_hash=None))
        blank = {"name": None, "phone": None, "conversation": ERASED}
        mine = update(AppointmentRow).where(AppointmentRow.id.in_(found.subjects))
        deleted["names_phones_conversations_of_appointments"] = changed(session, mine.values(**blank))
        changed(session, delete(QuotaRow).where(QuotaRow.appointment_id.in_(over)))
        past = update(AppointmentRow).where(AppointmentRow.id.in_(over))
        deleted["phone_hashes"] = changed(session, past.values(phone_hash=None))
        return found, deleted

    def _counts(self, session: Session, number: str, before: Found) -> dict[str, int]:
        """What a search with all that was known finds now."""
        finder, phone = self._finder, self._keys.hash("phone", number)

        def count(chosen: Any) -> int:
            return session.scalar(select(func.count()).select_from(chosen.subquery())) or 0

        mine = select(AppointmentRow).where(AppointmentRow.id.in_(before.subjects))
        readable = or_(AppointmentRow.phone.is_not(None), AppointmentRow.name.is_not(None))
        owners = select(ConsentRow).where(ConsentRow.conversation_hash.in_(finder.hashes(before.own)))
        words = or_(RequestRow.message.is_not(None), RequestRow.phone.is_not(None), RequestRow.conversation != ERASED)
        return {
            "names_phones_conversations_of_appointments": count(
                mine.where(or_(readable, AppointmentRow.conversation != ERASED))
            ),
            "phone_hashes": count(select(AppointmentRow).where(AppointmentRow.phone_hash == phone)),
            "notices": count(finder.notices(before)),
            "persons_in_notice_consents": count(owners),
            "channels_chosen_for_notices": count(finder.routes(before)),
            "pairing_codes": count(finder.codes(before)),
            "watched_dossiers": count(finder.watches(before)),
            "transcript_entries": count(finder.transcripts(before)),
            "checklists": count(finder.checklists(before)),
            "channel_rows": sum(count(finder.of_channel(table, before)) for table in CHANNEL_TABLES),
            "words_and_phones_of_messages_for_officers": count(finder.requests(before).where(words)),
            "dialogue_events": count_tracker_events(self._tracker, before.own),
        }

    def _left(self, found: Found) -> list[dict[str, Any]]:
        today = self._clock.now().astimezone(HANOI).date()
        coming = [row for row in found.appointments if row.day >= today and row.state in ("held", "confirmed")]
        left: list[dict[str, Any]] = []
        if found.appointments:
            what = "branch, time, state of appointments and counter visits; time, wording and channel of consents"
            why = "counting, and proof of consent; they name nobody"
            left.append({"what": what, "rows": len(found.appointments), "why": why, "until": "kept"})
        if found.requests:
            what, why = "receipt number, kind, state, subject of messages for officers", "counting; they name nobody"
            left.append({"what": what, "rows": len(found.requests), "why": why, "until": "kept"})
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
