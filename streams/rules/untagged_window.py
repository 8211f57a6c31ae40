"""Untagged window: a person who must wear a tag is not being monitored.

Why:    he was unmonitored for a day after not charging the tag; he learns the window of opportunity (NM).
Source: rules.md A, untagged-window.
Fires:  battery flat, strap cut, device removed without replacement, or no proof of life for 15 min (GPS) or 4 h (radio).
        Begins at the last proof of monitoring, not when it was noticed.
Silent: before the first fitting under the condition (not-fitted), in custody, for alcohol tags without proof of life;
        during an outage of the feed; `replaced` allows 60 min, `custody` 24 h.
Clears: the next proof of life; after a strap cut or a removal, `restored` or a new fitting and then a proof. Also when
        custody begins or the condition ends.
Act:    call him, call the supplier, send someone; tell her IDVA where the window is long or the strap was cut.
Gaps:   a tag left at home with its strap whole cannot be seen from here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.fix import Fix
from schemas.tagging import TaggingFitted, TaggingHomeUnit, TaggingRemoved, TaggingShutdown, TaggingStrap
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Severity, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, duration, when

SLUG = "untagged-window"
PROOFS = ("tagging.position", "tagging.home_unit")
SILENCE, REPLACED, LONG = "silence", "replaced", "long"

Loss = Literal["battery_flat", "silence", "strap_cut", "removed"]
WORDS: dict[str, str] = {
    "battery_flat": "the battery is flat",
    "silence": "the tag has gone silent",
    "strap_cut": "the strap was cut",
    "removed": "the device was removed",
}


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of silence by mode, what a removal allows, and when a window is long."""

    gps_silence: timedelta = timedelta(minutes=15)
    radio_silence: timedelta = timedelta(hours=4)
    replaced_allows: timedelta = timedelta(minutes=60)
    custody_allows: timedelta = timedelta(hours=24)
    long_after: timedelta = timedelta(hours=2)
    flat_at_percent: float = 5.0


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`watched_at`: since when he is required to wear a tag and has been fitted. `losses`: why he is not monitored."""

    watched_at: datetime | None = None
    losses: tuple[Loss, ...] = ()
    needs_refit: bool = False
    """A strap cut or a removal: positions alone do not end the window."""
    removed_at: datetime | None = None
    """A removal whose allowance runs."""


def _required(person: Person, at: datetime) -> bool:
    return not person.custody.inside and person.tagged_by(at) is not None


def _monitored_by(person: Person, at: datetime) -> frozenset[str]:
    """The modes that are both asked for and fitted; a condition that names no mode asks for any."""
    asked = [condition.modes for _, condition in person.conditions(at, "tag")]
    fitted = person.tag.modes()
    return fitted if not all(asked) else fitted & {mode for modes in asked for mode in modes}


def _limit(p: Parameters, person: Person, at: datetime) -> timedelta | None:
    """How long this tag may be silent; None for a tag whose silence proves nothing (alcohol)."""
    modes = _monitored_by(person, at)
    if "gps" in modes:
        return p.gps_silence
    return p.radio_silence if "rf_curfew" in modes else None


def _watch(p: Parameters, known: Known, watched_at: datetime) -> tuple[WakeUp, ...]:
    """The one wake-up of a monitored person: the limit after the last proof, or after the watch began."""
    limit = _limit(p, known.person, known.at)
    if limit is None:
        return ()
    return (WakeUp(key=SILENCE, feeds=PROOFS, since=watched_at, since_proof=True, limit=limit),)


def _because(person: Person, began_at: datetime, ended_at: datetime | None, losses: tuple[Loss, ...]) -> str:
    why = " and ".join(WORDS[loss] for loss in losses)
    if ended_at is not None:
        return f"{person.label} was not monitored for {duration(ended_at - began_at)}, {when(began_at)} to {when(ended_at)}: {why}."
    risk = at_risk(one.protected_person_id for one in person.linked())
    return f"{person.label} has not been monitored since {when(began_at)}: {why}{risk}."


def _severity(p: Parameters, person: Person, losses: tuple[Loss, ...], began_at: datetime, until_at: datetime) -> Severity:
    grave = "strap_cut" in losses or person.high_risk or until_at - began_at >= p.long_after
    return "critical" if grave else "high"


def _lost(p: Parameters, memory: Memory, known: Known, loss: Loss, ref: EvidenceRef | None, decidable_at: datetime) -> Verdict[Memory]:
    """A reason for not being monitored: it opens the window, or joins the one that is open."""
    person, open_ = known.person, known.open(SLUG)
    losses = memory.losses if loss in memory.losses else (*memory.losses, loss)
    if loss == "silence" and person.tag.battery_percent is not None and person.tag.battery_percent <= p.flat_at_percent:
        losses = ("battery_flat",) if not memory.losses else losses
    memory = replace(
        memory,
        losses=losses,
        needs_refit=memory.needs_refit or loss in {"strap_cut", "removed"},
        removed_at=None if loss == "removed" else memory.removed_at,
    )
    refs = () if ref is None else (ref,)
    if open_ is not None:
        finding = replace(
            open_,
            severity="critical" if open_.severity == "critical" else _severity(p, person, losses, open_.began_at, known.at),
            grounds=losses,
            because=_because(person, open_.began_at, None, losses),
            evidence=(*open_.evidence, *(one for one in refs if one not in open_.evidence)),
        )
        return Verdict(memory=memory, findings=(finding,))
    proof_at, watched_at = person.tag.proof_at, memory.watched_at or known.at
    began_at = proof_at if proof_at is not None and proof_at >= watched_at else watched_at
    proof = () if person.tag.proof_ref is None or began_at != proof_at else (person.tag.proof_ref,)
    finding = Finding(
        subject=known.case,
        about=About("case", known.case, "electronic monitoring"),
        began_at=began_at,
        decidable_at=decidable_at,
        severity=_severity(p, person, losses, began_at, known.at),
        provisional=person.unconfirmed,
        because=_because(person, began_at, None, losses),
        evidence=(*proof, *refs),
        protected_person_ids=tuple(one.protected_person_id for one in person.linked()),
        grounds=losses,
        order_id=person.tagged_by(known.at),
    )
    long = WakeUp(key=LONG, feeds=PROOFS, since=began_at, limit=p.long_after)
    return Verdict(memory=memory, findings=(finding,), wake_ups=(long,), cancels=(SILENCE, REPLACED))


def _resumed(p: Parameters, memory: Memory, known: Known, ended_at: datetime, ref: EvidenceRef | None, *, watch: bool) -> Verdict[Memory]:
    """The window ends; with `watch` he is monitored again, else he need not be."""
    open_, person = known.open(SLUG), known.person
    findings: tuple[Finding, ...] = ()
    if open_ is not None:
        findings = (
            replace(
                open_,
                ended_at=ended_at,
                severity="critical" if (SLUG, LONG) in known.due else open_.severity,
                because=_because(person, open_.began_at, ended_at, memory.losses),
                evidence=open_.evidence if ref is None else (*open_.evidence, ref),
            ),
        )
    watched_at = memory.watched_at if watch else None
    fresh = Memory(watched_at=watched_at)
    wake_ups = _watch(p, known, watched_at) if watched_at is not None else ()
    cancels = (LONG, REPLACED) if wake_ups else (SILENCE, LONG, REPLACED)
    return Verdict(memory=fresh, findings=findings, wake_ups=wake_ups, cancels=cancels)


def _requirement(p: Parameters, memory: Memory, known: Known, ref: EvidenceRef | None) -> Verdict[Memory] | None:
    """Orders, custody or fitting have changed: whether he is to be watched, and since when."""
    person = known.person
    if not _required(person, known.at):
        return _resumed(p, memory, known, known.at, ref, watch=False) if memory.watched_at is not None else None
    if memory.watched_at is None and _monitored_by(person, known.at):
        return Verdict(memory=Memory(watched_at=known.at), wake_ups=_watch(p, known, known.at))
    return None


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Event):
        return _event(p, memory, known, given)
    if isinstance(given, Wake):
        return _due(p, memory, known, given)
    if isinstance(given, Edge) and given.kind == "custody.release_undone":
        return _undone(known)
    return _requirement(p, memory, known, None)


def _event(p: Parameters, memory: Memory, known: Known, event: Event) -> Verdict[Memory] | None:
    data = event.data
    if isinstance(data, Fix | TaggingHomeUnit):
        proof = isinstance(data, Fix) or data.present
        if known.due and not memory.losses and proof and (SLUG, SILENCE) in known.due:
            return _to_the_instant(p, memory, known, event)
        if not memory.losses or memory.needs_refit or not proof:
            return None
        return _resumed(p, memory, known, event.occurred_at, event.ref, watch=True)
    if memory.watched_at is None:
        return _requirement(p, memory, known, event.ref)
    if isinstance(data, TaggingFitted):
        quiet = Verdict(memory=replace(memory, needs_refit=False, removed_at=None), cancels=(REPLACED,))
        return quiet if memory.losses else replace(quiet, wake_ups=_watch(p, known, known.at))
    if isinstance(data, TaggingStrap | TaggingShutdown | TaggingRemoved):
        return _trouble(p, memory, known, event, data)
    return _confirmed(p, memory, known, event) or _requirement(p, memory, known, event.ref)


def _to_the_instant(p: Parameters, memory: Memory, known: Known, event: Event) -> Verdict[Memory]:
    """Proof of life at the very instant at which the limit is reached: a window that ends as it is seen (rules.md, word 8)."""
    before = replace(known, person=known.before)
    lost = _lost(p, memory, before, "silence", None, event.occurred_at)
    (window,) = lost.findings
    because = _because(known.person, window.began_at, event.occurred_at, lost.memory.losses)
    ended = replace(window, ended_at=event.occurred_at, because=because, evidence=(*window.evidence, event.ref))
    watched_at = memory.watched_at or event.occurred_at
    return Verdict(memory=Memory(watched_at=watched_at), findings=(ended,), wake_ups=_watch(p, known, watched_at), cancels=(LONG, REPLACED))


def _trouble(
    p: Parameters, memory: Memory, known: Known, event: Event, data: TaggingStrap | TaggingShutdown | TaggingRemoved
) -> Verdict[Memory] | None:
    """The device itself says that it no longer monitors him."""
    if isinstance(data, TaggingStrap):
        if data.state == "tampered":
            return _lost(p, memory, known, "strap_cut", event.ref, event.occurred_at)
        return Verdict(memory=replace(memory, needs_refit=False)) if memory.needs_refit else None
    if isinstance(data, TaggingShutdown):
        return _lost(p, memory, known, "battery_flat", event.ref, event.occurred_at) if data.reason == "battery_flat" else None
    if _monitored_by(known.person, known.at) & {"gps", "rf_curfew"}:
        return None  # another device still monitors him
    allowed = {"replaced": p.replaced_allows, "custody": p.custody_allows}.get(data.reason)
    if allowed is None or memory.losses:
        return _lost(p, memory, known, "removed", event.ref, event.occurred_at)
    wake_up = WakeUp(key=REPLACED, feeds=("tagging.fitted",), since=event.occurred_at, limit=allowed)
    return Verdict(memory=replace(memory, removed_at=event.occurred_at), wake_ups=(wake_up,), cancels=(SILENCE,))


def _due(p: Parameters, memory: Memory, known: Known, wake: Wake) -> Verdict[Memory] | None:
    if wake.key == LONG:
        open_ = known.open(SLUG)
        return None if open_ is None else Verdict(memory=memory, findings=(replace(open_, severity="critical"),))
    return _lost(p, memory, known, "removed" if wake.key == REPLACED else "silence", None, wake.due)


def _undone(known: Known) -> Verdict[Memory]:
    """The release never was, and nothing that began after it."""
    release = known.before.custody.release
    gone = [one for one in known.of(SLUG) if release is not None and one.began_at >= release.at]
    return Verdict(
        memory=Memory(),
        findings=tuple(replace(one, withdrawn=True) for one in gone),
        cancels=(SILENCE, LONG, REPLACED),
    )


def _confirmed(p: Parameters, memory: Memory, known: Known, event: Event) -> Verdict[Memory] | None:
    """Risk or the release's confirmation changes what an open window is worth."""
    open_, person = known.open(SLUG), known.person
    if open_ is None or event.type not in {"risk.level_set", "case.opened", "custody.released"} or not _required(person, known.at):
        return None
    severity = "critical" if open_.severity == "critical" else _severity(p, person, memory.losses, open_.began_at, known.at)
    after = replace(open_, severity=severity, provisional=open_.provisional and person.unconfirmed)
    return None if after == open_ else Verdict(memory=memory, findings=(after,))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "tagging.position",
        "tagging.home_unit",
        "tagging.fitted",
        "tagging.removed",
        "tagging.strap",
        "tagging.shutdown",
        "order.began",
        "order.expired",
        "order.varied",
        "order.ended",
        "custody.received",
        "custody.returned",
        "custody.released",
        "custody.unlawfully_at_large",
        "custody.release_undone",
        "case.opened",
        "risk.level_set",
    ),
    tells=("offender_manager", "oic", "idva", "control_room"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
