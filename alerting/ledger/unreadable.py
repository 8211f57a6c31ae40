"""Which events are intelligence reports that an officer may not read: one of handling code C does not exist for them.

An alert may rest on one; then it says the fact, and not where it came from. The event that gives a report another grade is as
hidden as the report. For whom a report exists is `alerting.ledger.reports`. Called by whatever shows events.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection

from alerting.actor import Actor
from alerting.ledger.reports import hidden, reassessing


class Unknown(NamedTuple):
    """What must not be said: events by (source, id), and reports by their own ids."""

    events: frozenset[tuple[str, str]]
    report_ids: frozenset[str]


def unknown_to(connection: Connection, actor: Actor, person_ids: Collection[str]) -> Unknown:
    """Of these people."""
    reports = hidden(connection, actor, person_ids)
    report_ids = frozenset(report_id for _, _, report_id in reports)
    events = {(source, name) for source, name, _ in reports}
    if reports:
        events |= {(one.source, one.id) for one in reassessing(connection, person_ids) if one.said.get("report_id") in report_ids}
    return Unknown(frozenset(events), report_ids)
