"""Which events are intelligence reports that an officer may not read: one of handling code C does not exist for them.

An alert may rest on one; then it says the fact, and not where it came from. The event that gives a report another grade is as
hidden as the report. For whom a report exists is `alerting.ledger.reports`. Called by whatever shows events.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection

from alerting.actor import Actor
from alerting.ledger.reports import readable_of, reassessing, reports_about
from schemas.alert import Alert


class Unknown(NamedTuple):
    """What must not be said: events by (source, id), and reports by their own ids."""

    events: frozenset[tuple[str, str]]
    report_ids: frozenset[str]


_NOTHING = Unknown(frozenset(), frozenset())


def unknown_to(connection: Connection, actor: Actor, alerts: Collection[Alert]) -> Unknown:
    """Of what these alerts rest on and are about."""
    person_ids = {alert.person_id for alert in alerts if alert.person_id is not None}
    every = reports_about(connection, person_ids)
    if not every:
        return _NOTHING
    regraded = [((one.source, one.id), str(one.said.get("report_id"))) for one in reassessing(connection, person_ids)]
    rests_on = {(ref.source, ref.id) for alert in alerts for ref in alert.evidence}
    about = {alert.about.id for alert in alerts if alert.about.kind == "report"}
    bears = {report_id for source, name, report_id in every if (source, name) in rests_on or report_id in about}
    bears |= {report_id for event, report_id in regraded if event in rests_on}
    if not bears:
        return _NOTHING  # most rest on none, and whether one may be read costs more to ask than all the rest
    reports = every - readable_of(connection, actor, person_ids)
    report_ids = frozenset(report_id for _, _, report_id in reports)
    events = {(source, name) for source, name, _ in reports} | {event for event, report_id in regraded if report_id in report_ids}
    return Unknown(frozenset(events), report_ids)
