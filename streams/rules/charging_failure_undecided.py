"""Charging failure undecided: his battery was flat, nobody watched him, and nobody has soundly decided what that was.

Why:    the court treated it as a misunderstanding, and follow-up came days later (NM).
Source: rules.md A, charging-failure-undecided.
Fires:  4 h after an untagged window with a flat battery began, however long it was, when no decision names it; at once
        when one officer alone decides anything but `enforced`.
Silent: for windows with no flat battery (breach-unanswered asks about those).
Clears: a decision that a second officer confirmed, or `enforced`.
Act:    decide, and have a second officer read the window and what he did in it before anybody says misunderstanding.
Gaps:   `alert.closed` decides no breach, so it answers nothing here. Which officers may confirm is the console's affair.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from schemas.bail import BreachDecided
from schemas.event import Event, EvidenceRef
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, FindingChange, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, when

SLUG = "charging-failure-undecided"
WINDOW, FLAT = "untagged-window", "battery_flat"
UNDECIDED, UNCONFIRMED = "undecided", "unconfirmed"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How soon after the window began somebody has to have decided."""

    decide_within: timedelta = timedelta(hours=4)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Windows that were decided, by id: whether soundly. Kept as long as the window is known."""

    sound: dict[str, bool] = {}


def _sound(data: BreachDecided) -> bool:
    confirmed = data.confirmed_by is not None and data.confirmed_by != data.decided_by
    return confirmed or data.decision == "enforced"


def _because(p: Parameters, known: Known, window: Finding, ground: str) -> str:
    risk = at_risk(window.protected_person_ids)
    flat = f"the flat battery that left {known.person.label} unmonitored from {when(window.began_at)}"
    if ground == UNCONFIRMED:
        return f"One officer alone has decided on {flat}: a second officer must confirm it{risk}."
    return f"Nobody has decided what {flat} was; a decision was due by {when(window.began_at + p.decide_within)}{risk}."


def _stated(p: Parameters, known: Known, window: Finding, ground: str, ref: EvidenceRef | None) -> Finding:
    """A new finding about the window, or the open one with a further ground."""
    refs = () if ref is None else (ref,)
    open_ = known.open(SLUG, window.id)
    if open_ is not None:
        grounds = open_.grounds if ground in open_.grounds else (*open_.grounds, ground)
        return replace(open_, grounds=grounds, because=_because(p, known, window, ground), evidence=(*open_.evidence, *refs))
    return Finding(
        subject=window.id,
        about=About("finding", window.id, f"untagged window from {when(window.began_at)}"),
        began_at=known.at,
        decidable_at=known.at,
        severity="high",
        provisional=window.provisional,
        because=_because(p, known, window, ground),
        evidence=(*window.evidence, *refs),
        protected_person_ids=window.protected_person_ids,
        grounds=(ground,),
        order_id=window.order_id,
        condition_id=window.condition_id,
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, FindingChange):
        return _window(p, memory, known, given)
    if isinstance(given, Wake):
        window = known.findings.get(given.key)
        if window is None or given.key in memory.sound:
            return None
        return Verdict(memory=memory, findings=(_stated(p, known, window, UNDECIDED, None),))
    if isinstance(given, Event) and isinstance(given.data, BreachDecided):
        return _decision(p, memory, known, given, given.data)
    return None


def _window(p: Parameters, memory: Memory, known: Known, given: FindingChange) -> Verdict[Memory] | None:
    """A window opens, or its battery proves flat: the clock runs from its beginning."""
    window, before = given.finding, given.before
    if given.what == "withdrawn":
        gone = tuple(replace(one, withdrawn=True) for one in known.of(SLUG) if one.subject == window.id)
        return Verdict(memory=memory, findings=gone, cancels=(window.id,))
    if FLAT not in window.grounds:
        return None
    if before is None or FLAT not in before.grounds:
        sound = memory.sound.get(window.id)
        if sound is None:
            wake_up = WakeUp(key=window.id, feeds=("breach.decided",), since=window.began_at, limit=p.decide_within)
            return Verdict(memory=memory, wake_ups=(wake_up,))
        return None if sound else Verdict(memory=memory, findings=(_stated(p, known, window, UNCONFIRMED, None),))
    open_ = known.open(SLUG, window.id)
    if open_ is None or open_.provisional == window.provisional:
        return None
    return Verdict(memory=memory, findings=(replace(open_, provisional=window.provisional),))


def _decision(p: Parameters, memory: Memory, known: Known, event: Event, data: BreachDecided) -> Verdict[Memory] | None:
    """A decision that names the window, or this rule's finding about it."""
    decided = {one.id if one.rule == WINDOW else one.subject for one in known.findings.values() if _named(known, one, data)}
    if not decided:
        return None
    sound = {key: said for key, said in memory.sound.items() if key in known.findings}
    findings: list[Finding] = []
    for window_id in sorted(decided):
        sound[window_id] = _sound(data)
        window, open_ = known.findings.get(window_id), known.open(SLUG, window_id)
        if sound[window_id]:
            if open_ is not None:
                findings.append(replace(open_, ended_at=event.occurred_at, evidence=(*open_.evidence, event.ref)))
        elif window is not None and FLAT in window.grounds:
            findings.append(_stated(p, known, window, UNCONFIRMED, event.ref))
    return Verdict(memory=Memory(sound=sound), findings=tuple(findings), cancels=tuple(sorted(decided)))


def _named(known: Known, finding: Finding, data: BreachDecided) -> bool:
    """Whether the decision is about this window or this finding of ours; the window itself may be forgotten by then."""
    if finding.rule == WINDOW:
        return finding.id in known.decided or _tagged_by(known, finding, data)
    return finding.rule == SLUG and (finding.id in known.decided or finding.subject == data.alert_id)


def _tagged_by(known: Known, window: Finding, data: BreachDecided) -> bool:
    """Whether the decision names nothing but an order that required the tag: a window may rest on several orders."""
    if data.alert_id is not None or data.breach_id is not None or data.order_id is None:
        return False
    order = known.person.orders.get(data.order_id)
    return order is not None and any(one.kind == "tag" for one in order.held(window.began_at))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("breach.decided",),
    reads_findings=(WINDOW,),
    tells=("offender_manager", "oic", "supervisor"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
