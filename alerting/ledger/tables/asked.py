"""What the console tells streams: facts that people stated, as events, and requests."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Text

from alerting.ledger.tables.columns import NUMBER, Instant, table

FACT = table(
    "fact",  # what people stated, as events, until intake has taken them
    Column("number", NUMBER, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("event", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken_at", Instant, index=True),
    Column("refused", Text),
)
REQUEST = table(
    "request",  # redrive, retire, identity answers, rejudge
    Column("number", NUMBER, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("by_id", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken_at", Instant, index=True),
    Column("refused", Text),
)
