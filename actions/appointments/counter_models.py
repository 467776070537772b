"""Tables of the counter (quầy): what happened to an appointment on its day, and who did it.

Neither holds personal data.  A visit appears when the person does; an appointment without one is still expected.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actions.appointments.models import ID_LENGTH
from actions.database import Base, UtcDateTime


class VisitRow(Base):
    """One appointment at the counter.  `day` is part of the key: an appointment moved to another day begins anew."""

    __tablename__ = "counter_visits"
    __table_args__ = (
        CheckConstraint(
            "state IN ('expected', 'waiting', 'called', 'served', 'missed')", name="ck_counter_visits_state"
        ),
        CheckConstraint("lane IN ('ordinary', 'priority')", name="ck_counter_visits_lane"),
        Index("ix_counter_visits_queue", "branch_id", "day", "state", "queued_at"),
    )

    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    branch_id: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    lane: Mapped[str] = mapped_column(String(12))
    calls: Mapped[int] = mapped_column(Integer, default=0)
    desk: Mapped[str] = mapped_column(String(4), default="")
    walk_in: Mapped[bool] = mapped_column(Boolean, default=False)
    arrived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    queued_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # the later of slot and arrival: the order
    called_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)


class ActRow(Base):
    """One act of an officer; rows are added and never changed.  `before` and `after` are JSON of a visit's fields.

    `undoes` names the act that this one took back: once each.  No foreign keys: the trail outlives what it tells of.
    """

    __tablename__ = "counter_acts"
    __table_args__ = (
        Index("ix_counter_acts_day", "branch_id", "day", "id"),
        Index("ix_counter_acts_officer", "officer_id", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    day: Mapped[dt.date] = mapped_column(Date)
    officer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    branch_id: Mapped[str] = mapped_column(String(16))
    act: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[str] = mapped_column(String(12))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    undoes: Mapped[int | None] = mapped_column(Integer, unique=True)
