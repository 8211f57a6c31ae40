"""Strap tamper: the strap of a tag has been cut or opened.

Why:    whoever cuts the strap means to be somewhere without being seen there.
Source: rules.md A, strap-tamper.
Fires:  the device says `tampered`. Repeats while it is open join.
Silent: within 30 min after the device was removed for a reason other than `other`: an authorised removal.
Clears: `restored`, and a position of the same device within 30 min of it; it ends at `restored`. Withdrawn when the device is
        removed, other than for `other`, within 30 min after the strap was first cut.
Act:    control room: send someone to where he was last seen; IDVA: is she safe, and where; OIC: it may be an arrest.
Gaps:   custody is not looked at: a prison that cuts a tag off without telling the supplier looks like him. A new fitting does
        not close it: the old strap was never restored.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.fix import Fix
from schemas.tagging import TaggingRemoved, TaggingStrap
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Verdict
from streams.engine.wording import at_risk, when

SLUG = "strap-tamper"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How near a removal explains it, and how soon a position must follow `restored`."""

    removal_within: timedelta = timedelta(minutes=30)
    position_within: timedelta = timedelta(minutes=30)


class Restored(msgspec.Struct, frozen=True):
    """The strap is whole again; a position must prove it."""

    at: datetime
    ref: EvidenceRef


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`restored`: by activation, while a position is awaited. `removed_at`: by device, its last authorised removal."""

    restored: dict[str, Restored] = {}
    removed_at: dict[str, datetime] = {}


def _without(restored: dict[str, Restored], activation_id: str) -> dict[str, Restored]:
    return {key: one for key, one in restored.items() if key != activation_id}


def _tampered(p: Parameters, memory: Memory, known: Known, event: Event, device_id: str) -> Verdict[Memory] | None:
    person, at = known.person, event.occurred_at
    activation_id = person.tag.activation_of(device_id)
    memory = replace(memory, restored=_without(memory.restored, activation_id))
    open_ = known.open(SLUG, activation_id)
    who = f"{person.label}: the strap of tag {activation_id} was tampered with at"
    hers = tuple(one.protected_person_id for one in person.linked())
    seen = "no position yet" if person.tag.fix is None else f"last position {when(person.tag.fix.at)}"
    if open_ is not None:
        because = f"{who} {when(open_.began_at)} and again at {when(at)}, {seen}{at_risk(hers)}."
        return Verdict(memory=memory, findings=(replace(open_, because=because, evidence=(open_.evidence[0], event.ref)),))
    removed_at = memory.removed_at.get(device_id)
    if removed_at is not None and at - removed_at <= p.removal_within:
        return None
    finding = Finding(
        subject=activation_id,
        about=About("activation", activation_id, f"tag {activation_id}"),
        began_at=at,
        decidable_at=at,
        severity="critical",
        because=f"{who} {when(at)}, {seen}{at_risk(hers)}.",
        evidence=(event.ref,),
        protected_person_ids=hers,
        order_id=person.tagged_by(at),
    )
    return Verdict(memory=memory, findings=(finding,))


def _restored(memory: Memory, known: Known, event: Event, device_id: str) -> Verdict[Memory] | None:
    """Whole again. A position at this very instant stands before it in the order of judgement, and proves it."""
    person, at = known.person, event.occurred_at
    activation_id = person.tag.activation_of(device_id)
    open_ = known.open(SLUG, activation_id)
    if open_ is None:
        return None
    whole = Restored(at, event.ref)
    fix = person.tag.fix
    if fix is not None and fix.at == at:
        return _ended(memory, known, open_, whole, fix.ref)
    return Verdict(memory=replace(memory, restored={**memory.restored, activation_id: whole}))


def _ended(memory: Memory, known: Known, open_: Finding, whole: Restored, proof: EvidenceRef) -> Verdict[Memory]:
    cut, mended = when(open_.began_at), when(whole.at)
    because = f"{known.person.label}: the strap of tag {open_.subject} was tampered with at {cut} and restored at {mended}."
    ended = replace(open_, ended_at=whole.at, because=because, evidence=(*open_.evidence, whole.ref, proof))
    return Verdict(memory=replace(memory, restored=_without(memory.restored, open_.subject)), findings=(ended,))


def _position(p: Parameters, memory: Memory, known: Known, event: Event, fix: Fix) -> Verdict[Memory] | None:
    """A position of the device: the proof that a restored strap is on him, if it comes in time."""
    named = (fix.activation_id, known.person.tag.activation_of(fix.device_id), fix.device_id)
    activation_id = next((one for one in named if one in memory.restored), None)
    if activation_id is None:
        return None
    whole = memory.restored[activation_id]
    open_ = known.open(SLUG, activation_id)
    if open_ is None or event.occurred_at - whole.at > p.position_within:
        return Verdict(memory=replace(memory, restored=_without(memory.restored, activation_id)))
    return _ended(memory, known, open_, whole, event.ref)


def _removed(p: Parameters, memory: Memory, known: Known, event: Event, data: TaggingRemoved) -> Verdict[Memory] | None:
    """The supplier has taken it off: that explains what the strap said just before, and just after."""
    if data.reason == "other":
        return None
    at = event.occurred_at
    named = {data.activation_id, data.device_id, known.before.tag.activation_of(data.device_id)}
    gone = [one for one in known.of(SLUG) if one.subject in named and at - one.began_at <= p.removal_within]
    kept = {device: removed_at for device, removed_at in memory.removed_at.items() if at - removed_at <= p.removal_within}
    return Verdict(
        memory=replace(memory, removed_at={**kept, data.device_id: at}),
        findings=tuple(replace(one, withdrawn=True, evidence=(*one.evidence, event.ref)) for one in gone),
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if not isinstance(given, Event):
        return None
    data = given.data
    if type(data) is Fix:
        return _position(p, memory, known, given, data) if memory.restored else None
    if isinstance(data, TaggingRemoved):
        return _removed(p, memory, known, given, data)
    if not isinstance(data, TaggingStrap):
        return None
    if data.state == "tampered":
        return _tampered(p, memory, known, given, data.device_id)
    return _restored(memory, known, given, data.device_id)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("tagging.position", "tagging.strap", "tagging.removed"),
    tells=("control_room", "oic", "idva"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
