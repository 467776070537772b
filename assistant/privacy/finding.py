"""Which rows lead to a person, found from a phone number.

A number is known as a keyed hash only, in messages for officers as a token that must be opened.  From both lead
conversations, and from these the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from actions.appointments.counter_models import VisitRow
from actions.appointments.counter_walk_in import CONVERSATION as WALK_IN
from actions.appointments.models import AppointmentRow
from actions.appointments.retention import ERASED
from actions.cases.lists import CaseListRow
from actions.channels.models import ContactRow, DeliveryRow, InboxRow
from actions.dossiers.watch_models import WatchRow
from actions.intake.models import RequestRow
from actions.notices.models import ConsentRow, NoticeRow, PairingRow, RouteRow
from actions.personal import PersonalKeys
from assistant.api.appointments import API_CONVERSATION
from assistant.pipeline.transcript import TranscriptRow
from knowledge_base.errors import TthcError

NOBODYS = {ERASED, WALK_IN, API_CONVERSATION}  # stand where a conversation would; nothing was said in them
CHANNEL_TABLES = (ContactRow, InboxRow, DeliveryRow)


@dataclass
class Found:
    """Rows that lead to a person.  `own`: conversations of this number alone; `shared`: of others as well;
    `requests`: ids of messages for officers that name the number."""

    appointments: list[AppointmentRow]
    requests: list[str]
    own: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    @property
    def subjects(self) -> list[str]:
        return [row.id for row in self.appointments]


class Finder:
    def __init__(self, keys: PersonalKeys) -> None:
        self._keys = keys

    def find(self, session: Session, number: str) -> Found:
        phone = self._keys.hash("phone", number)
        mine = select(AppointmentRow).where(AppointmentRow.phone_hash == phone).order_by(AppointmentRow.starts_at)
        left = list(session.execute(select(RequestRow.id, RequestRow.conversation, RequestRow.phone)))
        phones = {row.id: self.read(row.phone) for row in left if row.phone}
        named = [row for row in left if phones.get(row.id) == number]
        found = Found(list(session.scalars(mine)), [row.id for row in named])
        conversations = {row.conversation for row in found.appointments} | {row.conversation for row in named}
        conversations -= NOBODYS
        others = select(AppointmentRow.conversation).where(
            AppointmentRow.conversation.in_(conversations), AppointmentRow.phone_hash != phone
        )
        found.shared = set(session.scalars(others))
        found.shared |= {
            row.conversation
            for row in left
            if row.conversation in conversations and phones.get(row.id, number) != number
        }
        found.own = conversations - found.shared
        return found

    def hashes(self, conversations: Iterable[str]) -> list[str]:
        return [self._keys.hash("conversation", one) for one in conversations]

    def consents(self, found: Found) -> Any:
        mine = or_(ConsentRow.conversation_hash.in_(self.hashes(found.own)), ConsentRow.subject.in_(found.subjects))
        return select(ConsentRow).where(mine).order_by(ConsentRow.id)

    def notices(self, found: Found) -> Any:
        agreed = select(ConsentRow.id).where(ConsentRow.conversation_hash.in_(self.hashes(found.own)))
        mine = or_(
            NoticeRow.conversation_hash.in_(self.hashes(found.own)),
            NoticeRow.subject.in_(found.subjects),
            NoticeRow.consent_id.in_(agreed),  # those that go to another channel
        )
        return select(NoticeRow).where(mine).order_by(NoticeRow.due_at)

    def routes(self, found: Found) -> Any:
        """To and from this person's conversations."""
        own = self.hashes(found.own)
        return select(RouteRow).where(or_(RouteRow.source_hash.in_(own), RouteRow.conversation_hash.in_(own)))

    def codes(self, found: Found) -> Any:
        return select(PairingRow).where(PairingRow.source_hash.in_(self.hashes(found.own)))

    def watches(self, found: Found) -> Any:
        return select(WatchRow).where(WatchRow.conversation_hash.in_(self.hashes(found.own)))

    def transcripts(self, found: Found) -> Any:
        return select(TranscriptRow).where(TranscriptRow.conversation.in_(found.own)).order_by(TranscriptRow.id)

    def requests(self, found: Found) -> Any:
        mine = or_(RequestRow.id.in_(found.requests), RequestRow.conversation.in_(found.own))
        return select(RequestRow).where(mine).order_by(RequestRow.created_at)

    def checklists(self, found: Found) -> Any:
        return select(CaseListRow).where(CaseListRow.appointment_id.in_(found.subjects))

    def visits(self, found: Found) -> Any:
        return select(VisitRow).where(VisitRow.appointment_id.in_(found.subjects)).order_by(VisitRow.day)

    def of_channel(self, table: type[ContactRow | InboxRow | DeliveryRow], found: Found) -> Any:
        return select(table).where(table.conversation.in_(found.own))

    def read(self, token: str | None) -> str | None:
        """None also for what no key can read any more."""
        try:
            return self._keys.decrypt(token) if token else None
        except TthcError:
            return None
