"""The counter page: officers, their sessions, visits of a day, audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "'expected', 'waiting', 'called', 'served', 'missed'"


def upgrade() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("username", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("password", sa.String(160), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.CheckConstraint("role IN ('officer', 'supervisor')", name="ck_officers_role"),
    )
    op.create_table(
        "officer_branches",
        sa.Column("officer_id", sa.String(16), sa.ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("branch_id", sa.String(16), primary_key=True),
    )
    op.create_table(
        "officer_sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("officer_id", sa.String(16), sa.ForeignKey("officers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_officer_sessions_officer", "officer_sessions", ["officer_id"])
    op.create_index("ix_officer_sessions_ends", "officer_sessions", ["ends_at"])
    op.create_table(
        "counter_visits",
        sa.Column(
            "appointment_id", sa.String(16), sa.ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("branch_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("lane", sa.String(12), nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("desk", sa.String(4), nullable=False),
        sa.Column("walk_in", sa.Boolean, nullable=False),
        sa.Column("arrived_at", MOMENT),
        sa.Column("queued_at", MOMENT),
        sa.Column("called_at", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_counter_visits_state"),
        sa.CheckConstraint("lane IN ('ordinary', 'priority')", name="ck_counter_visits_lane"),
    )
    op.create_index("ix_counter_visits_queue", "counter_visits", ["branch_id", "day", "state", "queued_at"])
    op.create_table(
        "counter_acts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("officer_id", sa.String(16), nullable=False),
        sa.Column("branch_id", sa.String(16), nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer, unique=True),
    )
    op.create_index("ix_counter_acts_day", "counter_acts", ["branch_id", "day", "id"])
    op.create_index("ix_counter_acts_officer", "counter_acts", ["officer_id", "id"])


def downgrade() -> None:
    for table in ("counter_acts", "counter_visits", "officer_sessions", "officer_branches", "officers"):
        op.drop_table(table)
