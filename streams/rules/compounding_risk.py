"""Compounding risk: several serious facts of different kinds stand together, and no single agency sees them all.

Why:    no agency saw the complete picture (NM, and every review since).
Source: rules.md E, compounding-risk.
Fires:  three of eight kinds count at once: not monitored (a window or a cut strap), in or near an exclusion zone, contact,
        a trigger, her location known, a release that is not temporary, protection that has ended, a threat. A fact counts
        until it ends, and at least 14 days after it began.
Silent: below three kinds, however many facts of one kind there are; for attempts, which are no contact; for planned releases.
Clears: fewer than three kinds count.
Act:    call the team together today; read the facts in their order; decide who protects whom by when.
Gaps:   the grouping is by the kind of evidence for the Homicide Timeline, never a stage of it. Contact is an incident that
        names her, or a finding of contact; calls that nobody forbids and nobody found are not counted. Intelligence
        assessed as false (E) is no threat; an assessment that rises from it later is not taken up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.comms import CommsFlagged
from schemas.event import Event, EvidenceRef
from schemas.risk import IncidentReported, IntelligenceReassessed, IntelligenceSubmitted, LifeTrigger
from streams.engine.known import Known
from streams.engine.person import TEMPORARY, Person
from streams.engine.rule import Rule
from streams.engine.verdict import CLOCK, About, Edge, Finding, FindingChange, Given, Verdict, WakeUp
from streams.engine.wording import at_risk, listed, when

SLUG = "compounding-risk"
FEWER = "fewer"
UNTAGGED, ZONE, CONTACT, TRIGGER = "untagged", "zone", "contact", "trigger"
LOCATION, RELEASE, ORDER_ENDED, THREAT = "location_known", "release", "order_ended", "threat"
OF_FINDINGS = {
    "untagged-window": UNTAGGED,
    "strap-tamper": UNTAGGED,
    "exclusion-zone-entry": ZONE,
    "exclusion-zone-approach": ZONE,
    "no-contact": CONTACT,
    "contact-from-custody": CONTACT,
    "location-known": LOCATION,
    "protection-gap": ORDER_ENDED,
}
WORDS = {
    UNTAGGED: "not monitored",
    ZONE: "in or near an exclusion zone",
    CONTACT: "contact with a protected person",
    LOCATION: "location known",
    RELEASE: "released",
    ORDER_ENDED: "protection ended",
    THREAT: "threat",
}
GROUPS = (
    ("of a trigger", (TRIGGER, RELEASE, ORDER_ENDED)),
    ("of escalation", (CONTACT, THREAT, ZONE)),
    ("of planning", (LOCATION, UNTAGGED)),
)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How many kinds make the picture, and how long a fact counts at least."""

    least_kinds: int = 3
    counts_for: timedelta = timedelta(days=14)


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One serious fact. `until_at`: it counts before then; None while it goes on."""

    kind: str
    began_at: datetime
    until_at: datetime | None
    refs: tuple[EvidenceRef, ...]
    words: str
    finding_id: str | None = None
    provisional: bool = False


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that count, by key. `carried_by`: those with which the open finding began; without them it never was."""

    facts: dict[str, Fact] = {}
    carried_by: tuple[str, ...] = ()


def _until(p: Parameters, began_at: datetime, ended_at: datetime | None) -> datetime | None:
    return None if ended_at is None else max(ended_at, began_at + p.counts_for)


def _event_fact(p: Parameters, kind: str, began_at: datetime, ref: EvidenceRef, words: str = "", *, provisional: bool = False) -> Fact:
    """A fact that ends as it begins."""
    until_at = began_at + p.counts_for
    return Fact(kind=kind, began_at=began_at, until_at=until_at, refs=(ref,), words=words or WORDS[kind], provisional=provisional)


