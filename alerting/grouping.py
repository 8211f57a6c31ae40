"""Which alerts are one thing to act on: the incident table of the design, and the one function that reads it.

Not routing, and not alarm load: it names incidents, others count and tell. Called by `alerting.book` with one person's
findings. A function of the set alone: no order of arrival, no clock (an open finding simply has no end yet).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.finding import Finding

Key = Callable[[Finding], tuple[Hashable, ...]]
"""What a finding must share with another to be one incident: any one of the values returned; none returned, with nobody."""


def same_person(_: Finding) -> tuple[Hashable, ...]:
    return ("person",)


def same_release(finding: Finding) -> tuple[Hashable, ...]:
    return () if finding.release_id is None else (finding.release_id,)


def same_protected_person(finding: Finding) -> tuple[Hashable, ...]:
    return tuple(finding.protected_person_ids)


class Row(NamedTuple):
    """One row: these rules tell of one thing where they share the key and lie no further apart than the margin."""

    name: str
    rules: frozenset[str]
    key: Key
    margin: timedelta


ROWS = (
    Row(
        "monitoring",
        frozenset({"strap-tamper", "untagged-window", "charging-failure-undecided", "short-gaps", "battery-forecast"}),
        same_person,
        timedelta(minutes=30),
    ),
    Row(
        "release",
        frozenset(
            {
                "release-without-reassessment",
                "short-notice-release",
                "unsafe-release-address",
                "release-not-told",
                "not-arrived",
                "not-fitted",
                "temporary-absence",
                "unlawfully-at-large",
                "residence",
            }
        ),
        same_release,
        timedelta(hours=24),
    ),
    Row(
        "movement",
        frozenset({"exclusion-zone-approach", "exclusion-zone-entry", "inclusion-zone-exit", "curfew-absence", "no-contact"}),
        same_person,
        timedelta(minutes=60),
    ),
    Row(
        "contact",
        frozenset(
            {
                "contact-from-custody",
                "attempted-contact",
                "unscreened-contact",
                "contact-surge",
                "flagged-communication",
                "third-party-contact",
                "location-known",
                "no-contact",
                "assessment-missing",
                "rapid-escalation",
                "marac-repeat",
                "two-areas-unaware",
            }
        ),
        same_protected_person,
        timedelta(hours=24),
    ),
    Row(
        "protection",
        frozenset(
            {
                "protection-gap",
                "released-under-investigation",
                "conditions-not-shared",
                "failed-to-surrender",
                "downgraded-without-reason",
                "risk-lowered-in-custody",
            }
        ),
        same_protected_person,
        timedelta(hours=72),
    ),
)
"""In order: where a rule stands in two rows, the first row that joins it to another alert wins."""

LONGEST_MARGIN = max(row.margin for row in ROWS)


def incidents(findings: Iterable[Finding]) -> dict[str, str]:
    """The incident of each of one person's findings, by finding id.

    A withdrawn finding keeps an incident of its own: it never was, so it joins nothing and nothing joins it.
    """
    known = {finding.finding_id: finding for finding in findings}
    standing = [finding for finding in known.values() if finding.status != "withdrawn" and finding.joins is None]
    named = {finding_id: incident_id([finding]) for finding_id, finding in known.items()}
    placed: set[str] = set()
    for row in ROWS:
        waiting = [finding for finding in standing if finding.rule in row.rules and finding.finding_id not in placed]
        for group in _groups(waiting, row):
            if len(group) > 1:
                named.update(dict.fromkeys((finding.finding_id for finding in group), incident_id(group)))
                placed.update(finding.finding_id for finding in group)
    for finding in known.values():
        if finding.joins is not None and finding.status != "withdrawn":
            named[finding.finding_id] = named[_joined(finding, known)]
    return named


def incident_id(members: Collection[Finding]) -> str:
    """An incident is named after its earliest member, so that the name says when it began."""
    earliest = min(members, key=lambda finding: (finding.began_at, finding.finding_id))
    return "in_" + earliest.finding_id.removeprefix("al_")


def _joined(finding: Finding, known: Mapping[str, Finding]) -> str:
    """The finding at the end of what this one joins; where that is unknown or withdrawn, the last one before it."""
    end, seen = finding, {finding.finding_id}
    while end.joins is not None:
        target = known.get(end.joins)
        if target is None or target.status == "withdrawn":
            break
        if target.finding_id in seen:
            return finding.finding_id
        seen.add(target.finding_id)
        end = target
    return end.finding_id


def _end_at(finding: Finding) -> datetime:
    return finding.ended_at or datetime.max.replace(tzinfo=UTC)


def _groups(findings: Iterable[Finding], row: Row) -> list[list[Finding]]:
    """Findings that share a key and lie within the margin, and theirs, and theirs: each such set once.

    For one key a sweep in order of beginning finds them: whoever ended last so far reaches the next one, or nobody does.
    """
    in_order = sorted(findings, key=lambda finding: (finding.began_at, finding.finding_id))
    leader = {finding.finding_id: finding.finding_id for finding in in_order}

    def lead(finding_id: str) -> str:
        while leader[finding_id] != finding_id:
            finding_id = leader[finding_id]
        return finding_id

    reach: dict[Hashable, tuple[datetime, str]] = {}
    nights: dict[Hashable, str] = {}
    for finding in in_order:
        for key in [(finding.message_status, key) for key in row.key(finding)]:
            until_at, last = reach.get(key, (None, finding.finding_id))
            if until_at is not None and finding.began_at - until_at <= row.margin:
                leader[lead(finding.finding_id)] = lead(last)
            if until_at is None or _end_at(finding) > until_at:
                reach[key] = (_end_at(finding), finding.finding_id)
        if finding.about.kind == "curfew_night":  # all absences of a night are one incident, however far apart
            first = nights.setdefault((finding.message_status, finding.about.id), finding.finding_id)
            leader[lead(finding.finding_id)] = lead(first)
    together: dict[str, list[Finding]] = {}
    for finding in in_order:
        together.setdefault(lead(finding.finding_id), []).append(finding)
    return list(together.values())
