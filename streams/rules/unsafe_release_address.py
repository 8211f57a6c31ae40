"""Unsafe release address: he is to be released to where a protected person is, or to no address at all.

Why:    perpetrators returning to the victim's home for want of accommodation (HO).
Source: rules.md D, unsafe-release-address; words 1, 2 and 7.
Fires:  the address of a release is in an exclusion zone in force then, within 1 km of an address of hers that is valid then, or
        is one of hers: critical, at once. No address 72 h before the release, or at one without a plan: high. Grounds join.
Silent: an address further off; one of hers that is no longer, or not yet, valid at the release; no address earlier than 72 h
        before; while the custody feed is silent, for the missing address. Temporary releases are judged like the others.
Clears: a safe address (of the plan, of the release, or recorded after it); the zone or her address is changed before the
        release; the release cancelled, put off beyond 72 h where no address was all, or over because he is back in custody.
Act:    the offender manager finds another address before he leaves; the IDVA tells her what is planned.
Gaps:   distance is from point to point; an address is hers where the two circles touch, and in a zone where its circle does. A
        zone counts when its order is in force at the release or begins on that local day, whatever its timetable. After the
        release nothing new is raised: residence and exclusion-zone-entry see what he does then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from schemas.case import CaseAddressRecorded
from schemas.event import Event, EvidenceRef
from streams.engine.calendar import end_of_day
from streams.engine.known import Known
from streams.engine.orders import Condition, Order
from streams.engine.person import Address, Person
from streams.engine.releases import Leaving, leavings
from streams.engine.rule import Rule
from streams.engine.verdict import Edge, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, listed, when
from streams.engine.zones import distance_m, signed_distance_m

SLUG = "unsafe-release-address"
PLANS = ("custody.release_planned", "custody.release_changed")
KM_M = 1000.0


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How near to her is unsafe, and how long before the release there must be an address."""

    near_m: float = 1000.0
    address_before: timedelta = timedelta(hours=72)


class Danger(msgspec.Struct, frozen=True, kw_only=True):
    """One ground: what is wrong with the address, for whom."""

    ground: Literal["in_zone", "her_address", "near_her", "no_address"]
    protected_person_ids: tuple[str, ...]
    order_id: str | None = None
    condition_id: str | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`recorded`: where he was found or said to live after a release, by release: it stands for the release's address."""

    recorded: dict[str, Address] = {}


def _zones(person: Person, at: datetime) -> Iterator[tuple[Order, Condition]]:
    """Exclusion zones of orders in force at a release, or from later on that day: a licence begins when he leaves."""
    for order in person.orders.values():
        begins_at = max(at, min(order.starts_at, end_of_day(at)))
        if order.fault is None and order.in_force(begins_at):
            for condition in order.conditions:
                if condition.kind == "exclusion_zone" and condition.fault is None:
                    yield order, condition


def _dangers(p: Parameters, person: Person, address: Address, at: datetime) -> tuple[Danger, ...]:
    """What is wrong with an address, the zones first."""
    found: list[Danger] = []
    linked = tuple(one.protected_person_id for one in person.linked())
    for order, condition in _zones(person, at):
        zone, hers = condition.zone, condition.protected_person_id
        if zone is not None and signed_distance_m(zone, address.latitude, address.longitude) >= -address.radius_m:
            ids = linked if hers is None else (hers,)
            found.append(Danger(ground="in_zone", protected_person_ids=ids, order_id=order.order_id, condition_id=condition.condition_id))
    for her in person.linked():
        valid = [
            (distance_m(address.latitude, address.longitude, one.latitude, one.longitude), one.radius_m + address.radius_m)
            for one in her.addresses
            if one.valid(at)
        ]
        if any(apart_m <= radii_m for apart_m, radii_m in valid):
            found.append(Danger(ground="her_address", protected_person_ids=(her.protected_person_id,)))
        elif any(apart_m <= p.near_m for apart_m, _ in valid):
            found.append(Danger(ground="near_her", protected_person_ids=(her.protected_person_id,)))
    return tuple(found)


