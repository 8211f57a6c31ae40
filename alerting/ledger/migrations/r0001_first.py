"""The first tables."""

from __future__ import annotations

from alembic import op
from sqlalchemy import insert

from alerting.ledger.tables import METADATA
from alerting.ledger.tables.alerts import COUNTER

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind())
    op.execute(insert(COUNTER).values(one=1, seq=0))
