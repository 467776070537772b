"""What was said, so that a page that reloads shows it again.  Encrypted at rest; deleted after some days."""

from __future__ import annotations

import asyncio
import datetime as dt

from pydantic import ValidationError
from sqlalchemy import Integer, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, Database, UtcDateTime
from actions.personal import PersonalKeys
from actions.transactions import insert
from assistant.turn import CONVERSATION_LIMIT, HistoryEntry
from knowledge_base.errors import TthcError


class TranscriptRow(Base):
    __tablename__ = "transcript_entries"
    __table_args__ = (UniqueConstraint("notice", name="uq_transcript_entries_notice"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation: Mapped[str] = mapped_column(String(CONVERSATION_LIMIT), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    body: Mapped[str] = mapped_column(Text)
    notice: Mapped[str | None] = mapped_column(String(100))


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
        return [entry for row in reversed(rows) if (entry := self._entry(row)) is not None]

    def _entry(self, row: TranscriptRow) -> HistoryEntry | None:
        try:
            return HistoryEntry.model_validate_json(self._keys.decrypt(row.body))
        except (TthcError, ValidationError):
            return None  # of an old key or an old model: not shown, deleted in time

    async def keep_notice(self, conversation: str, entry: HistoryEntry) -> bool:
        return await asyncio.to_thread(self._keep_notice, conversation, entry)

    def _keep_notice(self, conversation: str, entry: HistoryEntry) -> bool:
        body = self._keys.encrypt(entry.model_dump_json(exclude_none=True))
        values = {"conversation": conversation, "at": entry.at, "body": body, "notice": entry.notice}
        with self._database.begin() as session:
            statement = insert(session, TranscriptRow).values(**values).on_conflict_do_nothing()
            return session.scalar(statement.returning(TranscriptRow.id)) is not None

    async def notices_since(self, conversations: list[str], moment: dt.datetime) -> list[tuple[str, HistoryEntry]]:
        return await asyncio.to_thread(self._notices_since, conversations, moment)

    def _notices_since(self, conversations: list[str], moment: dt.datetime) -> list[tuple[str, HistoryEntry]]:
        recent = select(TranscriptRow).where(TranscriptRow.at > moment, TranscriptRow.notice.is_not(None))
        wanted = set(conversations)  # compared here: thousands of open pages would be too many for one statement
        if len(wanted) == 1:
            recent = recent.where(TranscriptRow.conversation.in_(wanted))
        with self._database.begin() as session:
            rows = [row for row in session.scalars(recent.order_by(TranscriptRow.id)) if row.conversation in wanted]
        return [(row.conversation, entry) for row in rows if (entry := self._entry(row)) is not None]

    async def forget_before(self, moment: dt.datetime) -> None:
        await asyncio.to_thread(self._forget_before, moment)

    def _forget_before(self, moment: dt.datetime) -> None:
        with self._database.begin() as session:
            session.execute(delete(TranscriptRow).where(TranscriptRow.at < moment))
