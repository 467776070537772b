"""Notices: the outbox, consents to notices, watched dossiers; transcripts know which entry is a notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "state IN ('queued', 'sending', 'kept', 'sent', 'dropped', 'dead')"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice_consents",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation_hash", sa.String(64)),
        sa.Column("text_version", sa.String(40), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
    )
    op.create_index("ix_notice_consents_conversation", "notice_consents", ["conversation_hash"])
    op.create_index("ix_notice_consents_subject", "notice_consents", ["purpose", "subject"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(100), nullable=False, unique=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation_hash", sa.String(64), nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("consent_id", sa.Integer, sa.ForeignKey("notice_consents.id"), nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(16)),
        sa.Column("lease_until", MOMENT),
        sa.Column("cost", sa.String(8)),
        sa.Column("outcome", sa.String(32)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(STATES, name="ck_notices_state"),
    )
    op.create_index("ix_notices_next", "notices", ["state", "next_at"])
    op.create_index("ix_notices_subject", "notices", ["reason", "subject"])
    op.create_index("ix_notices_conversation", "notices", ["conversation_hash", "state"])
    op.create_table(
        "dossier_watches",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("conversation_hash", sa.String(64), nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("consent_id", sa.Integer, sa.ForeignKey("notice_consents.id"), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("misses", sa.Integer, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('watching', 'over')", name="ck_dossier_watches_state"),
        sa.UniqueConstraint("conversation_hash", "code_hash", name="uq_dossier_watches_code"),
    )
    op.create_index("ix_dossier_watches_due", "dossier_watches", ["state", "next_at"])
    op.create_table(
        "dossier_polls",
        sa.Column("minute", MOMENT, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
    )
    with op.batch_alter_table("transcript_entries") as table:
        table.add_column(sa.Column("notice", sa.String(100)))
        table.create_unique_constraint("uq_transcript_entries_notice", ["notice"])


def downgrade() -> None:
    with op.batch_alter_table("transcript_entries") as table:
        table.drop_constraint("uq_transcript_entries_notice", type_="unique")
        table.drop_column("notice")
    op.drop_table("dossier_polls")
    op.drop_table("dossier_watches")
    op.drop_table("notices")
    op.drop_table("notice_consents")
