"""Transcripts of conversations, encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcript_entries",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("conversation", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_transcript_entries_conversation", "transcript_entries", ["conversation"])
    op.create_index("ix_transcript_entries_at", "transcript_entries", ["at"])


def downgrade() -> None:
    op.drop_table("transcript_entries")
