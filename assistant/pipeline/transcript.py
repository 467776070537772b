"""What was said, so that a page that reloads shows it again.  Encrypted at rest; deleted after some days."""

from __future__ import annotations

import asyncio
import datetime as dt

from pydantic import ValidationError
from sqlalchemy import Integer, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from actions.appointments.personal import PersonalKeys
from actions.database import Base, Database, UtcDateTime
from assistant.turn import CONVERSATION_LIMIT, HistoryEntry
from knowledge_base.errors import TthcError


class TranscriptRow(Base):
    __tablename__ = "transcript_entries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation: Mapped[str] = mapped_column(String(CONVERSATION_LIMIT), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    body: Mapped[str] = mapped_column(Text)


class Transcripts:
    """Entries of conversations, oldest first."""

    def __init__(self, database: Database, keys: PersonalKeys) -> None:
        self._database = database
        self._keys = keys

    async def keep(self, conversation: str, entries: list[HistoryEntry]) -> None:
        await asyncio.to_thread(self._keep, conversation, entries)

    def _keep(self, conversation: str, entries: list[HistoryEntry]) -> None:
        with self._database.begin() as session:
            for entry in entries:
                body = self._keys.encrypt(entry.model_dump_json(exclude_none=True))
                session.add(TranscriptRow(conversation=conversation, at=entry.at, body=body))

    async def last(self, conversation: str, limit: int) -> list[HistoryEntry]:
        return await asyncio.to_thread(self._last, conversation, limit)

    def _last(self, conversation: str, limit: int) -> list[HistoryEntry]:
        with self._database.begin() as session:
            rows = session.scalars(
                select(TranscriptRow)
                .where(TranscriptRow.conversation == conversation)
                .order_by(TranscriptRow.id.desc())
                .limit(limit)
            ).all()
        entries = []
        for row in reversed(rows):
            try:
                entries.append(HistoryEntry.model_validate_json(self._keys.decrypt(row.body)))
            except (TthcError, ValidationError):
                continue  # of an old key or an old model: not shown, deleted in time
        return entries

    async def forget_before(self, moment: dt.datetime) -> None:
        await asyncio.to_thread(self._forget_before, moment)

    def _forget_before(self, moment: dt.datetime) -> None:
        with self._database.begin() as session:
            session.execute(delete(TranscriptRow).where(TranscriptRow.at < moment))
