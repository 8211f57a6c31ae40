"""Custody: receptions, releases, plans, and the unconfirmed release that is undone (rules.md, word 2; contract 5).

The early signal of a release comes unconfirmed; its confirmation follows within 45 min, or the opposite movement,
which undoes it. Court trips, transfers and hospital stays change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import cast

from msgspec.structs import replace

from schemas.custody import (
    CustodyReceived,
    CustodyReleaseCancelled,
    CustodyReleaseChanged,
    CustodyReleased,
    CustodyReleasePlanned,
    CustodyReturned,
)
from schemas.event import Event
from schemas.place import Address as WireAddress
from streams.engine.calendar import instant, local_date
from streams.engine.person import TEMPORARY, Address, Custody, Person, Plan, Reception, Release

UNDONE_WITHIN = timedelta(minutes=45)
ONE_RELEASE = timedelta(hours=24)
"""A court says in the morning what the prison confirms at night: a further word on a release for good, not another release."""
DATE_ONLY = time(9, 0)  # local: a release known by its day alone


def _address(address: WireAddress | None) -> Address | None:
    return None if address is None else Address(address.latitude, address.longitude, address.radius_m)


def undoes(custody: Custody, at: datetime) -> bool:
    """Whether a reception at `at` undoes an unconfirmed release rather than ending a time outside."""
    release = custody.release
    return (
        not custody.inside
        and custody.undone is not None
        and release is not None
        and not release.confirmed
        and at - release.at <= UNDONE_WITHIN
    )


def received(person: Person, event: Event) -> Person:
    """`custody.received` and `custody.returned`: inside from now on; an unconfirmed release before it never was."""
    custody = person.custody
    at = event.occurred_at
    if undoes(custody, at) and custody.undone is not None:
        custody = custody.undone
        if custody.inside:
            return replace(person, custody=custody)
    data = cast("CustodyReceived | CustodyReturned", event.data)
    before = custody.reception
    if custody.inside and isinstance(data, CustodyReturned):
        return person  # back from where no release was seen: nothing new
    if custody.inside and before is not None and at - before.at <= UNDONE_WITHIN:
        return replace(person, custody=replace(custody, reception=_told_again(before, data)))
    returned = isinstance(data, CustodyReturned)
    reception = Reception(
        at=at,
        ref=event.ref,
        received_at=before.received_at if returned and before is not None else at,
        prison=data.prison,
        status=data.status if isinstance(data, CustodyReceived) else (before.status if before else "unknown"),
    )
    after = replace(
        custody,
        inside=True,
        since_at=custody.since_at if custody.inside else at,
        reception=reception,
        plans=tuple(plan for plan in custody.plans if plan.release_at > at),  # a date that passed while he was out is no plan
        undone=None,
        unlawfully_at_large_at=None,
    )
    return replace(person, custody=after)


def _told_again(reception: Reception, data: CustodyReceived | CustodyReturned) -> Reception:
    """The second signal of one reception: it may know better why, never when."""
    status = data.status if isinstance(data, CustodyReceived) and data.status != "unknown" else reception.status
    return replace(reception, prison=data.prison or reception.prison, status=status)


def released(person: Person, event: Event) -> Person:
    """`custody.released`: outside; or a further word (as a rule the confirmation) on the release that he is out on."""
    custody = person.custody
    data = cast("CustodyReleased", event.data)
    at = event.occurred_at
    out = custody.out_on
    if out is not None and _same_release(out, data, at):
        sure = replace(
            out,
            kind=data.release_kind if data.confirmed else out.kind,
            confirmed=out.confirmed or data.confirmed,
            confirmed_ref=event.ref if data.confirmed and not out.confirmed else out.confirmed_ref,
            address=_address(data.address) or out.address,
            return_at=data.return_at or out.return_at,
        )
        return replace(person, custody=replace(custody, release=sure, undone=None if sure.confirmed else custody.undone))
    plan = _meant(custody, data.release_id, data.release_kind, at)
    release = Release(
        at=at,
        ref=event.ref,
        kind=data.release_kind,
        confirmed=data.confirmed,
        release_id=plan.release_id if plan else data.release_id,
        address=_address(data.address) or (plan.address if plan else None),
        return_at=data.return_at or (plan.return_at if plan else None),
        plan=plan,
    )
    after = replace(
        custody,
        inside=False,
        since_at=at,
        stays=custody.left(at),
        release=release,
        plans=tuple(one for one in custody.plans if one is not plan),
        undone=None if data.confirmed else replace(custody, undone=None),
    )
    return replace(person, custody=after)


def _same_release(out: Release, data: CustodyReleased, at: datetime) -> bool:
    """Whether an event speaks of the release that he is already out on: no reception lies between."""
    if (data.release_kind == TEMPORARY) != (out.kind == TEMPORARY):
        return False
    if data.release_id is not None and out.release_id is not None:
        return data.release_id == out.release_id
    return at - out.at <= (UNDONE_WITHIN if out.kind == TEMPORARY else ONE_RELEASE)


def _meant(custody: Custody, release_id: str | None, kind: str | None, near_at: datetime) -> Plan | None:
    """The plan that an event means: the one with its id; else one under way where either has no id, near in time.

    A temporary release is never taken for one for good: he goes home for a day while his release lies months ahead.
    """
    for plan in custody.plans:
        if release_id is not None and plan.release_id == release_id:
            return plan
    fit = [
        plan
        for plan in custody.plans
        if (release_id is None or plan.release_id is None) and (kind is None or (plan.kind == TEMPORARY) == (kind == TEMPORARY))
    ]
    nameless = [plan for plan in fit if plan.release_id is None]
    return min(nameless or fit, key=lambda plan: abs(plan.release_at - near_at), default=None)


def _plans_change(person: Person, change: Callable[[Custody], Custody]) -> Person:
    """A change of plans, also in what an undone release goes back to."""
    custody = change(person.custody)
    if custody.undone is not None:
        custody = replace(custody, undone=change(custody.undone))
    return replace(person, custody=custody)


def planned(person: Person, event: Event) -> Person:
    """`custody.release_planned` and `_changed`: both say what stands now; the first one starts the release under way."""
    return _plans_change(person, lambda custody: _planned(custody, event))


def _planned(custody: Custody, event: Event) -> Custody:
    data = cast("CustodyReleasePlanned | CustodyReleaseChanged", event.data)
    at = event.occurred_at
    out = custody.out_on
    if out is not None and data.release_id is not None and data.release_id == out.release_id:
        corrected = replace(out, address=_address(data.address) or out.address, return_at=data.return_at or out.return_at)
        return replace(custody, release=corrected)
    release_at: datetime = data.release_at
    if data.date_only:
        release_at = instant(local_date(release_at), DATE_ONLY, end=False)
    before = _meant(custody, data.release_id, data.release_kind, release_at)
    if before is None and isinstance(data, CustodyReleaseChanged):
        before = _meant(custody, data.release_id, None, release_at)
    if before is not None and before.release_id is None and data.release_id is not None and not isinstance(data, CustodyReleaseChanged):
        before = None  # a plan with a name of its own is another release
    moved = before is not None and before.release_at != release_at
    plan = Plan(
        planned_at=before.planned_at if before else at,
        release_at=release_at,
        kind=data.release_kind,
        ref=event.ref,
        changed_at=at if moved or before is None else before.changed_at,
        before_at=before.release_at if before is not None and moved else (before.before_at if before else None),
        release_id=before.release_id if before else data.release_id,
        address=_address(data.address) if "address" in data.model_fields_set or before is None else before.address,
        return_at=data.return_at or (before.return_at if before else None),
    )
    others = tuple(one for one in custody.plans if one is not before)
    return replace(custody, plans=(*others, plan))


def cancelled(person: Person, event: Event) -> Person:
    """`custody.release_cancelled`: the release under way is no more."""
    return _plans_change(person, lambda custody: _cancelled(custody, event))


def _cancelled(custody: Custody, event: Event) -> Custody:
    data = cast("CustodyReleaseCancelled", event.data)
    near_at = data.release_at or event.occurred_at
    gone = _meant(custody, data.release_id, data.release_kind, near_at) or _meant(custody, data.release_id, None, near_at)
    return replace(custody, plans=tuple(one for one in custody.plans if one is not gone))


def at_large(person: Person, event: Event) -> Person:
    """`custody.unlawfully_at_large`: out of custody, and not by a release."""
    custody = replace(
        person.custody,
        inside=False,
        since_at=event.occurred_at,
        stays=person.custody.left(event.occurred_at),
        unlawfully_at_large_at=event.occurred_at,
        undone=None,
    )
    return replace(person, custody=custody)
