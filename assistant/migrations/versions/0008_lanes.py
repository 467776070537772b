"""Appointments know their lane: people of 75 and over may book the priority lane."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointments", sa.Column("lane", sa.String(12), nullable=False, server_default="ordinary"))


def downgrade() -> None:
    with op.batch_alter_table("appointments") as table:
        table.drop_column("lane")
