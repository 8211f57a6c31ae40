"""Short-notice release: a release that nobody could prepare for, and a protected person who has not been told.

Why:    bail from court and remand ended leave no time; she meets him before anybody has called her.
Source: rules.md D, short-notice-release; words 2 and 7.
Fires:  a release first known less than 72 h before; brought forward by a day or more to a date within 14 days (or done a day or
        more before its date); not planned at all. On a release that nothing has confirmed it is provisional.
Silent: temporary releases; known 72 h before or earlier; brought forward by less, or to a date further off; put off.
Clears: every protected person has been told of this release since; or it is cancelled, or over because he is back in custody.
Act:    the IDVA tells her now and goes through her safety plan; the control room marks her address.
Gaps:   two small steps forward are measured one by one. A telling counts when it names the release or an alert; where the
        release has no id, when it names no other release. With nobody linked it stays until somebody is, and is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec
from msgspec.structs import replace

from schemas.case import CaseProtectedPersonInformed
from schemas.event import Event, EvidenceRef
from streams.engine.known import Known
from streams.engine.person import TEMPORARY, Person
from streams.engine.releases import Leaving, leavings
from streams.engine.rule import Rule
from streams.engine.verdict import Edge, Finding, Given, Verdict
from streams.engine.wording import listed, when

SLUG = "short-notice-release"
ALERTS = ("al_", "VG-")
"""How an alert is named: a telling about one counts for the release at hand."""
KINDS = {"bail": "on bail", "remand_ended": "as his remand ended", "hdc": "on home detention curfew"}


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What notice is enough; how far brought forward is too far, and how near the new date must be to matter."""

    notice: timedelta = timedelta(hours=72)
    forward_by: timedelta = timedelta(days=1)
    within: timedelta = timedelta(days=14)


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Why a release is at short notice, since when, by which event. `was_at`: the date that it was brought forward from."""

    name: Literal["short", "forward", "unplanned"]
    at: datetime
    ref: EvidenceRef
    was_at: datetime | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`grounds` of the open findings, by release. `told`: by what the telling named, who was told last when."""

    grounds: dict[str, tuple[Ground, ...]] = {}
    told: dict[str, dict[str, datetime]] = {}


def _releases(person: Person, case: str) -> dict[str, Leaving]:
    return {one.key: one for one in leavings(person.custody, case) if not one.temporary}


def _ground(p: Parameters, known: Known, event: Event, live: dict[str, Leaving]) -> tuple[Leaving, Ground] | None:
    """What this event makes a release at short notice by."""
    at = event.occurred_at
    leaving = next((one for one in live.values() if one.ref == event.ref), None)
    if leaving is None:
        return None
    before = _releases(known.before, known.case).get(leaving.key)
    if leaving.done:
        plan = leaving.plan
        if plan is None or plan.kind == TEMPORARY:
            return leaving, Ground(name="unplanned", at=at, ref=event.ref)
        was_at = plan.release_at
    elif before is None or before.done:
        return (leaving, Ground(name="short", at=at, ref=event.ref)) if leaving.at - at < p.notice else None
    else:
        was_at = before.at
    if was_at - leaving.at >= p.forward_by and leaving.at - at <= p.within:
        return leaving, Ground(name="forward", at=at, ref=event.ref, was_at=was_at)
    return None


def _names(leaving: Leaving, ref: str, others: frozenset[str]) -> bool:
    if ref.startswith(ALERTS) or ref == leaving.release_id:
        return True
    return leaving.nameless and ref not in others


def _untold(memory: Memory, known: Known, leaving: Leaving, grounds: tuple[Ground, ...]) -> tuple[str, ...]:
    """The protected people who have not been told since the latest ground."""
    since_at = max(one.at for one in grounds)
    others = frozenset(one.release_id for one in leavings(known.person.custody, known.case) if one.key != leaving.key)
    told = [who for ref, who in memory.told.items() if _names(leaving, ref, others)]
    hers = [one.protected_person_id for one in known.person.linked()]
    return tuple(one for one in hers if not any(one in who and who[one] >= since_at for who in told))


def _because(person: Person, leaving: Leaving, grounds: tuple[Ground, ...], untold: tuple[str, ...]) -> str:
    kind = f" {KINDS[leaving.kind]}" if leaving.kind in KINDS else ""
    leaves = f"was released{kind} on {when(leaving.at)}" if leaving.done else f"is to be released{kind} on {when(leaving.at)}"
    why = []
    for one in grounds:
        if one.name == "short":
            why.append(f"known only since {when(one.at)}")
        elif one.name == "unplanned":
            why.append("without a plan")
        elif one.was_at is not None:
            why.append(f"brought forward on {when(one.at)} from {when(one.was_at)}")
    many = len(untold) > 1
    risk = f"; {listed(untold)} {'have' if many else 'has'} not been told and {'are' if many else 'is'} at risk" if untold else ""
    return f"{person.label} {leaves}, {', '.join(why)}{risk}."