def _told(p: Parameters, known: Known, event: Event) -> dict[str, Fact | None]:
    """The facts in one event, by key; None takes one back."""
    data, at, ref = event.data, event.occurred_at, event.ref
    key = f"{ref.source}:{ref.id}"
    if isinstance(data, LifeTrigger):
        return {key: _event_fact(p, TRIGGER, at, ref, data.kind.replace("_", " "))}
    if isinstance(data, IncidentReported):
        happened_at = min(data.happened_at or at, at)
        kinds = ([CONTACT] if data.protected_person_id else []) + ([THREAT] if data.kind == "threat" else [])
        return {f"{key}:{kind}": _event_fact(p, kind, happened_at, ref) for kind in kinds}
    if isinstance(data, CommsFlagged):
        threat = data.category == "threat" and data.ref not in known.person.legal_calls
        return {f"flag:{data.ref}": _event_fact(p, THREAT, at, ref)} if threat else {}
    if isinstance(data, IntelligenceSubmitted):
        threat = "threat_to_life" in data.tags and data.intelligence_assessment != "E"
        return {f"report:{data.report_id}": _event_fact(p, THREAT, at, ref)} if threat else {}
    if isinstance(data, IntelligenceReassessed):
        return {f"report:{data.report_id}": None} if data.intelligence_assessment == "E" else {}
    release = known.person.custody.release
    if event.type == "custody.released" and release is not None and release.kind != TEMPORARY:
        return {_release_key(release.at): _event_fact(p, RELEASE, release.at, release.ref, provisional=not release.confirmed)}
    return {}


def _release_key(at: datetime) -> str:
    return f"release:{at.isoformat()}"


def _found(p: Parameters, memory: Memory, known: Known, given: FindingChange) -> dict[str, Fact | None]:
    """The fact in a finding of another rule."""
    finding, before = given.finding, memory.facts.get(given.finding.id)
    if finding.withdrawn:
        return {finding.id: None}
    kind = OF_FINDINGS[finding.rule]
    began_at = finding.began_at
    if kind == ORDER_ENDED:  # the gap is open before the end; the end is the fact
        if before is None and ("ended" not in finding.grounds or finding.ended_at is not None):
            return {}
        began_at = before.began_at if before else known.at
    fact = Fact(
        kind=kind,
        began_at=began_at,
        until_at=_until(p, began_at, finding.ended_at),
        refs=before.refs if before else finding.evidence[:1],
        words=WORDS[kind],
        finding_id=finding.id,
        provisional=finding.provisional,
    )
    return {finding.id: fact}


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    told: dict[str, Fact | None] = {}
    if isinstance(given, FindingChange):
        told = _found(p, memory, known, given)
    elif isinstance(given, Event):
        told = _told(p, known, given)
    elif isinstance(given, Edge):
        release = known.before.custody.release
        told = {} if release is None else {_release_key(release.at): None}
    facts = {key: fact for key, fact in {**memory.facts, **told}.items() if fact is not None}
    if facts == memory.facts and isinstance(given, Event | Edge):
        return None
    return _picture(p, memory, known, facts)


def _counting(facts: Iterable[Fact], at: datetime) -> dict[str, list[Fact]]:
    """Facts that count, by kind, each kind from its first; kinds in the order in which they began."""
    kinds: dict[str, list[Fact]] = {}
    for fact in sorted(facts, key=lambda one: (one.began_at, one.kind)):
        if fact.until_at is None or fact.until_at > at:
            kinds.setdefault(fact.kind, []).append(fact)
    return kinds


