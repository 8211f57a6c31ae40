"""From the engine's values to what alerting is told: findings, their changes, and the person as a read model.

The only place where both forms meet. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

import msgspec

from schemas import finding as wire
from schemas.case import RiskLevel
from schemas.envelope import PersonIdentifier
from schemas.person import Assignment, PersonView, ProtectedPersonView
from streams.catalogue import CATALOGUE
from streams.engine.diff import Change
from streams.engine.person import Person
from streams.engine.verdict import Finding
from streams.identity.receipt import View

_BY_DECISION = frozenset(rule.slug for rule in CATALOGUE if rule.by_decision)


def _status(finding: Finding) -> wire.MatterStatus:
    if finding.withdrawn:
        return "withdrawn"
    return "open" if finding.ended_at is None else "closed"


def finding(found: Finding, view: View | None, *, message_status: str = "actual", supersedes: tuple[str, ...] = ()) -> wire.Finding:
    """One finding as alerting reads it. `view` is None for findings about the system."""
    return wire.Finding.model_validate(
        {
            "finding_id": found.id,
            "rule": found.rule,
            "rule_version": found.version,
            "subject": found.subject,
            "about": {"kind": found.about.kind, "id": found.about.id, "label": found.about.label},
            "message_status": message_status,
            "person_id": None if view is None else view.person_id,
            "identifiers": () if view is None else tuple({"type": one.type, "value": one.value} for one in view.identifiers),
            "areas": found.areas,
            "severity": found.severity,
            "status": _status(found),
            "provisional": found.provisional,
            "began_at": found.began_at,
            "ended_at": found.ended_at,
            "decidable_at": found.decidable_at,
            "because": found.because,
            "evidence": found.evidence,
            "protected_person_ids": found.protected_person_ids,
            "told": found.told,
            "assessor_id": found.assessor_id,
            "order_id": found.order_id,
            "condition_id": found.condition_id,
            "release_id": found.release_id,
            "joins": found.joins,
            "supersedes": supersedes,
            "grounds": found.grounds,
            "by_decision": found.rule in _BY_DECISION,
        }
    )


def words(change: Change) -> Iterator[wire.Change]:
    """The revisions that one change is, in the words of contract 3."""
    after, before = change.finding, change.before
    if change.what == "withdrawn":
        yield "withdrawn"
        return
    if before is None:
        yield "raised"
        if after.withdrawn:
            yield "withdrawn"
        elif not after.open:
            yield "closed"
        return
    named = False
    if before.provisional and not after.provisional:
        named = True
        yield "confirmed"
    if before.severity != after.severity:
        named = True
        yield "severity"
    if before.open and not after.open:
        named = True
        yield "closed"
    elif after.open and not before.open:
        named = True
        yield "reopened"
    if not named:
        yield "amended"


def changes(change: Change, view: View | None, at: datetime, *, message_status: str = "actual") -> Iterator[wire.FindingChange]:
    """A change of the engine as messages to alerting. `at`: when we knew."""
    said = finding(change.finding, view, message_status=message_status, supersedes=change.supersedes)
    for word in words(change):
        yield wire.FindingChange(at=at, change=word, finding=said, out_of_order=change.out_of_order)


def system(change: Change, areas: tuple[str, ...], at: datetime) -> tuple[wire.FindingChange, ...]:
    """A change about the system: told in the areas that it touches."""
    areas = change.finding.areas or areas
    touched = msgspec.structs.replace(change, finding=msgspec.structs.replace(change.finding, areas=areas))
    return tuple(changes(touched, None, at))


def team(known: Person) -> tuple[Assignment, ...]:
    """Who is in the case."""
    return tuple(
        Assignment(
            role=one.role,
            officer_id=one.officer_id,
            protected_person_id=one.protected_person_id,
            area=one.area,
            since_at=one.since_at,
        )
        for one in known.team
    )


def identifiers(view: View) -> tuple[PersonIdentifier, ...]:
    """Under what he is known."""
    return tuple(PersonIdentifier(type=one.type, value=one.value) for one in view.identifiers)


def areas(known: Person) -> tuple[str, ...]:
    """Those of the open cases; where none is open, of the last."""
    return known.areas or tuple(area for case in known.cases[-1:] for area in case.areas)


def person(known: Person, view: View) -> PersonView:
    """What alerting needs of a person, to tell the right people."""
    return PersonView(
        person_id=view.person_id or view.key,
        label=known.label,
        identifiers=identifiers(view),
        areas=areas(known),
        risk_level=cast("RiskLevel", known.risk_level),
        restricted=any(case.restricted for case in known.cases),
        managed=known.managed,
        in_custody=known.custody.inside,
        excluded_officer_ids=known.excluded_officer_ids,
        team=team(known),
        protected=tuple(
            ProtectedPersonView(protected_person_id=one.protected_person_id, area=one.area, idva_service=one.idva_service)
            for one in known.linked()
        ),
    )
