"""Every table in one place, for the test that compares them with the migrations, which alone make and change a database."""

from __future__ import annotations

from alerting.ledger.tables import access, alerts, asked, books, intelligence, messages, told
from alerting.ledger.tables.columns import METADATA

MODULES = (alerts, messages, books, asked, access, told, intelligence)
__all__ = ["METADATA", "MODULES"]
