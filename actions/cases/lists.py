"""Checklists kept for a page to print and for a ticket: which procedure, which answers, until when.

The answers tell of a family, so they are encrypted, and the address holds an opaque id only.  Facts are not kept: a
list is made anew of the record each time it is shown.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import String, Text, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from actions.clock import Clock
from actions.database import Base, Database, UtcDateTime
from actions.personal import PersonalKeys
from knowledge_base.errors import ErrorCode, NotFound, Unavailable

KEPT = dt.timedelta(days=30)
AFTER_APPOINTMENT = dt.timedelta(days=1)
ID_LENGTH = 26


@dataclass(frozen=True, slots=True)
class KeptList:
    id: str
    code: str
    answers: dict[str, str]
    expires_at: dt.datetime


class Lists(Protocol):
    """Where lists are kept.  Each method may raise Unavailable(DATABASE_DOWN)."""

    def keep(self, code: str, answers: dict[str, str]) -> KeptList: ...

    def get(self, list_id: str) -> KeptList:
        """Raises: NotFound(CHECKLIST_UNKNOWN), also for one that has expired."""
        ...

    def attach(self, list_id: str, appointment_id: str, starts_at: dt.datetime) -> None:
        """The list goes with the appointment, and stays at least until a day after it.  Raises: NotFound."""
        ...

    def of_appointment(self, appointment_id: str) -> KeptList | None: ...

    def forget_expired(self) -> int: ...


def new_list_id() -> str:
    """128 random bits: the address is all that is needed to read the list."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class CaseListRow(Base):
    __tablename__ = "case_lists"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(32))
    answers: Mapped[str] = mapped_column(Text)  # Fernet token of JSON
    appointment_id: Mapped[str | None] = mapped_column(String(16), index=True)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class StoredLists:
    """`Lists` in the database."""

    def __init__(self, database: Database, keys: PersonalKeys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    def keep(self, code: str, answers: dict[str, str]) -> KeptList:
        kept = KeptList(new_list_id(), code, dict(answers), self._clock.now() + KEPT)
        body = self._keys.encrypt(json.dumps(kept.answers))
        row = CaseListRow(id=kept.id, procedure_code=code, answers=body, expires_at=kept.expires_at)
        try:
            with self._database.begin() as session:
                session.add(row)
        except SQLAlchemyError as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, type(error).__name__) from error
        return kept

    def get(self, list_id: str) -> KeptList:
        found = self._one(CaseListRow.id == list_id)
        if found is None:
            raise NotFound(ErrorCode.CHECKLIST_UNKNOWN)
        return found

    def attach(self, list_id: str, appointment_id: str, starts_at: dt.datetime) -> None:
        kept = self.get(list_id)
        until = max(kept.expires_at, starts_at + AFTER_APPOINTMENT)
        change = update(CaseListRow).where(CaseListRow.id == list_id)
        try:
            with self._database.begin() as session:
                session.execute(change.values(appointment_id=appointment_id, expires_at=until))
        except SQLAlchemyError as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, type(error).__name__) from error

    def of_appointment(self, appointment_id: str) -> KeptList | None:
        return self._one(CaseListRow.appointment_id == appointment_id)

    def forget_expired(self) -> int:
        try:
            with self._database.begin() as session:
                gone = session.execute(
                    delete(CaseListRow).where(CaseListRow.expires_at <= self._clock.now()).returning(CaseListRow.id)
                )
                return len(gone.all())
        except SQLAlchemyError as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, type(error).__name__) from error

    def _one(self, which: object) -> KeptList | None:
        wanted = select(CaseListRow).where(which, CaseListRow.expires_at > self._clock.now())  # type: ignore[arg-type]
        try:
            with self._database.begin() as session:
                row = session.scalars(wanted.order_by(CaseListRow.expires_at.desc()).limit(1)).first()
        except SQLAlchemyError as error:
            raise Unavailable(ErrorCode.DATABASE_DOWN, type(error).__name__) from error
        if row is None:
            return None
        return KeptList(row.id, row.procedure_code, json.loads(self._keys.decrypt(row.answers)), row.expires_at)
