"""Checklists of a case, kept to be printed and to go with a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_lists",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("procedure_code", sa.String(32), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.String(16)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_case_lists_appointment_id", "case_lists", ["appointment_id"])
    op.create_index("ix_case_lists_expires_at", "case_lists", ["expires_at"])


def downgrade() -> None:
    op.drop_table("case_lists")
