"""Who is on duty: the one question behind "one named, on-duty person owns each open alert".

Not who must know (`alerting.routing`) and not who is asked next (`alerting.lifecycle.escalation`). A duty role is held on its shift, and
kept for half an hour after it, so that a handover has time; every other role is held until an absence begins.
Called by the lifecycle, by the clocks, and by the auditor.
"""

from __future__ import annotations

from datetime import datetime

from alerting.actor import ACTS_AS, EITHER_SIDE
from alerting.directory import Directory
from alerting.routing import ON_CALL, standing_in
from schemas.directory import DirectoryOnCall

_MOST_SHIFTS = 16
"""Shifts in a row that are followed when asking until when somebody is on duty: an earlier answer only asks again."""


def on_duty(directory: Directory, officer_id: str, role: str, at: datetime, *, grace: bool = False) -> bool:
    """Whether the officer works at that instant in that role. `grace`: also half an hour before and after, for who has it already."""
    if directory.absent(officer_id, at) is not None:
        return False
    return role not in ON_CALL or any(grace or shift.from_ <= at < shift.to for shift in _shifts(directory, officer_id, role, at))


def leaves_at(directory: Directory, officer_id: str, role: str, at: datetime) -> datetime | None:
    """When somebody who is on duty now no longer is, the half hour included, as far as is known; None: no end is known."""
    absences = (absence.from_ for absence in directory.absences.under((officer_id,), at) if absence.officer_id == officer_id)
    away_at = min((from_at for from_at in absences if from_at > at), default=None)
    if role not in ON_CALL:
        return away_at
    ends_at = max((shift.to + EITHER_SIDE for shift in _shifts(directory, officer_id, role, at)), default=at)
    for _ in range(_MOST_SHIFTS):
        further_at = max((shift.to + EITHER_SIDE for shift in _own_shifts(directory, officer_id, role, ends_at)), default=ends_at)
        if further_at <= ends_at:
            break
        ends_at = further_at
    if not _own_shifts(directory, officer_id, role, at):
        ends_at = _stands_in_until(directory, officer_id, role, at, ends_at)
    return ends_at if away_at is None else min(ends_at, away_at)


def _stands_in_until(directory: Directory, officer_id: str, role: str, at: datetime, ends_at: datetime) -> datetime:
    """When somebody who is on duty for another is so no longer: that one is back, or has somebody else for what is left."""
    holders = {shift.officer_id for shift in _shifts(directory, officer_id, role, at)}
    chain = {one for holder in holders for one in directory.chain(holder, at)}
    changes = {instant for one in chain for away in directory.absences.under((one,), at) for instant in (away.from_, away.to)}
    between = (instant for instant in sorted(changes) if at < instant < ends_at)
    return next((instant for instant in between if not on_duty(directory, officer_id, role, instant, grace=True)), ends_at)


def acting_in(directory: Directory, officer_id: str, acts_as: str, at: datetime) -> str:
    """The duty role by which an officer acts as an IDVA or offender manager now, where they hold that row by the rota alone."""
    officer = directory.officer(officer_id, at)
    if officer is not None and acts_as in officer.roles:
        return acts_as
    held = (
        duty for duty, row in ACTS_AS.items() if row == acts_as and duty in ON_CALL and on_duty(directory, officer_id, duty, at, grace=True)
    )
    return next(held, acts_as)


def _shifts(directory: Directory, officer_id: str, role: str, at: datetime) -> list[DirectoryOnCall]:
    """The shifts that the officer works at that instant, or half an hour from it: their own, else those they stand in for."""
    places = [place for place in directory.shifts.places if place[0] == role]
    return _own_shifts(directory, officer_id, role, at) or [
        shift
        for place in places
        for shift in directory.shifts.under(place, at)
        if (shift.role, shift.area) == place
        and shift.from_ - EITHER_SIDE <= at < shift.to + EITHER_SIDE
        and standing_in(role, shift.officer_id, directory, at) == officer_id
    ]


def _own_shifts(directory: Directory, officer_id: str, role: str, at: datetime) -> list[DirectoryOnCall]:
    return [
        shift
        for shift in directory.shifts_of(officer_id, at)
        if shift.role == role and shift.from_ - EITHER_SIDE <= at < shift.to + EITHER_SIDE
    ]
