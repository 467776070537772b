"""Tables of the notices.  Times UTC.  A recipient is known by a keyed hash; conversation and text only encrypted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime


class ConsentRow(Base):
    """Proof of a consent to notices (Luật 91/2025/QH15): for what, to which text, when given and when withdrawn.

    `purpose` is a `Reason`; `subject` the appointment or watch it covers.
    """

    __tablename__ = "notice_consents"
    __table_args__ = (
        Index("ix_notice_consents_conversation", "conversation_hash"),
        Index("ix_notice_consents_subject", "purpose", "subject"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    purpose: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    conversation_hash: Mapped[str | None] = mapped_column(String(64))
    text_version: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class NoticeRow(Base):
    """One notice.  `key` names it once and for all: written twice it is there once, and channels may know repeats by
    it.  `kind` and `subject` say what about: of a reminder `day` and the appointment, of a dossier `changed` and the
    watch.

    `due_at` is when it ought to go out, `next_at` when it is tried (again).  `claim` and `lease_until` are set while a
    worker has it; `cost` is the window it was sent in; `outcome` says why it was dropped or what failed last (a code,
    never a text).
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'kept', 'sent', 'dropped', 'dead')", name="ck_notices_state"),
        Index("ix_notices_next", "state", "next_at"),
        Index("ix_notices_subject", "reason", "subject"),
        Index("ix_notices_conversation", "conversation_hash", "state"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    reason: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    conversation_hash: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(Text)  # Fernet token
    consent_id: Mapped[int] = mapped_column(ForeignKey("notice_consents.id"))
    body: Mapped[str | None] = mapped_column(Text)  # Fernet token
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claim: Mapped[str | None] = mapped_column(String(16))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cost: Mapped[str | None] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RouteRow(Base):
    """The citizen's choice: what `source` agreed to hear is told to `conversation`, of another channel."""

    __tablename__ = "notice_routes"
    __table_args__ = (Index("ix_notice_routes_conversation", "conversation_hash"),)

    source_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    source: Mapped[str] = mapped_column(Text)  # Fernet token
    channel: Mapped[str] = mapped_column(String(16))
    conversation_hash: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(Text)  # Fernet token
    paired_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class PairingRow(Base):
    """A code that has been asked for and not yet been sent to us; deleted when it is."""

    __tablename__ = "notice_pairings"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    source_hash: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(Text)  # Fernet token
    channel: Mapped[str] = mapped_column(String(16))  # from which it counts
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