def _picture(p: Parameters, memory: Memory, known: Known, facts: dict[str, Fact]) -> Verdict[Memory]:
    """What stands together now, against what stood before."""
    kinds = _counting(facts.values(), known.at)
    open_ = known.open(SLUG)
    enough = len(kinds) >= p.least_kinds
    carried_by = memory.carried_by if open_ is not None else ()
    findings: list[Finding] = []
    if open_ is not None and not facts.keys() >= {*carried_by}:
        findings.append(replace(open_, withdrawn=True))  # a fact with which it began never was
        open_, carried_by = None, ()
    elif open_ is not None and not enough:
        findings.append(replace(open_, ended_at=known.at))
        open_, carried_by = None, ()
    if enough:
        fresh = _stated(p, known, kinds, open_)
        if open_ is None:
            first = [each[0] for each in kinds.values()][: p.least_kinds]
            carried_by = tuple(key for key, fact in facts.items() if any(fact is one for one in first))
        moved = open_ is not None and fresh.joins not in {None, open_.joins}  # the finding of a fact follows its event
        if open_ is None or moved or {*fresh.grounds} != {*open_.grounds} or fresh.provisional != open_.provisional:
            findings.append(fresh)
    counted = {id(fact) for each in kinds.values() for fact in each}
    after = Memory(facts={key: fact for key, fact in facts.items() if id(fact) in counted or key in carried_by}, carried_by=carried_by)
    ends = [max(fact.until_at for fact in each if fact.until_at) for each in kinds.values() if all(fact.until_at for fact in each)]
    if not enough or not ends:
        return Verdict(memory=after, findings=tuple(findings), cancels=(FEWER,))
    return Verdict(memory=after, findings=tuple(findings), wake_ups=(WakeUp(key=FEWER, feeds=CLOCK, due=min(ends)),))


def _stated(p: Parameters, known: Known, kinds: dict[str, list[Fact]], open_: Finding | None) -> Finding:
    """The picture as a finding: it begins when the last of the first three kinds began, and never before an earlier one ended."""
    first = [each[0] for each in kinds.values()]
    sure = sum(1 for each in kinds.values() if any(not fact.provisional for fact in each))
    ended = [one.ended_at for one in known.of(SLUG) if one.ended_at is not None]
    began_at = open_.began_at if open_ else max([first[p.least_kinds - 1].began_at, *ended])
    hers = tuple(one.protected_person_id for one in known.person.linked())
    return Finding(
        subject=known.case,
        about=About("case", known.case, "the whole picture"),
        began_at=began_at,
        decidable_at=open_.decidable_at if open_ else known.at,
        severity="critical",
        provisional=sure < p.least_kinds,
        because=_because(known.person, began_at, first, hers),
        evidence=tuple(dict.fromkeys(ref for fact in first for ref in fact.refs)),
        protected_person_ids=hers,
        grounds=tuple(kinds),
        joins=_joined(known, [fact for each in kinds.values() for fact in each]),
    )


def _joined(known: Known, facts: list[Fact]) -> str | None:
    """The finding of the newest fact: itself, or the one of its kind that rests on the same event."""
    newest = max(facts, key=lambda fact: (fact.began_at, fact.finding_id or ""))
    found = [fact.finding_id for fact in facts if fact.finding_id and fact.kind == newest.kind]
    resting = (one for one in found if {*newest.refs} <= {*known.findings[one].evidence})
    return newest.finding_id or max(resting, default=None, key=lambda one: (known.findings[one].began_at, one))


def _because(person: Person, began_at: datetime, first: list[Fact], hers: tuple[str, ...]) -> str:
    parts: list[str] = []
    for words, kinds in GROUPS:
        facts = [f"{fact.words} ({when(fact.began_at)})" for fact in first if fact.kind in kinds]
        if facts:
            parts.append(f"{words}, {listed(facts)}")
    said = "; ".join(parts)
    return f"{len(first)} serious facts about {person.label} stand together since {when(began_at)}: evidence {said}{at_risk(hers)}."


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "life.trigger",
        "incident.reported",
        "comms.flagged",
        "intelligence.submitted",
        "intelligence.reassessed",
        "custody.released",
        "custody.release_undone",
    ),
    reads_findings=tuple(OF_FINDINGS),
    tells=("oic", "offender_manager", "idva", "supervisor", "control_room"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
