"""Findings that alerting makes itself, of areas and not of people: those that stand open, and what is new of them, told as any other.

Not what is found: `alerting.nobody_watching` and `alerting.not_delivered` say that of what `walls` and `undelivered` beside this read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.telling import Change, tell
from schemas.finding import Finding, FindingChange


def standing(connection: Connection, rule: str) -> dict[str, Finding]:
    """The open ones of a rule, by subject."""
    open_ = select(ALERT.c.finding).where(ALERT.c.person_id.is_(None), ALERT.c.living, ALERT.c.rule == rule, ALERT.c.status == "open")
    findings = (Finding.model_validate_json(said) for said in connection.execute(open_).scalars())
    return {finding.subject: finding for finding in findings}


def look(ledger: Ledger, now: datetime, terms: Terms, new: Callable[[Connection], Sequence[FindingChange]]) -> int:
    """Look once, and tell what is new; how many changes that was. It writes only when there are any.

    A turn of the service, which may run in two processes: the second finds nothing new.
    """
    with ledger.read() as connection:
        if not new(connection):
            return 0
    with ledger.write(now) as writing:
        changes = new(writing.connection)
        tell(writing, [Change(change, None) for change in changes], terms)
    return len(changes)
