"""What streams tells, as it is kept here: positions in topics, who is on duty, and the read models of the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("protected_person_id", sa.String(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "officer_id", "role", "protected_person_id"),
    )
    op.create_index("assignment_officer", "assignment", ["officer_id", "person_id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "from_at"),
    )
    op.create_table(
        "excluded",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("officer_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "officer_id"),
    )
    op.create_table(
        "feed",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "fix",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "at", "source", "id"),
    )
    op.create_table(
        "inbox",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("as_of_at", sa.BigInteger(), nullable=False),
        sa.Column("risk_level", sa.String(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("in_custody", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=True),
        sa.Column("date_of_birth", sa.String(), nullable=True),
        sa.Column("view", sa.Text(), nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("gone_to", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index(op.f("ix_person_gone_to"), "person", ["gone_to"], unique=False)
    op.create_index(op.f("ix_person_name_folded"), "person", ["name_folded"], unique=False)
    op.create_index(
        "person_in_custody",
        "person",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("in_custody = 1"),
        postgresql_where=sa.text("in_custody"),
    )
    op.create_index(
        "person_restricted",
        "person",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("restricted = 1"),
        postgresql_where=sa.text("restricted"),
    )
    op.create_table(
        "person_area",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "area"),
    )
    op.create_index("person_area_area", "person_area", ["area", "person_id"], unique=False)
    op.create_table(
        "person_identifier",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("type", "value", "person_id"),
    )
    op.create_index("person_identifier_person", "person_identifier", ["person_id"], unique=False)
    op.create_table(
        "person_protected",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("protected_person_id", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "protected_person_id"),
    )
    op.create_index("person_protected_her", "person_protected", ["protected_person_id", "person_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("question_id"),
    )
    op.create_table(
        "question_person",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "person_id"),
    )
    op.create_table(
        "reliance",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("risk_level", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "source", "from_at"),
    )
    op.create_index("reliance_source", "reliance", ["source", "from_at"], unique=False)
    op.create_table(
        "rule",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_table(
        "set_aside",
        sa.Column("quarantine_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("quarantine_id"),
    )
    op.create_index(op.f("ix_set_aside_at"), "set_aside", ["at"], unique=False)
    op.create_index(op.f("ix_set_aside_source"), "set_aside", ["source"], unique=False)
    op.create_table(
        "statement",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("statement_name", "statement", ["source", "id"], unique=True)
    op.create_table(
        "timeline",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "source", "id"),
    )
    op.create_index("timeline_event", "timeline", ["source", "id"], unique=False)
    op.create_index("timeline_person", "timeline", ["person_id", "at"], unique=False)
    op.create_table(
        "untaken",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holds", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "position"),
    )
