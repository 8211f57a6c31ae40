"""Which findings a decision decides (rules.md, word 11). Pure; the engine asks once for each decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.bail import AlertClosed, BreachDecided
from schemas.event import Event
from schemas.finding import reference
from streams.engine.verdict import Finding


def _instant(alert_id: str) -> datetime | None:
    try:
        return datetime.strptime(alert_id.rsplit("_", 1)[-1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _distance_s(finding: Finding, at: datetime) -> float:
    """How far an instant lies from an episode: 0 inside it."""
    if at < finding.began_at:
        return (finding.began_at - at).total_seconds()
    if finding.ended_at is not None and at > finding.ended_at:
        return (at - finding.ended_at).total_seconds()
    return 0.0


def _named(findings: Mapping[str, Finding], named: str) -> frozenset[str]:
    """The episode of the same rule and subject that contains, or lies nearest to, the instant in the id."""
    if named in findings:
        return frozenset({named})
    at = _instant(named)
    if at is not None:
        matter = named.rsplit("_", 1)[0]
        episodes = [one for one in findings.values() if one.id.rsplit("_", 1)[0] == matter and not one.withdrawn]
        nearest = min(episodes, key=lambda one: (_distance_s(one, at), one.began_at), default=None)
        return frozenset() if nearest is None else frozenset({nearest.id})
    return frozenset(finding_id for finding_id in findings if reference(finding_id) == named)


def decided(findings: Mapping[str, Finding], event: Event) -> frozenset[str]:
    """Ids of the findings that a `breach.decided` or an `alert.closed` decides.

    By the alert it names; else by the breach report; else, naming neither, by the order, when made after the finding
    began.
    """
    data = event.data
    if isinstance(data, AlertClosed):
        return _named(findings, data.alert_id)
    if not isinstance(data, BreachDecided):
        return frozenset()
    if data.alert_id is not None:
        return _named(findings, data.alert_id)
    if data.breach_id is not None:
        return frozenset(one.id for one in findings.values() if one.about.kind == "report" and one.about.id == data.breach_id)
    if data.order_id is not None:
        return frozenset(
            one.id for one in findings.values() if one.order_id == data.order_id and one.began_at <= event.occurred_at and not one.withdrawn
        )
    return frozenset()
