"""Release without reassessment: he is to be released, or was, and nobody has assessed the risk anew.

Why:    there is not a robust system of re-visiting risk when perpetrators are released (NM).
Source: rules.md D, release-without-reassessment; words 2, 5 and 7.
Fires:  28 days before (low), 14 days (medium), 72 h (high), 24 h and at the release (critical), when a protected person has
        had no genuine assessment since the later of reception and 28 days before the release. Known later: at once, at the
        severity of the time left. One finding a release, whose severity rises.
Silent: temporary releases; an assessment that names her or nobody; while the feed of assessments is silent. A copied
        assessment does not count, nor does a level set without one.
Clears: a genuine assessment of everybody; the release cancelled, put off beyond 28 days, or over because he is back in custody.
Act:    assess the risk to each person named before he leaves; tell her IDVA the date.
Gaps:   put off within 28 days, the severity that was reached stays. With nobody linked, any genuine assessment counts.
        Reception is `custody.received`: back from a temporary absence, an assessment made before it still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.releases import Leaving, leavings
from streams.engine.rule import Rule
from streams.engine.verdict import SEVERITIES, Edge, Finding, Given, Severity, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, listed, when

SLUG = "release-without-reassessment"
ASSESSED = ("risk.assessed",)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How long before the release which severity is reached; the first is also how old an assessment may be."""

    low_before: timedelta = timedelta(days=28)
    medium_before: timedelta = timedelta(days=14)
    high_before: timedelta = timedelta(hours=72)
    critical_before: timedelta = timedelta(hours=24)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to remember: releases and assessments stand with the person."""


def _limits(p: Parameters, leaving: Leaving) -> tuple[tuple[datetime, Severity], ...]:
    before = (p.low_before, p.medium_before, p.high_before, p.critical_before)
    return tuple((leaving.at - limit, severity) for limit, severity in zip(before, SEVERITIES, strict=True))


def _severity(p: Parameters, leaving: Leaving, at: datetime) -> Severity | None:
    """By the time left; None before the first limit."""
    if leaving.done:
        return "critical"
    reached = [severity for limit_at, severity in _limits(p, leaving) if limit_at <= at]
    return reached[-1] if reached else None


def _releases(person: Person, case: str) -> dict[str, Leaving]:
    return {one.key: one for one in leavings(person.custody, case) if not one.temporary}


def _since(p: Parameters, person: Person, leaving: Leaving) -> datetime:
    """From when an assessment counts."""
    reception = person.custody.reception
    received_at = None if reception is None else reception.received_at
    first_at = leaving.at - p.low_before
    return first_at if received_at is None else max(first_at, received_at)


def _uncovered(p: Parameters, person: Person, leaving: Leaving) -> tuple[str, ...] | None:
    """Who has not been assessed; None when nothing is missing. Empty: nobody is linked and nothing was assessed."""
    since_at = _since(p, person, leaving)
    linked = [one.protected_person_id for one in person.linked()]
    if not linked:
        return None if any(one.genuine and one.at >= since_at for one in person.assessments) else ()
    latest = {one: person.last_assessed(one) for one in linked}
    missing = tuple(one for one, found in latest.items() if found is None or found.at < since_at)
    return missing or None


def _because(p: Parameters, person: Person, leaving: Leaving, missing: tuple[str, ...]) -> str:
    since_at = _since(p, person, leaving)
    leaves = f"was released on {when(leaving.at)}" if leaving.done else f"is to be released on {when(leaving.at)}"
    whom = f" to {listed(missing)}" if missing else ""
    copies = [person.last_assessed(one, genuine=False) for one in (missing or (None,))]
    copied = any(one is not None and one.copied and one.at >= since_at for one in copies)
    but = "; the copied one does not count" if copied else ""
    due = "an assessment is due now" if leaving.done else "an assessment is due before he leaves"
    return f"{person.label} {leaves} and the risk{whom} has not been assessed since {when(since_at)}{but}; {due}{at_risk(missing)}."


def _ends(p: Parameters, known: Known, open_: Finding, leaving: Leaving | None) -> str | None:
    """Why an open finding is over; None when it is not."""
    if leaving is None:
        return "he is back in custody" if known.person.custody.inside and known.before.custody.out_on else "the release is off"
    if _severity(p, leaving, known.at) is None:
        return f"the release is put off to {when(leaving.at)}"
    return "the risk was assessed" if _uncovered(p, known.person, leaving) is None else None


def _reviewed(p: Parameters, known: Known, live: dict[str, Leaving], ref: EvidenceRef) -> Iterator[Finding]:
    """What is open, after this event: over, or about fewer people."""
    for open_ in known.of(SLUG):
        if not open_.open:
            continue
        leaving = live.get(open_.subject)
        over = _ends(p, known, open_, leaving)
        if over is not None:
            because = f"{open_.because.removesuffix('.')}. Over on {when(known.at)}: {over}."
            yield replace(open_, ended_at=known.at, because=because, evidence=_with(open_.evidence, ref))
            continue
        missing = None if leaving is None else _uncovered(p, known.person, leaving)
        if leaving is not None and missing is not None and set(missing) < set(open_.protected_person_ids):
            because = _because(p, known.person, leaving, missing)
            yield replace(open_, because=because, protected_person_ids=missing, evidence=_with(open_.evidence, ref))


def _with(evidence: tuple[EvidenceRef, ...], ref: EvidenceRef) -> tuple[EvidenceRef, ...]:
    return evidence if ref in evidence else (*evidence, ref)


def _armed(p: Parameters, known: Known, live: dict[str, Leaving], refs: tuple[EvidenceRef, ...]) -> Iterator[WakeUp]:
    """When each release is to be looked at next: now, where a limit is reached. One that is done, only when it is news."""
    for leaving in live.values():
        if leaving.done and leaving.ref not in refs and known.open(SLUG, leaving.key) is None:
            continue
        ahead = [limit_at for limit_at, _ in _limits(p, leaving) if limit_at > known.at]
        due = known.at if _severity(p, leaving, known.at) is not None else ahead[0]
        yield WakeUp(key=leaving.key, feeds=ASSESSED, due=due)


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _due(p, memory, known, given)
    if isinstance(given, Edge):
        return _undone(p, memory, known)
    if not isinstance(given, Event):
        return None
    live = _releases(known.person, known.case)
    findings = tuple(_reviewed(p, known, live, given.ref))
    if given.type == "risk.assessed":
        return Verdict(memory=memory, findings=findings) if findings else None
    wake_ups = tuple(_armed(p, known, live, (given.ref,)))
    gone = tuple(key for key in _releases(known.before, known.case) if key not in live)
    return Verdict(memory=memory, findings=findings, wake_ups=wake_ups, cancels=gone) if findings or wake_ups or gone else None


def _due(p: Parameters, memory: Memory, known: Known, wake: Wake) -> Verdict[Memory] | None:
    """A limit is reached, or was when the release became known."""
    leaving = _releases(known.person, known.case).get(wake.key)
    severity = None if leaving is None else _severity(p, leaving, wake.due)
    missing = None if leaving is None or severity is None else _uncovered(p, known.person, leaving)
    if leaving is None or severity is None or missing is None:
        return None
    open_ = known.open(SLUG, leaving.key)
    finding = open_ or Finding(
        subject=leaving.key,
        about=leaving.about,
        began_at=wake.due,
        decidable_at=wake.due,
        severity=severity,
        provisional=leaving.unconfirmed,
        because="",
        evidence=(),
        release_id=leaving.release_id,
    )
    finding = replace(
        finding,
        severity=max(finding.severity, severity, key=SEVERITIES.index),
        provisional=finding.provisional and leaving.unconfirmed,
        because=_because(p, known.person, leaving, missing),
        evidence=_with(finding.evidence, leaving.ref),
        protected_person_ids=missing,
    )
    ahead = [] if leaving.done else [limit_at for limit_at, _ in _limits(p, leaving) if limit_at > wake.due]
    wake_ups = (WakeUp(key=leaving.key, feeds=ASSESSED, due=ahead[0]),) if ahead else ()
    return Verdict(memory=memory, findings=(finding,), wake_ups=wake_ups) if finding != open_ or wake_ups else None


def _undone(p: Parameters, memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release never was: what began with it is withdrawn, and what the plan alone supports stands again."""
    gone = next((one for one in _releases(known.before, known.case).values() if one.done), None)
    if gone is None:
        return None
    live = _releases(known.person, known.case)
    leaving = live.get(gone.key)
    severity = None if leaving is None else _severity(p, leaving, known.at)
    findings: list[Finding] = []
    for one in known.of(SLUG):
        if one.subject != gone.key:
            continue
        if one.began_at >= gone.at:
            findings.append(replace(one, withdrawn=True))
        elif one.open and leaving is not None and severity is not None:
            missing = _uncovered(p, known.person, leaving) or one.protected_person_ids
            because = _because(p, known.person, leaving, missing)
            evidence = tuple(ref for ref in one.evidence if ref != gone.ref)
            findings.append(replace(one, severity=severity, because=because, evidence=evidence))
    wake_ups = tuple(_armed(p, known, live, ()))
    return Verdict(memory=memory, findings=tuple(findings), wake_ups=wake_ups) if findings or wake_ups else None


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "custody.release_planned",
        "custody.release_changed",
        "custody.release_cancelled",
        "custody.released",
        "custody.received",
        "custody.returned",
        "custody.release_undone",
        "case.opened",
        "case.protected_person_linked",
        "case.protected_person_unlinked",
        "risk.assessed",
    ),
    tells=("offender_manager", "prison_offender_manager", "oic", "idva", "supervisor"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
