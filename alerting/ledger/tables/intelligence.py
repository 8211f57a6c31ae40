"""Reports, agreements and disclosures."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Text

from alerting.ledger.tables.columns import Instant, table

REPORT = table(
    "report",  # named as its event is: two sources may call two reports alike, and neither may take the other's place
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("report_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("protected_person_id", String),
    Column("handling_code", String, nullable=False),
    Column("tags", Text, nullable=False),  # each between two spaces
    Column("at", Instant, nullable=False),
    Column("report", Text, nullable=False),  # schemas.read_models.ReportView
    Index("report_person", "person_id", "at"),
    Index("report_order", "at", "source", "id"),
)
REPORT_NAMED = table(
    "report_named",  # whom the conditions of code C name
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("kind", String, primary_key=True),  # `officer`, `role`, `organisation`
    Column("name", String, primary_key=True),
)
AGREEMENT = table(
    "agreement",
    Column("agreement_id", String, primary_key=True),
    Column("organisation", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False),
    Column("agreement", Text, nullable=False),  # alerting.intelligence.agreements.Agreement
)
DISCLOSURE = table(
    "disclosure",
    Column("disclosure_id", String, primary_key=True),
    Column("source", String, nullable=False),  # the report's, as in `report`
    Column("id", String, nullable=False),
    Column("person_id", String, nullable=False, index=True),
    Column("to_organisation", String, nullable=False),
    Column("to_officer_id", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("state", String, nullable=False),
    Column("handling_code", String),  # these two as far as they were disclosed
    Column("tags", Text, nullable=False),
    Column("disclosure", Text, nullable=False),  # alerting.intelligence.disclosing.Disclosure
    Index("disclosure_report", "source", "id"),
)
