"""Tables of officers and their sessions.  Passwords are kept as scrypt hashes, session tokens as SHA-256 hashes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime

ID_LENGTH = 16


class OfficerRow(Base):
    __tablename__ = "officers"
    __table_args__ = (CheckConstraint("role IN ('officer', 'supervisor')", name="ck_officers_role"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))
    password: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class OfficerBranchRow(Base):
    __tablename__ = "officer_branches"

    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True)
    branch_id: Mapped[str] = mapped_column(String(16), primary_key=True)


class OfficerSessionRow(Base):
    __tablename__ = "officer_sessions"
    __table_args__ = (Index("ix_officer_sessions_officer", "officer_id"), Index("ix_officer_sessions_ends", "ends_at"))

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