def _why(p: Parameters, dangers: tuple[Danger, ...]) -> str:
    orders = dict.fromkeys(one.order_id for one in dangers if one.ground == "in_zone" and one.order_id is not None)
    hers = [who for one in dangers if one.ground == "her_address" for who in one.protected_person_ids]
    near = [who for one in dangers if one.ground == "near_her" for who in one.protected_person_ids]
    parts = [f"in the exclusion zone of order {one}" for one in orders]
    parts += [f"that is an address of {listed(hers)}"] if hers else []
    parts += [f"within {p.near_m / KM_M:g} km of an address of {listed(near)}"] if near else []
    return f"to an address {listed(parts)}" if parts else "with no address to go to"


def _because(p: Parameters, person: Person, leaving: Leaving, dangers: tuple[Danger, ...], concerned: tuple[str, ...]) -> str:
    leaves = f"was released on {when(leaving.at)}" if leaving.done else f"is to be released on {when(leaving.at)}"
    due = "he needs another address now" if leaving.done else "he needs another address before he leaves"
    due = due.replace("another", "an") if dangers[0].ground == "no_address" else due
    return f"{person.label} {leaves} {_why(p, dangers)}; {due}{at_risk(concerned)}."


def _finding(
    p: Parameters, known: Known, leaving: Leaving, dangers: tuple[Danger, ...], began_at: datetime, refs: tuple[EvidenceRef, ...]
) -> Finding:
    """The finding as it stands: a new one, or the open one amended; unchanged when nothing is new."""
    open_ = known.open(SLUG, leaving.key)
    concerned = tuple(dict.fromkeys(who for one in dangers for who in one.protected_person_ids))
    zone = next((one for one in dangers if one.order_id is not None), None)
    critical = any(one.ground != "no_address" for one in dangers) or (open_ is not None and open_.severity == "critical")
    finding = open_ or Finding(
        subject=leaving.key,
        about=leaving.about,
        began_at=began_at,
        decidable_at=began_at,
        severity="high",
        provisional=leaving.unconfirmed,
        because="",
        evidence=(),
        release_id=leaving.release_id,
    )
    finding = replace(
        finding,
        severity="critical" if critical else "high",
        provisional=finding.provisional and leaving.unconfirmed,
        because=_because(p, known.person, leaving, dangers, concerned),
        protected_person_ids=concerned,
        grounds=tuple(dict.fromkeys(one.ground for one in dangers)),
        order_id=None if zone is None else zone.order_id,
        condition_id=None if zone is None else zone.condition_id,
    )
    if finding == open_:
        return finding
    return replace(finding, evidence=tuple(dict.fromkeys((*finding.evidence, *refs))))


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _no_address(p, memory, known, given)
    live = {one.key: one for one in leavings(known.person.custody, known.case)}
    if isinstance(given, Edge):
        return _undone(p, memory, known, live)
    if not isinstance(given, Event):
        return None
    after = memory
    if isinstance(given.data, CaseAddressRecorded):
        out = next((key for key, one in live.items() if one.done), None)
        if out is None or known.open(SLUG, out) is None:
            return None
        told = given.data.address
        after = replace(memory, recorded={**memory.recorded, out: Address(told.latitude, told.longitude, told.radius_m)})
    elif given.type == "custody.released":
        after = replace(memory, recorded={}) if memory.recorded else memory
    return _reviewed(p, memory, after, known, live, given)


