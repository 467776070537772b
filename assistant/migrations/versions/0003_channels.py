"""Messaging channels: people, events taken, messages to send, rotating keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_contacts",
        sa.Column("conversation", sa.String(128), primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("last_act_at", MOMENT),
        sa.Column("sent_since", sa.Integer, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.Column("offered", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", MOMENT),
    )
    op.create_index("ix_channel_contacts_act", "channel_contacts", ["last_act_at"])
    op.create_table(
        "channel_inbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("conversation", sa.String(128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("channel", "event_id", name="uq_channel_inbox_event"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dropped', 'failed')", name="ck_channel_inbox_state"),
    )
    op.create_index("ix_channel_inbox_waiting", "channel_inbox", ["state", "channel", "conversation"])
    op.create_index("ix_channel_inbox_received", "channel_inbox", ["received_at"])
    op.create_table(
        "channel_deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(128), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'dead')", name="ck_channel_deliveries_state"),
    )
    op.create_index("ix_channel_deliveries_waiting", "channel_deliveries", ["state", "channel", "conversation"])
    op.create_table(
        "channel_credentials",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seed_hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", MOMENT),
    )


def downgrade() -> None:
    for table in ("credentials", "deliveries", "inbox", "contacts"):
        op.drop_table(f"channel_{table}")
