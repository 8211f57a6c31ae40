"""Breach unanswered: a breach was reported, or something grave was found, and no authority has decided what it was.

Why:    a non-molestation order not enforced while two areas disputed the case (NM, VKPP).
Source: rules.md B, breach-unanswered.
Fires:  24 h after a breach was reported; 24 h after a high finding about what he did could first be known, 4 h for a
        critical one; without a decision. Critical at twice the limit.
Silent: for what agencies owe; for a window with a flat battery (charging-failure-undecided asks); for findings below high.
Clears: a decision that names the finding, the report, this alert, or only the order.
Act:    the officer in the case decides: enforced, warned or no breach, and says why.
Gaps:   a report and a finding are one matter when order and condition are the same and they lie within 24 h of each
        other; it runs on the earlier of their limits. A report that names no condition joins only a finding without one.
        `alert.closed` is no decision. What is decided is decided: more of the same finding asks nothing again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.bail import BreachDecided, BreachReported
from schemas.event import Event, EvidenceRef
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, FindingChange, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, when

SLUG = "breach-unanswered"
DECISIONS = ("breach.decided",)
DUE, TWICE = "due", "twice"
REPORT = "report"
WORDS = {
    "untagged-window": "untagged window",
    "strap-tamper": "tampering with the strap",
    "exclusion-zone-entry": "entry into an exclusion zone",
    "inclusion-zone-exit": "absence from an inclusion zone",
    "curfew-absence": "absence in curfew hours",
    "no-contact": "contact",
    "reporting-missed": "missed report at the police station",
    "failed-to-surrender": "failure to surrender",
    "residence": "change of residence",
    "contact-from-custody": "contact from custody",
}

BY_THE_TAG = ("untagged-window", "strap-tamper")
"""Findings that may rest on every order that requires the tag, so they name none."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How long an authority has to decide, and how near a report and a finding are one matter."""

    decide_within: timedelta = timedelta(hours=24)
    decide_critical_within: timedelta = timedelta(hours=4)
    same_matter_within: timedelta = timedelta(hours=24)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A breach that somebody reported."""

    breach_id: str
    ref: EvidenceRef
    at: datetime
    happened_at: datetime


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be decided: a finding with the reports that joined it, or a report alone. `decided_at`: it was."""

    finding_id: str | None
    order_id: str | None
    condition_id: str | None
    clock_at: datetime
    limit: timedelta
    reports: tuple[Report, ...] = ()
    decided_at: datetime | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Matters by the id of the finding, or `report:` and that of the report."""

    matters: dict[str, Matter] = {}


def _asks(finding: Finding) -> bool:
    """Whether an authority owes a decision about a finding."""
    if finding.severity not in {"critical", "high"}:
        return False
    if finding.rule == "untagged-window":
        return "battery_flat" not in finding.grounds
    return finding.rule != "contact-from-custody" or "no_contact_condition" in finding.grounds


def _clock(p: Parameters, since_at: datetime, limit: timedelta, reports: tuple[Report, ...]) -> tuple[datetime, timedelta]:
    """The earliest limit of the finding and of the reports that joined it."""
    return min(((since_at, limit), *((one.at, p.decide_within) for one in reports)), key=lambda clock: clock[0] + clock[1])


def _wake_ups(key: str, matter: Matter) -> tuple[WakeUp, ...]:
    return tuple(
        WakeUp(key=f"{key}:{what}", feeds=DECISIONS, since=matter.clock_at, limit=times * matter.limit)
        for times, what in ((1, DUE), (2, TWICE))
    )


def _keys(key: str) -> tuple[str, str]:
    return f"{key}:{DUE}", f"{key}:{TWICE}"


def _subject(key: str) -> str:
    return key.removeprefix(f"{REPORT}:")


def _what(known: Known, matter: Matter) -> tuple[About, str]:
    """What the alert is about, and how a sentence names it."""
    finding = known.findings.get(matter.finding_id) if matter.finding_id else None
    if finding is None:
        first = matter.reports[0]
        about = About("report", first.breach_id, f"breach report of {when(first.at)}")
        return about, f"the breach of order {matter.order_id} by {known.person.label} that was reported on {when(first.at)}"
    words = f"{WORDS[finding.rule]} from {when(finding.began_at)}"
    reported = f", reported on {when(matter.reports[0].at)} as well" if matter.reports else ""
    return About("finding", finding.id, words), f"the {words} of {known.person.label}{reported}"


def _stated(known: Known, key: str, matter: Matter, *, critical: bool) -> Finding:
    """The finding about a matter as it stands now."""
    finding = known.findings.get(matter.finding_id) if matter.finding_id else None
    open_ = known.open(SLUG, _subject(key))
    about, words = _what(known, matter)
    hers = finding.protected_person_ids if finding else tuple(one.protected_person_id for one in known.person.linked())
    rests_on = open_.evidence if open_ else finding.evidence if finding else ()
    due = when(matter.clock_at + matter.limit)
    return Finding(
        subject=_subject(key),
        about=about,
        began_at=open_.began_at if open_ else known.at,
        decidable_at=open_.decidable_at if open_ else known.at,
        severity="critical" if critical or (open_ is not None and open_.severity == "critical") else "high",
        provisional=finding.provisional if finding else False,
        because=f"No authority has decided on {words}; a decision was due by {due}{at_risk(hers)}.",
        evidence=tuple(dict.fromkeys((*rests_on, *(one.ref for one in matter.reports)))),
        protected_person_ids=hers,
        order_id=matter.order_id,
        condition_id=matter.condition_id,
        joins=finding.id if finding else None,
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        key, what = given.key.rsplit(":", 1)
        matter = memory.matters.get(key)
        if matter is None or matter.decided_at is not None:
            return None
        return Verdict(memory=memory, findings=(_stated(known, key, matter, critical=what == TWICE),))
    if isinstance(given, FindingChange):
        return _finding(p, memory, known, given)
    if isinstance(given, Event) and isinstance(given.data, BreachReported):
        return _reported(p, memory, known, given, given.data)
    if isinstance(given, Event) and isinstance(given.data, BreachDecided):
        return _decided(memory, known, given, given.data)
    return None


def _finding(p: Parameters, memory: Memory, known: Known, given: FindingChange) -> Verdict[Memory] | None:
    """A finding that asks for a decision: a new matter, a graver one, or one that never was."""
    finding, before = given.finding, given.before
    matter = memory.matters.get(finding.id)
    if given.what == "withdrawn":
        return None if matter is None else _withdrawn(p, memory, known, finding.id, matter)
    if not _asks(finding):
        return None if matter is None else _dropped(memory, known, finding.id, matter)
    limit = p.decide_critical_within if finding.severity == "critical" else p.decide_within
    if matter is None:
        if before is not None and _asks(before):
            return None  # decided so long ago that it was forgotten
        return _opened(p, memory, known, finding, limit)
    open_ = known.open(SLUG, finding.id)
    findings: tuple[Finding, ...] = ()
    if open_ is not None and open_.provisional != finding.provisional:
        findings = (replace(open_, provisional=finding.provisional),)
    clock_at, limit = _clock(p, finding.decidable_at, limit, matter.reports)
    if matter.decided_at is not None or (clock_at, limit) == (matter.clock_at, matter.limit):
        return Verdict(memory=memory, findings=findings) if findings else None
    graver = replace(matter, clock_at=clock_at, limit=limit)
    return Verdict(
        memory=Memory(matters={**memory.matters, finding.id: graver}),
        findings=findings,
        wake_ups=_wake_ups(finding.id, graver),
    )


def _opened(p: Parameters, memory: Memory, known: Known, finding: Finding, limit: timedelta) -> Verdict[Memory]:
    """A new matter. Reports about the same that nobody has been alarmed about yet join it."""
    joined = {
        key: one
        for key, one in memory.matters.items()
        if one.finding_id is None
        and one.decided_at is None
        and known.open(SLUG, _subject(key)) is None
        and _same(p, finding, one.order_id, one.condition_id, one.reports[0].happened_at)
    }
    reports = tuple(report for one in joined.values() for report in one.reports)
    clock_at, limit = _clock(p, finding.decidable_at, limit, reports)
    matter = Matter(
        finding_id=finding.id,
        order_id=finding.order_id,
        condition_id=finding.condition_id,
        clock_at=clock_at,
        limit=limit,
        reports=reports,
    )
    kept = {key: one for key, one in memory.matters.items() if key not in joined and not _stale(p, one, known.at)}
    return Verdict(
        memory=Memory(matters={**kept, finding.id: matter}),
        wake_ups=_wake_ups(finding.id, matter),
        cancels=tuple(name for key in joined for name in _keys(key)),
    )


def _stale(p: Parameters, matter: Matter, at: datetime) -> bool:
    return matter.decided_at is not None and matter.decided_at + 2 * p.same_matter_within <= at


def _same(p: Parameters, finding: Finding, order_id: str | None, condition_id: str | None, happened_at: datetime) -> bool:
    """Whether a report is about a finding: the same order and condition, and within 24 h of it."""
    if order_id is None or (order_id, condition_id) != (finding.order_id, finding.condition_id):
        return False
    after = finding.ended_at is None or happened_at <= finding.ended_at + p.same_matter_within
    return after and happened_at >= finding.began_at - p.same_matter_within


def _withdrawn(p: Parameters, memory: Memory, known: Known, key: str, matter: Matter) -> Verdict[Memory]:
    """The finding never was. Reports that had joined it stand by themselves."""
    alone = {
        f"{REPORT}:{one.breach_id}": Matter(
            finding_id=None,
            order_id=matter.order_id,
            condition_id=matter.condition_id,
            clock_at=one.at,
            limit=p.decide_within,
            reports=(one,),
            decided_at=matter.decided_at,
        )
        for one in matter.reports
    }
    kept = {name: one for name, one in memory.matters.items() if name != key}
    return Verdict(
        memory=Memory(matters={**kept, **alone}),
        findings=tuple(replace(one, withdrawn=True) for one in known.of(SLUG) if one.subject == key),
        wake_ups=tuple(wake for name, one in alone.items() if one.decided_at is None for wake in _wake_ups(name, one)),
        cancels=_keys(key),
    )


def _dropped(memory: Memory, known: Known, key: str, matter: Matter) -> Verdict[Memory] | None:
    """Another rule asks about it now (a battery that proves flat). What has been raised already stands."""
    if matter.reports or known.open(SLUG, key) is not None:
        return None
    kept = {name: one for name, one in memory.matters.items() if name != key}
    return Verdict(memory=Memory(matters=kept), cancels=_keys(key))


def _reported(p: Parameters, memory: Memory, known: Known, event: Event, data: BreachReported) -> Verdict[Memory] | None:
    """A breach is reported: it joins a finding about the same, else it is a matter of its own."""
    report = Report(
        breach_id=data.breach_id,
        ref=event.ref,
        at=event.occurred_at,
        happened_at=data.happened_at or event.occurred_at,
    )
    if any(one.breach_id == data.breach_id for matter in memory.matters.values() for one in matter.reports):
        return None
    for key, matter in memory.matters.items():
        finding = known.findings.get(matter.finding_id) if matter.finding_id else None
        if finding is None or not _same(p, finding, data.order_id, data.condition_id, report.happened_at):
            continue
        if matter.decided_at is not None and report.happened_at > matter.decided_at:
            continue  # a decision covers what lies before it
        reports = (*matter.reports, report)
        clock_at, limit = _clock(p, matter.clock_at, matter.limit, reports)
        joined = replace(matter, reports=reports, clock_at=clock_at, limit=limit)
        open_ = known.open(SLUG, key)
        return Verdict(
            memory=Memory(matters={**memory.matters, key: joined}),
            findings=(_stated(known, key, joined, critical=False),) if open_ is not None else (),
            wake_ups=() if clock_at == matter.clock_at else _wake_ups(key, joined),
        )
    key = f"{REPORT}:{data.breach_id}"
    alone = Matter(
        finding_id=None,
        order_id=data.order_id,
        condition_id=data.condition_id,
        clock_at=event.occurred_at,
        limit=p.decide_within,
        reports=(report,),
    )
    kept = {name: one for name, one in memory.matters.items() if not _stale(p, one, known.at)}
    return Verdict(memory=Memory(matters={**kept, key: alone}), wake_ups=_wake_ups(key, alone))


def _decided(memory: Memory, known: Known, event: Event, data: BreachDecided) -> Verdict[Memory] | None:
    """A decision answers every matter that it names."""
    answered = [key for key, matter in memory.matters.items() if matter.decided_at is None and _answers(known, key, matter, data)]
    if not answered:
        return None
    findings: list[Finding] = []
    matters = dict(memory.matters)
    for key in answered:
        matters[key] = replace(matters[key], decided_at=event.occurred_at)
        open_ = known.open(SLUG, _subject(key))
        if open_ is not None:
            findings.append(replace(open_, ended_at=event.occurred_at, evidence=(*open_.evidence, event.ref)))
    return Verdict(
        memory=Memory(matters=matters),
        findings=tuple(findings),
        cancels=tuple(name for key in answered for name in _keys(key)),
    )


def _answers(known: Known, key: str, matter: Matter, data: BreachDecided) -> bool:
    """Whether a decision is about a matter (rules.md, word 11)."""
    named = {matter.finding_id, *(one.id for one in known.of(SLUG) if one.subject == _subject(key))}
    if not known.decided.isdisjoint(named - {None}) or (data.alert_id is not None and data.alert_id in named):
        return True
    if data.breach_id is not None and any(one.breach_id == data.breach_id for one in matter.reports):
        return True
    if data.alert_id is not None or data.breach_id is not None or data.order_id is None:
        return False
    if matter.order_id is not None:
        return matter.order_id == data.order_id
    order, finding = known.person.orders.get(data.order_id), known.findings.get(matter.finding_id or "")
    if order is None or finding is None or finding.rule not in BY_THE_TAG:
        return False
    return any(one.kind == "tag" for one in order.held(finding.began_at))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("breach.reported", "breach.decided"),
    reads_findings=tuple(WORDS),
    tells=("oic", "supervisor"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