def _reviewed(p: Parameters, memory: Memory, after: Memory, known: Known, live: dict[str, Leaving], event: Event) -> Verdict[Memory] | None:
    """Every release after this event; one that has happened is news only by its own event."""
    findings = [
        _ended(
            one,
            known.at,
            "he is back in custody" if known.person.custody.inside and known.before.custody.out_on else "the release is off",
            event,
        )
        for one in known.of(SLUG)
        if one.open and one.subject not in live
    ]
    wake_ups: list[WakeUp] = []
    for key, leaving in live.items():
        open_ = known.open(SLUG, key)
        if open_ is None and leaving.done and event.type != "custody.released":
            continue
        address = after.recorded.get(key, leaving.address)
        due = known.at if leaving.done else max(leaving.at - p.address_before, known.at)
        if address is None:
            wake_ups.append(WakeUp(key=key, feeds=("custody.released",) if leaving.done else PLANS, due=due))
            if open_ is not None and due > known.at:
                findings.append(_ended(open_, known.at, f"the release is put off to {when(leaving.at)}", event))
            continue
        dangers = _dangers(p, known.person, address, leaving.at)
        if dangers:
            finding = _finding(p, known, leaving, dangers, known.at, (leaving.ref, *_orders(known.person, dangers), event.ref))
            findings.extend([finding] if finding != open_ else [])
        elif open_ is not None:
            findings.append(_ended(open_, known.at, "the address is safe", event))
    if after is memory and not findings and not wake_ups:
        return None
    return Verdict(memory=after, findings=tuple(findings), wake_ups=tuple(wake_ups))


def _orders(person: Person, dangers: tuple[Danger, ...]) -> Iterator[EvidenceRef]:
    for one in dangers:
        if one.order_id is not None:
            order = person.orders[one.order_id]
            yield order.varied_ref or order.ref


def _ended(open_: Finding, at: datetime, why: str, event: Event) -> Finding:
    because = f"{open_.because.removesuffix('.')}. Over on {when(at)}: {why}."
    return replace(open_, ended_at=at, because=because, evidence=tuple(dict.fromkeys((*open_.evidence, event.ref))))


def _no_address(p: Parameters, memory: Memory, known: Known, wake: Wake) -> Verdict[Memory] | None:
    """So near to the release, or at it, there is no address."""
    leaving = next((one for one in leavings(known.person.custody, known.case) if one.key == wake.key), None)
    if leaving is None or leaving.address is not None or wake.key in memory.recorded:
        return None
    everybody = tuple(one.protected_person_id for one in known.person.linked())
    danger = Danger(ground="no_address", protected_person_ids=everybody)
    finding = _finding(p, known, leaving, (danger,), wake.due, (leaving.ref,))
    return None if finding == known.open(SLUG, leaving.key) else Verdict(memory=memory, findings=(finding,))


def _undone(p: Parameters, memory: Memory, known: Known, live: dict[str, Leaving]) -> Verdict[Memory] | None:
    """The release never was: what began with it is withdrawn, what it ended goes on, and the plan is judged by itself."""
    gone = next((one for one in leavings(known.before.custody, known.case) if one.done), None)
    if gone is None:
        return None
    findings = [replace(one, withdrawn=True) for one in known.of(SLUG) if one.subject == gone.key and one.began_at >= gone.at]
    leaving = live.get(gone.key)
    standing = [one for one in known.of(SLUG) if one.subject == gone.key and one.began_at < gone.at]
    last = max(standing, key=lambda one: one.began_at, default=None)
    if leaving is not None and last is not None and (last.ended_at is None or last.ended_at >= gone.at):
        address = leaving.address
        hers = tuple(one.protected_person_id for one in known.person.linked())
        dangers = (
            (Danger(ground="no_address", protected_person_ids=hers),) if address is None else _dangers(p, known.person, address, leaving.at)
        )
        if dangers:
            as_it_was = replace(known, findings={last.id: replace(last, ended_at=None)})
            findings.append(_finding(p, as_it_was, leaving, dangers, known.at, ()))
    recorded = {key: one for key, one in memory.recorded.items() if key != gone.key}
    return Verdict(memory=replace(memory, recorded=recorded), findings=tuple(findings)) if findings else None


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        *PLANS,
        "custody.release_cancelled",
        "custody.released",
        "custody.received",
        "custody.returned",
        "custody.release_undone",
        "case.opened",
        "case.address_recorded",
        "case.protected_person_linked",
        "case.protected_person_updated",
        "case.protected_person_unlinked",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
    ),
    tells=("offender_manager", "idva", "oic"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
