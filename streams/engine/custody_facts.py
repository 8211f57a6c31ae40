"""Custody: receptions, releases, plans, and the unconfirmed release that is undone (rules.md, word 2; contract 5).

The early signal of a release comes unconfirmed; its confirmation follows within 45 min, or the opposite movement,
which undoes it. Court trips, transfers and hospital stays change nothing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import cast

from msgspec.structs import replace

from schemas.custody import (
    CustodyReceived,
    CustodyReleaseCancelled,
    CustodyReleased,
    CustodyReleasePlanned,
    CustodyReturned,
)
from schemas.event import Event
from schemas.place import Address as WireAddress
from streams.engine.calendar import instant, local_date
from streams.engine.person import Address, Custody, Person, Plan, Reception, Release

UNDONE_WITHIN = timedelta(minutes=45)
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
    reception = Reception(
        at=at,
        ref=event.ref,
        prison=data.prison,
        status=data.status if isinstance(data, CustodyReceived) else (custody.reception.status if custody.reception else "unknown"),
    )
    if custody.inside and isinstance(data, CustodyReturned):
        return person  # back from where no release was seen: nothing new
    after = replace(
        custody,
        inside=True,
        since_at=custody.since_at if custody.inside else at,
        reception=reception,
        undone=None,
        unlawfully_at_large_at=None,
    )
    return replace(person, custody=after)


def released(person: Person, event: Event) -> Person:
    """`custody.released`: outside; or the confirmation of what an earlier event said."""
    custody = person.custody
    data = cast("CustodyReleased", event.data)
    at = event.occurred_at
    last = custody.release
    if last is not None and not custody.inside and not last.confirmed and at - last.at <= UNDONE_WITHIN:
        sure = replace(
            last,
            confirmed=data.confirmed,
            confirmed_ref=event.ref if data.confirmed else None,
            address=_address(data.address) or last.address,
            return_at=data.return_at or last.return_at,
        )
        return replace(person, custody=replace(custody, release=sure, undone=None if data.confirmed else custody.undone))
    plan = custody.plan(data.release_id)
    release = Release(
        at=at,
        ref=event.ref,
        kind=data.release_kind,
        confirmed=data.confirmed,
        release_id=data.release_id or (plan.release_id if plan else None),
        address=_address(data.address) or (plan.address if plan else None),
        return_at=data.return_at or (plan.return_at if plan else None),
        planned=plan is not None,
    )
    after = replace(
        custody,
        inside=False,
        since_at=at,
        release=release,
        plans=tuple(one for one in custody.plans if one is not plan),
        undone=None if data.confirmed else replace(custody, undone=None),
    )
    return replace(person, custody=after)


def planned(person: Person, event: Event) -> Person:
    """`custody.release_planned` and `_changed`: both say what stands now; the first one starts the release under way."""
    custody = person.custody
    data = cast("CustodyReleasePlanned", event.data)
    at = event.occurred_at
    release_at: datetime = data.release_at
    if data.date_only:
        release_at = instant(local_date(release_at), DATE_ONLY, end=False)
    before = custody.plan(data.release_id)
    moved = before is not None and before.release_at != release_at
    plan = Plan(
        planned_at=before.planned_at if before else at,
        release_at=release_at,
        kind=data.release_kind,
        ref=event.ref,
        changed_at=at if moved or before is None else before.changed_at,
        before_at=before.release_at if before is not None and moved else (before.before_at if before else None),
        release_id=data.release_id or (before.release_id if before else None),
        address=_address(data.address) if "address" in data.model_fields_set or before is None else before.address,
        return_at=data.return_at or (before.return_at if before else None),
    )
    others = tuple(one for one in custody.plans if one is not before)
    return replace(person, custody=replace(custody, plans=(*others, plan)))


def cancelled(person: Person, event: Event) -> Person:
    """`custody.release_cancelled`: the release under way is no more."""
    custody = person.custody
    gone = custody.plan(cast("CustodyReleaseCancelled", event.data).release_id)
    return replace(person, custody=replace(custody, plans=tuple(one for one in custody.plans if one is not gone)))


def at_large(person: Person, event: Event) -> Person:
    """`custody.unlawfully_at_large`: out of custody, and not by a release."""
    custody = replace(
        person.custody,
        inside=False,
        since_at=event.occurred_at,
        unlawfully_at_large_at=event.occurred_at,
        undone=None,
    )
    return replace(person, custody=custody)
