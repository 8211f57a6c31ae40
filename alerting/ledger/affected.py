"""Whom a silent feed leaves unseen: counted when the alert is read, never kept in it (design 4.11).

How many is everybody's to know who sees the alert; who they are is told only of people whom the reader may see.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from alerting.actor import Actor
from alerting.ledger.reach import visible_people
from alerting.ledger.tables.told import PERSON, RELIANCE
from schemas.alert import Affected, Alert

UNMONITORED_AFTER = timedelta(minutes=60)
_MOST_NAMES = 500


def affected(connection: Connection, actor: Actor | None, alert: Alert, at: datetime) -> Affected:
    """Who relied on the feed that the alert is about while it was silent, as one officer may know it; None: a command on the ledger."""
    from_at, to_at = alert.began_at, alert.ended_at or at
    asked = select(RELIANCE.c.person_id, RELIANCE.c.from_at, RELIANCE.c.to_at, RELIANCE.c.risk_level).where(
        RELIANCE.c.source == alert.about.id, RELIANCE.c.from_at < to_at, or_(RELIANCE.c.to_at.is_(None), RELIANCE.c.to_at > from_at)
    )
    people: set[str] = set()
    high: set[str] = set()
    unmonitored: set[str] = set()
    for row in connection.execute(asked):
        people.add(row.person_id)
        if row.risk_level == "high":
            high.add(row.person_id)
            if min(row.to_at or to_at, to_at) - max(row.from_at, from_at) >= UNMONITORED_AFTER:
                unmonitored.add(row.person_id)
    theirs = high if actor is None else _theirs(connection, actor, sorted(high), at)
    return Affected(people=len(people), high_risk_ids=tuple(sorted(high & theirs)), unmonitored_ids=tuple(sorted(unmonitored & theirs)))


def _theirs(connection: Connection, actor: Actor, people: list[str], at: datetime) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(people), _MOST_NAMES):
        part = PERSON.c.person_id.in_(people[start : start + _MOST_NAMES])
        found.update(connection.execute(select(PERSON.c.person_id).where(part, visible_people(actor, at))).scalars())
    return found
