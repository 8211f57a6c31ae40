"""Somebody has opened an alert: their role has heard of it, and a withdrawal is seen by them. A look is no command: no version rises by it.

Called by the console with the row of the reading log, in one transaction.
"""

from __future__ import annotations

from sqlalchemy import update

from alerting.ledger.alerts import load, of_incident
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import TOLD
from alerting.lifecycle import seen


def opened(writing: Writing, alert_id: str, officer_id: str, terms: Terms) -> None:
    """Of those told, the first time; of anybody else nothing is kept but the reading."""
    first = update(TOLD).where(TOLD.c.alert_id == alert_id, TOLD.c.officer_id == officer_id, TOLD.c.opened_at.is_(None))
    writing.connection.execute(first.values(opened_at=writing.now))
    record = load(writing.connection, alert_id)
    if record is None or all(one.officer_id != officer_id for one in record.alert.recipients):
        return
    surroundings = Surroundings(writing.connection, terms.policies)
    surroundings.put_all(of_incident(writing.connection, record.alert.incident_id))
    around = surroundings.around(record.alert, record.finding)
    step = seen(record.alert, record.handling, officer_id, writing.now, around)
    if step.entries:
        write(writing, [Taken(record, step, around, record.risk_level, living=record.living)], terms)
