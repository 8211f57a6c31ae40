"""Reports, agreements and disclosures."""

from __future__ import annotations

from sqlalchemy import Column, String, Text

from alerting.ledger.tables.columns import Instant, table

REPORT = table(
    "report",
    Column("report_id", String, primary_key=True),
    Column("person_id", String, index=True),
    Column("handling_code", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("report", Text, nullable=False),
)
AGREEMENT = table(
    "agreement",
    Column("agreement_id", String, primary_key=True),
    Column("organisation", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False),
    Column("agreement", Text, nullable=False),
)
DISCLOSURE = table(
    "disclosure",
    Column("disclosure_id", String, primary_key=True),
    Column("report_id", String, nullable=False, index=True),
    Column("to_organisation", String, nullable=False),
    Column("to_officer_id", String, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("disclosure", Text, nullable=False),
)
