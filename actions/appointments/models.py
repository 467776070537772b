"""Tables of the appointments.  Times UTC; `day` is the calendar day in Hanoi; names and phones only encrypted.

What must never happen twice is a primary key or a unique constraint, not a check in code:
a seat of a slot, a place in a person's daily limit, a ticket number of a branch's day, an idempotency key.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime

ID_LENGTH = 16


class AppointmentRow(Base):
    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'confirmed', 'cancelled', 'expired')", name="ck_appointments_state"),
        UniqueConstraint("branch_id", "day", "number", name="uq_appointments_number"),
        Index("ix_appointments_slot", "branch_id", "starts_at"),
        Index("ix_appointments_held", "state", "expires_at"),
        Index("ix_appointments_conversation", "conversation"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    branch_id: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    day: Mapped[dt.date] = mapped_column(Date)
    seat: Mapped[int] = mapped_column(Integer)
    lane: Mapped[str] = mapped_column(String(12), default="ordinary", server_default="ordinary")
    state: Mapped[str] = mapped_column(String(12))
    number: Mapped[int | None] = mapped_column(Integer)
    procedure_code: Mapped[str] = mapped_column(String(32))
    field: Mapped[str] = mapped_column(String(200))
    conversation: Mapped[str] = mapped_column(String(128))
    secret_hash: Mapped[str] = mapped_column(String(64))
    secret_tries: Mapped[int] = mapped_column(Integer, default=0)
    secret_pause_ends: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(Text)  # Fernet token
    name: Mapped[str | None] = mapped_column(Text)  # Fernet token
    expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)


class SeatRow(Base):
    """A seat of a slot that is not free.  `free_at` None: booked; else held or withheld until then."""

    __tablename__ = "appointment_seats"
    __table_args__ = (Index("ix_appointment_seats_appointment", "appointment_id"),)

    branch_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    starts_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, primary_key=True)
    seat: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    free_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class QuotaRow(Base):
    """One place of a person's daily limit: `token` is `day:<n>` or `field:<hash>:<n>`."""

    __tablename__ = "appointment_quotas"
    __table_args__ = (Index("ix_appointment_quotas_appointment", "appointment_id"),)

    phone_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    token: Mapped[str] = mapped_column(String(80), primary_key=True)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))


class CounterRow(Base):
    """The last ticket number given by a branch for a day."""

    __tablename__ = "appointment_counters"

    branch_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class RequestRow(Base):
    """An idempotency key that was answered, and with which appointment."""

    __tablename__ = "appointment_requests"
    __table_args__ = (Index("ix_appointment_requests_created", "created_at"),)

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    appointment_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConsentRow(Base):
    """Proof of consent (Luật 91/2025/QH15, Nghị định 356/2025/NĐ-CP): when, to which text, over which channel."""

    __tablename__ = "appointment_consents"
    __table_args__ = (Index("ix_appointment_consents_appointment", "appointment_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"))
    given_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    text_version: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(32))
