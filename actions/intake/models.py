"""Tables of the intake.  Times UTC; what a person wrote and their phone only encrypted; ratings name nobody."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime


class RequestRow(Base):
    """Someone asked for a person (`asked`), or left a message (`waiting` and on, with a receipt)."""

    __tablename__ = "intake_requests"
    __table_args__ = (
        CheckConstraint("kind IN ('handover', 'feedback', 'complaint')", name="ck_intake_requests_kind"),
        CheckConstraint("state IN ('asked', 'waiting', 'working', 'done')", name="ck_intake_requests_state"),
        Index("ix_intake_requests_conversation", "conversation"),
        Index("ix_intake_requests_state", "state", "created_at"),
        Index("uq_intake_requests_receipt", "receipt", unique=True),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    receipt: Mapped[str | None] = mapped_column(String(20))
    conversation: Mapped[str] = mapped_column(String(128))
    channel: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(32))
    summary: Mapped[str] = mapped_column(String(400))
    message: Mapped[str | None] = mapped_column(Text)  # Fernet token
    phone: Mapped[str | None] = mapped_column(Text)  # Fernet token
    consent_version: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ReceiptCounterRow(Base):
    """The last receipt number given under a prefix on a day in Hanoi."""

    __tablename__ = "intake_counters"

    prefix: Mapped[str] = mapped_column(String(4), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class RatingRow(Base):
    """How a resolved matter was found.  No conversation, no person."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 3", name="ck_ratings_score"),
        Index("ix_ratings_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    matter: Mapped[str] = mapped_column(String(12))
    procedure_code: Mapped[str] = mapped_column(String(32))
    score: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(32))
    comment: Mapped[str | None] = mapped_column(Text)  # Fernet token; people write what they like
    channel: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
