"""Stories of orders and duties: contact, a missed report, a breach that nobody answers, an order that runs out, a post left empty.

Rules: no-contact, reporting-missed, breach-unanswered, protection-gap, no-named-owner.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ops.simulate import casework
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, local_ms, rfc3339
from ops.simulate.stage import NoRoom, Stage

_OFFICE_HOURS = (9 * 60, 16 * 60)
_MEDIUM_DAYS = 14


def contacts_her(stage: Stage) -> None:
    """She reports that he was at her door half an hour ago. Decided in time, assessed in time."""
    at_ms = stage.moment((10 * 60, 18 * 60), after_ms=5 * HOUR_MS)
    happened_ms, decided_ms = at_ms - 30 * MINUTE_MS, at_ms + 90 * MINUTE_MS
    stage.say(at_ms, "incident.reported", {
        "incident_id": f"ic-{stage.person.key}", "kind": "harassment", "severity": 2,
        "protected_person_id": stage.person.her.person_id, "happened_at": rfc3339(happened_ms),
    })  # fmt: skip
    stage.decide(decided_ms)
    stage.assess(at_ms + 3 * HOUR_MS, "incident", about_her=True)
    stage.truth("no-contact", stage.her, happened_ms, decided_ms)


def does_not_report(stage: Stage) -> None:
    """He misses a day at the police station, and comes on the next."""
    person, (opens, closes) = stage.person, casework.REPORTING_MINUTES
    for day in stage.days():
        due_ms, next_day = local_ms(day, closes), _next_reporting_day(day)
        comes_ms = local_ms(next_day, opens + 127)
        if _is_reporting_day(day) and stage.has_room(local_ms(day, opens) - HOUR_MS, comes_ms + HOUR_MS):
            break
    else:
        raise NoRoom
    stage.script.missed_reports.update((day, next_day))
    station = f"{person.area.town} police station"
    stage.say(comes_ms, "bail.reported", {"order_id": person.order_id, "station": station})
    stage.decide(due_ms + 3 * HOUR_MS)
    stage.truth("reporting-missed", stage.order, due_ms, comes_ms)


def _is_reporting_day(day: date) -> bool:
    return day.weekday() < len(casework.REPORTING_DAYS)


def _next_reporting_day(day: date) -> date:
    day += timedelta(days=1)
    return day if _is_reporting_day(day) else _next_reporting_day(day)


def reported_and_unanswered(stage: Stage) -> None:
    """The supplier reports a violation; nobody decides for 31 hours."""
    at_ms = stage.moment(_OFFICE_HOURS, after_ms=33 * HOUR_MS)
    breach_id = f"br-{stage.person.key}"
    stage.say(at_ms, "breach.reported", {
        "breach_id": breach_id, "order_id": stage.person.order_id, "condition_id": "tag", "reported_by": "monitoring supplier",
    })  # fmt: skip
    stage.decide(at_ms + 31 * HOUR_MS, breach_id=breach_id)
    stage.truth("breach-unanswered", ("report", breach_id), at_ms + 24 * HOUR_MS, at_ms + 31 * HOUR_MS)


def order_runs_out(stage: Stage) -> None:
    """The last order that protects her from a high-risk man ends in fourteen days; another is made a day later."""
    stage.person = person = replace(stage.person, risk_level="high")
    at_ms = stage.moment(_OFFICE_HOURS, before_ms=2 * HOUR_MS, after_ms=31 * HOUR_MS)
    stage.script.order_ends_ms = at_ms + _MEDIUM_DAYS * DAY_MS
    made_ms = at_ms + 26 * HOUR_MS
    stage.script.facts.extend(casework.ordered(person, made_ms, f"{person.order_id}-b", None, stage.rng))
    stage.truth("protection-gap", stage.her, at_ms, made_ms)
    for protected in person.protected[1:]:
        stage.truth("protection-gap", ("protected_person", protected.person_id), at_ms, made_ms)


def post_left_empty(stage: Stage) -> None:
    """The officer in the case goes, and for 33 hours no one comes."""
    at_ms = stage.moment(_OFFICE_HOURS, after_ms=35 * HOUR_MS)
    stage.say(at_ms, "case.unassigned", {"role": "oic", "officer_id": stage.person.team.oic, "reason": "moved to another unit"})
    stage.script.facts.append(casework.assigned(stage.person, at_ms + 33 * HOUR_MS, "oic"))
    stage.truth("no-named-owner", stage.case, at_ms + 24 * HOUR_MS, at_ms + 33 * HOUR_MS)


def disputed(stage: Stage) -> None:
    """Two teams each say that the case is the other's, for 31 hours."""
    at_ms = stage.moment(_OFFICE_HOURS, after_ms=33 * HOUR_MS)
    teams = [f"{stage.person.area.slug}-north", f"{stage.person.area.slug}-south"]
    stage.say(at_ms, "case.ownership_disputed", {"between": teams})
    stage.say(at_ms + 31 * HOUR_MS, "case.ownership_resolved", {"owner": teams[0]})
    stage.truth("no-named-owner", stage.case, at_ms + 24 * HOUR_MS, at_ms + 31 * HOUR_MS)
