"""Alerts, everybody who was told, every change and try, timers and handovers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("message_status", sa.String(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("late_by_s", sa.Float(), nullable=False),
        sa.Column("risk_level", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("living", sa.Boolean(), nullable=False),
        sa.Column("recipients_of_book", sa.Integer(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("actioned", sa.Boolean(), nullable=False),
        sa.Column("awaiting_second_key", sa.Boolean(), nullable=False),
        sa.Column("challenged", sa.Boolean(), nullable=False),
        sa.Column("shelved", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("unfilled", sa.Boolean(), nullable=False),
        sa.Column("only_area", sa.String(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("place_group", sa.Integer(), nullable=False),
        sa.Column("place_severity", sa.Integer(), nullable=False),
        sa.Column("place_risk", sa.Integer(), nullable=False),
        sa.Column("place_owned", sa.Boolean(), nullable=False),
        sa.Column("place_due_at", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_index(
        "alert_across",
        "alert",
        ["alert_id", "only_area"],
        unique=False,
        sqlite_where=sa.text("only_area IS NULL"),
        postgresql_where=sa.text("only_area IS NULL"),
    )
    op.create_index(
        "alert_awaiting",
        "alert",
        [
            "place_group",
            "place_severity",
            "place_risk",
            "place_owned",
            "place_due_at",
            "raised_at",
            "alert_id",
            "changed_at",
            "closed",
            "message_status",
            "person_id",
            "only_area",
            "awaiting_second_key",
        ],
        unique=False,
        sqlite_where=sa.text("awaiting_second_key = 1"),
        postgresql_where=sa.text("awaiting_second_key"),
    )
    op.create_index("alert_began", "alert", ["began_at", "alert_id"], unique=False)
    op.create_index(
        "alert_changed",
        "alert",
        ["message_status", "changed_at", "alert_id", "closed", "person_id", "owner_id", "awaiting_second_key", "only_area"],
        unique=False,
    )
    op.create_index(
        "alert_late",
        "alert",
        ["alert_id"],
        unique=False,
        sqlite_where=sa.text("late_by_s > 60"),
        postgresql_where=sa.text("late_by_s > 60"),
    )
    op.create_index(
        "alert_living", "alert", ["person_id"], unique=False, sqlite_where=sa.text("living = 1"), postgresql_where=sa.text("living")
    )
    op.create_index(
        "alert_open_in",
        "alert",
        [
            "only_area",
            "place_group",
            "place_severity",
            "place_risk",
            "place_owned",
            "place_due_at",
            "raised_at",
            "alert_id",
            "changed_at",
            "message_status",
            "closed",
        ],
        unique=False,
        sqlite_where=sa.text("closed = 0"),
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_index(
        "alert_owner",
        "alert",
        [
            "owner_id",
            "closed",
            "place_group",
            "place_severity",
            "place_risk",
            "place_owned",
            "place_due_at",
            "raised_at",
            "alert_id",
            "changed_at",
            "message_status",
        ],
        unique=False,
        sqlite_where=sa.text("owner_id IS NOT NULL"),
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_index(
        "alert_person",
        "alert",
        [
            "person_id",
            "closed",
            "place_group",
            "place_severity",
            "place_risk",
            "place_owned",
            "place_due_at",
            "raised_at",
            "alert_id",
            "changed_at",
            "message_status",
        ],
        unique=False,
    )
    op.create_index(
        "alert_queue",
        "alert",
        [
            "message_status",
            "closed",
            "place_group",
            "place_severity",
            "place_risk",
            "place_owned",
            "place_due_at",
            "raised_at",
            "alert_id",
            "changed_at",
            "person_id",
            "owner_id",
            "awaiting_second_key",
            "only_area",
        ],
        unique=False,
    )
    op.create_index(
        "alert_raised",
        "alert",
        ["message_status", "raised_at", "alert_id", "closed", "changed_at", "person_id", "owner_id", "awaiting_second_key", "only_area"],
        unique=False,
    )
    op.create_index("alert_rule", "alert", ["rule", "alert_id"], unique=False)
    op.create_index(
        "alert_unfilled", "alert", ["alert_id"], unique=False, sqlite_where=sa.text("unfilled = 1"), postgresql_where=sa.text("unfilled")
    )
    op.create_index(
        "alert_withdrawn",
        "alert",
        ["alert_id"],
        unique=False,
        sqlite_where=sa.text("status = 'withdrawn'"),
        postgresql_where=sa.text("status = 'withdrawn'"),
    )
    op.create_index(op.f("ix_alert_incident_id"), "alert", ["incident_id"], unique=False)
    op.create_index(op.f("ix_alert_reference"), "alert", ["reference"], unique=False)
    op.create_index(op.f("ix_alert_seq"), "alert", ["seq"], unique=False)
    op.create_table(
        "alert_area",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "area"),
    )
    op.create_index("alert_area_area", "alert_area", ["area", "alert_id"], unique=False)
    op.create_table(
        "alert_protected",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("protected_person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "protected_person_id"),
    )
    op.create_index("alert_protected_her", "alert_protected", ["protected_person_id", "alert_id"], unique=False)
    op.create_table(
        "counter",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.String(), nullable=False),
        sa.Column("from_officer_id", sa.String(), nullable=False),
        sa.Column("to_officer_id", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alert_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("handover_id"),
    )
    op.create_index(op.f("ix_handover_from_officer_id"), "handover", ["from_officer_id"], unique=False)
    op.create_index(op.f("ix_handover_to_officer_id"), "handover", ["to_officer_id"], unique=False)
    op.create_table(
        "history",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("version_seen", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("alarm", sa.String(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("history_alert", "history", ["alert_id", "seq"], unique=False)
    op.create_index("history_by", "history", ["by_id", "at"], unique=False)
    op.create_table(
        "timer",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=True),
        sa.Column("then", sa.String(), nullable=False),
        sa.Column("place_severity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "what", "who"),
    )
    op.create_index("timer_due", "timer", ["place_severity", "due_at", "alert_id"], unique=False)
    op.create_table(
        "told",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "officer_id", "role"),
    )
    op.create_index("told_officer", "told", ["officer_id", "over_at", "alert_id"], unique=False)
    op.bulk_insert(sa.table("counter", sa.column("one"), sa.column("seq")), [{"one": 1, "seq": 0}])
