"""The order in which open alerts are listed: whoever is in most danger, with nobody answering, stands first.

One pure, total order (console, `sort=risk`). Not a filter, and no judgement of a person. Called by the pages that list alerts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.alert import Alert

HANDLING: Mapping[str, int] = {
    "unanswered": 0,
    "awaiting_second_key": 1,
    "challenged": 1,
    "acknowledged": 2,
    "actioned": 2,
    "shelved": 3,
    "closed": 4,
}
SEVERITIES: Mapping[str, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}
RISK_LEVELS: Mapping[str | None, int] = {"high": 0, None: 0, "medium": 1, "standard": 2}
"""An alert about the system has no person: it may hide anybody, so it stands with the high-risk ones."""

NO_CLOCK = datetime.max.replace(tzinfo=UTC)
"""Stands behind every clock."""


class Standing(NamedTuple):
    """What people have made of an alert so far; as it is raised, nothing."""

    handling: str = "unanswered"
    clock_run_out: bool = False
    owner_id: str | None = None
    due_at: datetime | None = None


class Place(NamedTuple):
    """The place of an alert in the queue, ready to be compared; no two alerts share one."""

    group: int
    severity: int
    risk_level: int
    owned: bool
    due_at: datetime
    raised_at: datetime
    alert_id: str


NOBODY_YET = Standing()


def place(alert: Alert, risk_level: str | None, standing: Standing = NOBODY_YET) -> Place:
    """Where an alert stands, given the person's risk level (None: about no person) and what people have done."""
    return Place(
        group=0 if standing.clock_run_out else HANDLING[standing.handling],
        severity=SEVERITIES[alert.severity],
        risk_level=RISK_LEVELS[risk_level],
        owned=standing.owner_id is not None,
        due_at=standing.due_at or NO_CLOCK,
        raised_at=alert.raised_at,
        alert_id=alert.alert_id,
    )
