"""The audit chain and its roots, and the log of readings. No personal data stands in the chain."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Text

from alerting.ledger.tables.columns import NUMBER, Instant, table

AUDIT = table(
    "audit",  # append only: each hash covers the one before; no personal data
    Column("number", NUMBER, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("entry", Text, nullable=False),  # RFC 8785
    Column("hash", LargeBinary, nullable=False),
)
AUDIT_ROOT = table(
    "audit_root",  # hourly: the Merkle root of all entries so far, signed
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("peaks", LargeBinary, nullable=False),  # alerting.ledger.merkle: where the next root goes on
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", String, nullable=False),
)
READING = table(
    "reading",  # who read, collected, altered, combined, disclosed, erased or was denied what (Data Protection Act 2018 s.62)
    Column("number", NUMBER, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("officer_id", String, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("reason", Text),
    Column("subject_ids", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("route", String, nullable=False),
    Column("request_id", String, nullable=False, index=True),
    Column("report_source", String),  # these two as in `report`: of a report of code C, which does not exist for most
    Column("report_event", String),
    Column("salt", LargeBinary, nullable=False),
)
READING_SUBJECT = table(
    "reading_subject",
    Column("subject_id", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
)
