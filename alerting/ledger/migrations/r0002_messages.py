"""What leaves the building: the outbox, the steps of each message, and where messages go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("repeat", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_delivery_message_id"), "delivery", ["message_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("place_severity", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("after_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index(op.f("ix_outbox_alert_id"), "outbox", ["alert_id"], unique=False)
    op.create_index(op.f("ix_outbox_provider_ref"), "outbox", ["provider_ref"], unique=False)
    op.create_index("outbox_lane", "outbox", ["channel", "place_severity", "next_at"], unique=False)
    op.create_index("outbox_next", "outbox", ["place_severity", "next_at"], unique=False)
    op.create_index("outbox_officer", "outbox", ["officer_id", "made_at"], unique=False)
    op.create_index("outbox_target", "outbox", ["target", "made_at"], unique=False)
    op.create_table(
        "push_subscription",
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("device_label", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("off_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subscription_id"),
    )
    op.create_index(op.f("ix_push_subscription_officer_id"), "push_subscription", ["officer_id"], unique=False)
    op.create_table(
        "receipt_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "webhook",
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("off_at", sa.BigInteger(), nullable=True),
        sa.Column("off_because", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("webhook_id"),
    )
