"""Tables of the messaging channels.  Times UTC; what people wrote or read is encrypted, and goes when dealt with.

What must not happen twice is a unique constraint: an event of a platform is taken once.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.database import Base, UtcDateTime

CONVERSATION = 128
OWNER = 32


class ContactRow(Base):
    """A person on a channel: when they last acted, what we may send them, and which process serves them now."""

    __tablename__ = "channel_contacts"
    __table_args__ = (Index("ix_channel_contacts_act", "last_act_at"),)

    conversation: Mapped[str] = mapped_column(String(CONVERSATION), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    last_act_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    sent_since: Mapped[int] = mapped_column(Integer)  # messages of ours since the last act
    gone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # blocked us, or left
    offered: Mapped[str] = mapped_column(Text)  # encrypted: the numbered choices last sent
    lease_owner: Mapped[str | None] = mapped_column(String(OWNER))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class InboxRow(Base):
    """An event of a platform.  The body goes when the event is done; the row stays, so that a repeat is known."""

    __tablename__ = "channel_inbox"
    __table_args__ = (
        UniqueConstraint("channel", "event_id", name="uq_channel_inbox_event"),
        CheckConstraint("state IN ('waiting', 'done', 'dropped', 'failed')", name="ck_channel_inbox_state"),
        Index("ix_channel_inbox_waiting", "state", "channel", "conversation"),
        Index("ix_channel_inbox_received", "received_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[str] = mapped_column(String(128))
    conversation: Mapped[str] = mapped_column(String(CONVERSATION))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)  # by the platform's clock
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(Integer)
    first: Mapped[bool] = mapped_column(Boolean)  # of this person, at all or for a long time
    body: Mapped[str] = mapped_column(Text)


class DeliveryRow(Base):
    """A message on its way to a person.  Deleted once sent; `dead` ones wait for `tthc channels replay`."""

    __tablename__ = "channel_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'dead')", name="ck_channel_deliveries_state"),
        Index("ix_channel_deliveries_waiting", "state", "channel", "conversation"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    conversation: Mapped[str] = mapped_column(String(CONVERSATION))
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200))  # of the last failure; no words of the person
    body: Mapped[str] = mapped_column(Text)


class CredentialRow(Base):
    """A pair of tokens that rotates.  One process renews it at a time; `version` tells the others that it has."""

    __tablename__ = "channel_credentials"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    seed_hash: Mapped[str] = mapped_column(String(64))  # of the token an operator pasted; another one begins anew
    body: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(OWNER))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
