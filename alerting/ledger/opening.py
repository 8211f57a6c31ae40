"""Somebody has opened an alert on the console: when each of those told first did, and what it does to the alert.

A look is no command: no version rises by it. Called by the console with the row of the reading log, in one transaction.
"""

from __future__ import annotations

from sqlalchemy import select, update

from alerting.ledger import commanding
from alerting.ledger.steps import Terms
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import TOLD


def opened(writing: Writing, alert_id: str, officer_id: str, terms: Terms) -> None:
    """Of those told; of anybody else nothing is kept but the reading."""
    theirs = (TOLD.c.alert_id == alert_id, TOLD.c.officer_id == officer_id)
    if writing.connection.execute(select(TOLD.c.role).where(*theirs)).first() is None:
        return
    writing.connection.execute(update(TOLD).where(*theirs, TOLD.c.opened_at.is_(None)).values(opened_at=writing.now))
    commanding.opened(writing, alert_id, officer_id, terms)
