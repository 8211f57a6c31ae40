"""How an alert may be closed: the outcomes of console 1.5 as one table, who may say each, and when a second officer must agree.

Data and small questions about it; closing itself is `closing`. Called by the lifecycle and by the page that offers outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from alerting.lifecycle.handling import Closure, Outcome
from alerting.lifecycle.step import JSON, Around, Fact
from schemas.alert import Alert

Key = Literal["when_critical", "always"]
Published = Literal["breach.decided", "alert.closed"]

OFFENDER_MANAGERS = frozenset({"offender_manager", "prison_offender_manager"})
DECIDERS = frozenset({"supervisor", "duty_inspector"})
POLICE_AND_PROBATION = frozenset({"oic"}) | OFFENDER_MANAGERS | DECIDERS
ADVOCATES = frozenset({"idva", "programme_case_manager", "marac_coordinator"})
EVERYBODY = POLICE_AND_PROBATION | ADVOCATES | {"control_room"}


class Kind(NamedTuple):
    """One outcome: who may say it, when it needs a second key, the event that it is."""

    who: frozenset[str]
    key: Key
    publishes: Published
    flat_battery_needs_key: bool = False


OUTCOMES: Mapping[Outcome, Kind] = {
    "enforced": Kind(POLICE_AND_PROBATION | {"control_room"}, "when_critical", "breach.decided"),
    "warned": Kind(POLICE_AND_PROBATION, "when_critical", "breach.decided", flat_battery_needs_key=True),
    "no_breach": Kind(POLICE_AND_PROBATION, "always", "breach.decided"),
    "equipment_misunderstanding": Kind(POLICE_AND_PROBATION, "always", "breach.decided"),
    "not_this_person": Kind(DECIDERS | {"oic"}, "always", "alert.closed"),
    "safeguarded": Kind(EVERYBODY, "when_critical", "alert.closed"),
    "resolved": Kind(POLICE_AND_PROBATION | ADVOCATES, "when_critical", "alert.closed"),
    "duplicate": Kind(POLICE_AND_PROBATION | {"control_room"}, "when_critical", "alert.closed"),
}
"""Every outcome that a person may say. `ended_itself` is the system's alone."""

FLAT_BATTERY = "battery_flat"


def needs_second_key(outcome: Outcome, alert: Alert, around: Around) -> bool:
    """Whether a second officer must agree before it is closed."""
    kind = OUTCOMES[outcome]
    flat = kind.flat_battery_needs_key and alert.rule == "untagged-window" and FLAT_BATTERY in around.finding.grounds
    return kind.key == "always" or alert.severity == "critical" or flat or leaves_open(alert, around)


def leaves_open(alert: Alert, around: Around) -> bool:
    """Whether the matter goes on after the closing: not where the closing itself is the decision that ends it."""
    return alert.status == "open" and not around.finding.by_decision


def published(closure: Closure, alert: Alert, at: datetime) -> tuple[Fact, ...]:
    """What a closing says to the rules. A decision is said when it is made and again at the key; any other closing at its end.

    Nothing where the alert is about the system: there is nobody whose rules could hear it.
    """
    if alert.person_id is None or closure.officer_id is None or closure.outcome not in OUTCOMES:
        return ()
    final = not closure.needs_second_key or closure.confirmed_by is not None
    keyed: dict[str, JSON] = {} if closure.confirmed_by is None else {"confirmed_by": closure.confirmed_by}
    if OUTCOMES[closure.outcome].publishes == "breach.decided":
        order: dict[str, JSON] = {} if closure.order_id is None else {"order_id": closure.order_id}
        said: dict[str, JSON] = {"decision": closure.outcome, "rationale": closure.rationale, "decided_by": closure.officer_id}
        return (Fact("breach.decided", at, {"alert_id": alert.alert_id, **order, **said, **keyed}),)
    if not final:
        return ()
    return (Fact("alert.closed", at, {"alert_id": alert.alert_id, "outcome": closure.outcome, "closed_by": closure.officer_id, **keyed}),)
