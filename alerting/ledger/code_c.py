"""Which events are intelligence reports of handling code C that an officer may not know of: for them, such a report does not exist.

Code C is open to those alone whom its conditions name: officers, roles, organisations (console 2.3). An alert may rest on one;
then it says the fact, and not where it came from. Called by whatever shows what an alert rests on.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, select

from alerting.actor import Actor
from alerting.ledger.tables.intelligence import REPORT
from schemas.read_models import ReportView
from schemas.risk import IntelligenceSubmitted


class Unknown(NamedTuple):
    """What must not be said: events by (source, id), and reports by their own ids."""

    events: frozenset[tuple[str, str]]
    report_ids: frozenset[str]


def unknown_to(connection: Connection, actor: Actor, person_ids: Collection[str]) -> Unknown:
    """Of these people."""
    asked = select(REPORT.c.report).where(REPORT.c.person_id.in_(sorted(person_ids)), REPORT.c.handling_code == "C")
    views = [ReportView.model_validate_json(text) for text in connection.execute(asked).scalars()]
    hidden = [view for view in views if not is_named(actor, view.report)]
    return Unknown(frozenset((view.source, view.id) for view in hidden), frozenset(view.report.report_id for view in hidden))


def is_named(actor: Actor, report: IntelligenceSubmitted) -> bool:
    """Whether the report's conditions name the officer, one of their roles of now, or where they work."""
    named = report.handling_conditions
    if named is None:
        return False
    return (
        actor.officer_id in named.officer_ids or not actor.acting_roles.isdisjoint(named.roles) or actor.organisation in named.organisations
    )
