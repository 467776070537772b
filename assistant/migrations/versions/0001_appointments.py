"""Appointments: seats, quotas, ticket numbers, idempotency keys, consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OWNER = "appointments.id"


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("branch_id", sa.String(16), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("procedure_code", sa.String(32), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("conversation", sa.String(128), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("secret_tries", sa.Integer, nullable=False),
        sa.Column("secret_pause_ends", MOMENT),
        sa.Column("phone_hash", sa.String(64)),
        sa.Column("phone", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("expires_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("state IN ('held', 'confirmed', 'cancelled', 'expired')", name="ck_appointments_state"),
        sa.UniqueConstraint("branch_id", "day", "number", name="uq_appointments_number"),
    )
    op.create_index("ix_appointments_slot", "appointments", ["branch_id", "starts_at"])
    op.create_index("ix_appointments_held", "appointments", ["state", "expires_at"])
    op.create_index("ix_appointments_conversation", "appointments", ["conversation"])
    op.create_table(
        "appointment_seats",
        sa.Column("branch_id", sa.String(16), primary_key=True),
        sa.Column("starts_at", MOMENT, primary_key=True),
        sa.Column("seat", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("appointment_id", sa.String(16), sa.ForeignKey(OWNER, ondelete="CASCADE"), nullable=False),
        sa.Column("free_at", MOMENT),
    )
    op.create_index("ix_appointment_seats_appointment", "appointment_seats", ["appointment_id"])
    op.create_table(
        "appointment_quotas",
        sa.Column("phone_hash", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("token", sa.String(80), primary_key=True),
        sa.Column("appointment_id", sa.String(16), sa.ForeignKey(OWNER, ondelete="CASCADE"), nullable=False),
    )
    op.create_index("ix_appointment_quotas_appointment", "appointment_quotas", ["appointment_id"])
    op.create_table(
        "appointment_counters",
        sa.Column("branch_id", sa.String(16), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "appointment_requests",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("appointment_id", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ix_appointment_requests_created", "appointment_requests", ["created_at"])
    op.create_table(
        "appointment_consents",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("appointment_id", sa.String(16), sa.ForeignKey(OWNER, ondelete="CASCADE"), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("text_version", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
    )
    op.create_index("ix_appointment_consents_appointment", "appointment_consents", ["appointment_id"])


def downgrade() -> None:
    for table in ("consents", "requests", "counters", "quotas", "seats"):
        op.drop_table(f"appointment_{table}")
    op.drop_table("appointments")
