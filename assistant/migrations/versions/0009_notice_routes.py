"""Citizens choose the channel of their notices: pairing codes, and where notices go instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice_routes",
        sa.Column("source_hash", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(16), nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation_hash", sa.String(64), nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("paired_at", MOMENT, nullable=False),
    )
    op.create_index("ix_notice_routes_conversation", "notice_routes", ["conversation_hash"])
    op.create_table(
        "notice_pairings",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("source_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Where a route leads is lost; what waits goes out where it was going."""
    op.drop_table("notice_pairings")
    op.drop_table("notice_routes")
