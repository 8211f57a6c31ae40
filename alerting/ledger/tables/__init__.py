"""Every table of the ledger, for SQLite and PostgreSQL alike. What a column means stands here; who writes it, beside the writer.

Made and changed by the migrations, never from here at run time; a test compares the two.
"""

from __future__ import annotations

from alerting.ledger.tables import access, alerts, asked, books, intelligence, messages, told
from alerting.ledger.tables.columns import METADATA

__all__ = ["METADATA", "access", "alerts", "asked", "books", "intelligence", "messages", "told"]