def _stated(known: Known, leaving: Leaving, grounds: tuple[Ground, ...], untold: tuple[str, ...]) -> Finding:
    """The finding as it stands: a new one, or the open one amended."""
    open_ = known.open(SLUG, leaving.key)
    rests_on_release = all(one.ref == leaving.ref for one in grounds)
    finding = open_ or Finding(
        subject=leaving.key,
        about=leaving.about,
        began_at=grounds[0].at,
        decidable_at=grounds[0].at,
        severity="critical",
        because="",
        evidence=(),
        release_id=leaving.release_id,
    )
    return replace(
        finding,
        provisional=leaving.unconfirmed and rests_on_release,
        because=_because(known.person, leaving, grounds, untold),
        evidence=tuple(one.ref for one in grounds),
        protected_person_ids=untold,
        grounds=tuple(one.name for one in grounds),
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Edge):
        return _undone(memory, known)
    if not isinstance(given, Event):
        return None
    live, after = _releases(known.person, known.case), memory
    if given.type == "case.protected_person_informed":
        data = cast("CaseProtectedPersonInformed", given.data)
        if data.about != "release":
            return None
        who = {**memory.told.get(data.ref, {}), data.protected_person_id: given.occurred_at}
        after = replace(memory, told={**memory.told, data.ref: who})
    found = _ground(p, known, given, live) if given.type in PLANS else None
    if found is not None:
        leaving, ground = found
        joined = (*after.grounds.get(leaving.key, ()), ground)
        after = replace(after, grounds={**after.grounds, leaving.key: joined})
    return _reviewed(memory, after, known, live, given)


def _reviewed(memory: Memory, after: Memory, known: Known, live: dict[str, Leaving], event: Event) -> Verdict[Memory] | None:
    """Each release at short notice after this event: over, told, or as it stands now."""
    findings: list[Finding] = []
    kept: dict[str, tuple[Ground, ...]] = {}
    for key, grounds in after.grounds.items():
        leaving, open_ = live.get(key), known.open(SLUG, key)
        untold = () if leaving is None else _untold(after, known, leaving, grounds)
        over = _over(known, leaving, untold)
        if over is None and leaving is not None:
            kept[key] = grounds
            finding = _stated(known, leaving, grounds, untold)
            if finding != open_:
                findings.append(finding)
        elif open_ is not None:
            because = f"{open_.because.removesuffix('.')}. Over on {when(known.at)}: {over}."
            findings.append(replace(open_, ended_at=known.at, because=because, evidence=(*open_.evidence, event.ref)))
    after = replace(after, grounds=kept) if kept != after.grounds else after
    return None if after is memory and not findings else Verdict(memory=after, findings=tuple(findings))


def _over(known: Known, leaving: Leaving | None, untold: tuple[str, ...]) -> str | None:
    if leaving is None:
        return "he is back in custody" if known.person.custody.inside and known.before.custody.out_on else "the release is off"
    if untold:
        return None
    if known.person.linked():
        return "everybody at risk has been told"
    return "nobody is linked any more" if known.before.linked() else None


def _undone(memory: Memory, known: Known) -> Verdict[Memory] | None:
    """The release never was, nor any ground that it gave."""
    gone = next((one for one in _releases(known.before, known.case).values() if one.done), None)
    if gone is None:
        return None
    findings = [replace(one, withdrawn=True) for one in known.of(SLUG) if one.subject == gone.key and one.began_at >= gone.at]
    grounds = tuple(one for one in memory.grounds.get(gone.key, ()) if one.ref != gone.ref)
    others = {key: one for key, one in memory.grounds.items() if key != gone.key}
    leaving = _releases(known.person, known.case).get(gone.key)
    if grounds and leaving is not None:
        others[gone.key] = grounds
        findings.append(_stated(known, leaving, grounds, _untold(memory, known, leaving, grounds)))
    return Verdict(memory=replace(memory, grounds=others), findings=tuple(findings)) if findings or others != memory.grounds else None


PLANS = ("custody.release_planned", "custody.release_changed", "custody.released")
RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        *PLANS,
        "custody.release_cancelled",
        "custody.received",
        "custody.returned",
        "custody.release_undone",
        "case.protected_person_informed",
        "case.protected_person_linked",
        "case.protected_person_unlinked",
    ),
    tells=("idva", "oic", "control_room"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
