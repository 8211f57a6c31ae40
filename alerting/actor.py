"""Who asks: an officer as the directory has them at one instant, and the roles they act as.

Not what they may do (`alerting.rights`) and not which alerts they reach (`alerting.ledger.reach`). Made for each request by the
console: roles change with the rota, so an actor is never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerting.directory import Directory, along
from alerting.routing import ON_CALL, fits
from schemas.directory import DirectoryOfficer, OnCallRole

EITHER_SIDE = timedelta(minutes=30)
"""A duty role is held so long before its shift begins and after it ends: a handover takes time."""

ACTS_AS: Mapping[str, str] = {"duty_idva": "idva", "duty_probation": "offender_manager", "assessor": "marac_coordinator"}
"""The row of the permission table for a role that has none. An assessor is told of an alert and must be able to answer it: the
row with neither places nor addresses is the least that lets them."""


class Duty(NamedTuple):
    """A duty role that the officer holds now, where, and until when (the time after the shift included)."""

    role: OnCallRole
    area: str
    until_at: datetime


class Acting(NamedTuple):
    """One row of the permission table that the officer acts by. `on_duty`: by the rota, so for the whole area and not case by case."""

    role: str
    areas: tuple[str, ...]
    on_duty: bool


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """An officer at one instant. `roles`: held by the directory; `duty`: by the rota; `acting`: the rows both come to.

    `stands_for`: who is away and has them, along the chain, as deputy or line manager.
    """

    officer_id: str
    name: str
    organisation: str
    area: str
    line_manager_id: str | None
    roles: frozenset[str]
    duty: tuple[Duty, ...]
    acting: tuple[Acting, ...]
    stands_for: tuple[str, ...] = ()
    at: datetime

    @property
    def areas(self) -> tuple[str, ...]:
        """Their own area, then those where they are on duty."""
        return tuple(dict.fromkeys((self.area, *(duty.area for duty in self.duty))))

    @property
    def acting_roles(self) -> frozenset[str]:
        """The rows of the permission table that they act by now, anywhere."""
        return frozenset(acting.role for acting in self.acting)


def row_of(role: str) -> str:
    """The row of the permission table that somebody told or assigned in this role acts by."""
    return ACTS_AS.get(role, role)


def actor(directory: Directory, officer_id: str, at: datetime) -> Actor | None:
    """The officer as they stand at that instant; None for one whom nobody has described, or who holds no role any more."""
    officer = directory.officer(officer_id, at)
    if officer is None:
        return None
    duty = tuple(_duty(directory, officer, at))
    if not officer.roles and not duty:
        return None
    return Actor(
        officer_id=officer_id,
        name=officer.name,
        organisation=officer.organisation,
        area=officer.area,
        line_manager_id=officer.line_manager_id,
        roles=frozenset(officer.roles),
        duty=duty,
        acting=tuple(_acting(officer, duty)),
        stands_for=_stands_for(directory, officer_id, at),
        at=at,
    )


def _duty(directory: Directory, officer: DirectoryOfficer, at: datetime) -> Iterator[Duty]:
    """Their shifts of now, and those of whoever is away and named them, or their deputy, as deputy: if their own roles allow it."""
    for holder in directory.represented(officer.officer_id, at):
        for shift in directory.shifts_of(holder, at):
            theirs = holder == officer.officer_id or fits(shift.role, officer.roles)
            if theirs and shift.from_ - EITHER_SIDE <= at < shift.to + EITHER_SIDE:
                yield Duty(shift.role, shift.area, shift.to + EITHER_SIDE)


def _stands_for(directory: Directory, officer_id: str, at: datetime) -> tuple[str, ...]:
    def away(one: str) -> Iterator[str]:
        yield from directory.deputised(one, at)
        yield from (other for other in directory.managed(one, at) if directory.absent(other, at) is not None)

    return tuple(sorted(along(officer_id, away)[1:]))


def _acting(officer: DirectoryOfficer, duty: tuple[Duty, ...]) -> Iterator[Acting]:
    for role in dict.fromkeys(officer.roles):
        if role not in ON_CALL:  # these hold only on their rota, whatever the directory says an officer is trained for
            yield Acting(row_of(role), (officer.area,), on_duty=False)
    for role in dict.fromkeys(held.role for held in duty):
        yield Acting(row_of(role), tuple(dict.fromkeys(held.area for held in duty if held.role == role)), on_duty=True)
