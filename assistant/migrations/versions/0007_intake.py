"""Intake: requests for a person, feedback and complaints with receipt numbers; ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "intake_requests",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("receipt", sa.String(20)),
        sa.Column("conversation", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("summary", sa.String(400), nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("consent_version", sa.String(40)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('handover', 'feedback', 'complaint')", name="ck_intake_requests_kind"),
        sa.CheckConstraint("state IN ('asked', 'waiting', 'working', 'done')", name="ck_intake_requests_state"),
    )
    op.create_index("ix_intake_requests_conversation", "intake_requests", ["conversation"])
    op.create_index("ix_intake_requests_state", "intake_requests", ["state", "created_at"])
    op.create_index("uq_intake_requests_receipt", "intake_requests", ["receipt"], unique=True)
    op.create_table(
        "intake_counters",
        sa.Column("prefix", sa.String(4), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "ratings",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("matter", sa.String(12), nullable=False),
        sa.Column("procedure_code", sa.String(32), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 3", name="ck_ratings_score"),
    )
    op.create_index("ix_ratings_created", "ratings", ["created_at"])


def downgrade() -> None:
    op.drop_table("ratings")
    op.drop_table("intake_counters")
    op.drop_table("intake_requests")
