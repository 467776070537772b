"""Tables of watched dossiers.  Code and conversation stand in keyed hashes and encrypted; the proof nowhere."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime


class WatchRow(Base):
    """A dossier that a conversation watches.  `seen` is a keyed hash of what was told of it last; `changes` counts
    since; `misses` how often running the system did not know it.  `next_at`: when to look again.
    """

    __tablename__ = "dossier_watches"
    __table_args__ = (
        CheckConstraint("state IN ('watching', 'over')", name="ck_dossier_watches_state"),
        UniqueConstraint("conversation_hash", "code_hash", name="uq_dossier_watches_code"),
        Index("ix_dossier_watches_due", "state", "next_at"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    conversation_hash: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(Text)  # Fernet token
    code_hash: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(Text)  # Fernet token
    consent_id: Mapped[int] = mapped_column(ForeignKey("notice_consents.id"))
    state: Mapped[str] = mapped_column(String(8))
    seen: Mapped[str] = mapped_column(String(64))
    changes: Mapped[int] = mapped_column(Integer, default=0)
    misses: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class PollRow(Base):
    """How many look-ups of a minute are used, over all processes."""

    __tablename__ = "dossier_polls"

    minute: Mapped[dt.datetime] = mapped_column(UtcDateTime, primary_key=True)
    used: Mapped[int] = mapped_column(Integer)
