"""When each part last did its work, as whoever stands outside it can tell: health in the cluster, where each is a process of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from alerting.ledger.tables.access import PULSE

SILENT_AFTER = timedelta(minutes=2)
AUDITED_WITHIN = timedelta(minutes=5)


def silent(connection: Connection, now: datetime) -> dict[str, str]:
    """The parts that have ever been at work, and are not now or say that they fail; and why."""
    found: dict[str, str] = {}
    for part, at, state, detail in connection.execute(select(PULSE.c.part, PULSE.c.at, PULSE.c.state, PULSE.c.detail)):
        limit = AUDITED_WITHIN if part == "auditor" else SILENT_AFTER
        if abs(now - at) > limit:  # ahead of now: it spoke before the clock went back, and has not since
            found[part] = f"silent since {at.isoformat()}"
        elif state == "fail":
            found[part] = detail
    return found


def heard(connection: Connection) -> frozenset[str]:
    """The parts that have ever been at work."""
    return frozenset(connection.execute(select(PULSE.c.part)).scalars())
