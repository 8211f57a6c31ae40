"""The proof of the rota: for the weeks to come, which duty role in which area has no name, and when, to the instant.

Not who is told of something (`alerting.routing`), though it asks the directory the very same questions: a gap is where routing
would find nobody. A shift counts while its officer is there, or somebody along the chain of deputies is whose own roles allow it.
Everything is computed between instants of UTC; local time is for marking the nights on which a shift is an hour longer or shorter
than it looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar, get_args

from alerting.directory import Directory, Stated
from alerting.lifecycle.working_days import LONDON
from alerting.routing import fits, may_stand_in
from schemas.directory import DirectoryAbsence, DirectoryOnCall, OnCallRole

DUTY_ROLES: tuple[OnCallRole, ...] = get_args(OnCallRole)
REMEMBERED = timedelta(days=28)
"""An area that had a shift so lately is expected to have one now."""
HOUR = timedelta(hours=1)
Held = TypeVar("Held", DirectoryAbsence, DirectoryOnCall)
Span = tuple[datetime, datetime]


class Place(NamedTuple):
    """A duty role in an area."""

    area: str
    role: OnCallRole


class Gap(NamedTuple):
    """A time in which nobody holds the role there. `away_ids`: who has a shift then, is absent, and has no deputy who is there."""

    area: str
    role: OnCallRole
    from_at: datetime
    to_at: datetime
    away_ids: tuple[str, ...]


class ClockChange(NamedTuple):
    """The clocks change at that instant. `day`: the local date on which it happens, `hours`: how long that day is."""

    at: datetime
    day: date
    clocks: Literal["forward", "back"]
    hours: int


class Worked(NamedTuple):
    """How long a time really is, and how long it looks by the clock on the wall: not the same over a night of change."""

    true: timedelta
    by_the_clock: timedelta


class Proof(NamedTuple):
    """What was looked at, and what is missing there. No gaps: every role in every place has a name at every instant."""

    from_at: datetime
    to_at: datetime
    places: tuple[Place, ...]
    gaps: tuple[Gap, ...]
    clock_changes: tuple[ClockChange, ...]


def prove(directory: Directory, areas_of_cases: Iterable[str], now: datetime, weeks: int) -> Proof:
    """The proof for so many weeks from now."""
    to_at = now + timedelta(weeks=weeks)
    where = places(directory, areas_of_cases, now)
    return Proof(now, to_at, where, gaps(directory, where, now, to_at), clock_changes(now, to_at))


def places(directory: Directory, areas_of_cases: Iterable[str], now: datetime) -> tuple[Place, ...]:
    """Where somebody must be on duty: every duty role in every area that has an officer, a case, or a shift that is not long past."""
    areas = {*areas_of_cases}
    areas.update(officer.area for _, officer in directory.officers.everything(now) if officer.roles)
    areas.update(shift.area for _, shift in directory.shifts.everything(now) if shift.to > now - REMEMBERED)
    return tuple(Place(area, role) for area in sorted(areas) for role in DUTY_ROLES)


def may_hold(directory: Directory, officer_id: str, role: str, at: datetime) -> bool:
    """Whether the directory gives the officer a role with which somebody may be put on that duty, or in that role of a case."""
    officer = directory.officer(officer_id, at)
    return officer is not None and fits(role, officer.roles)


def deputies(directory: Directory, officer_id: str, from_at: datetime, to_at: datetime, now: datetime) -> tuple[str, ...]:
    """Who is named to stand in for the officer at any time between the two instants, as it is known now."""
    away = (one for one in directory.absences.under((officer_id,), now) if one.officer_id == officer_id)
    named = {one.deputy_id for one in away if one.deputy_id is not None and one.from_ < to_at and from_at < one.to}
    return tuple(sorted(named))


def duties(directory: Directory, officer_id: str, from_at: datetime, to_at: datetime, now: datetime) -> tuple[OnCallRole, ...]:
    """The duty roles that the officer has a shift in at any time between the two instants, as it is known now."""
    held = (shift.role for shift in directory.shifts_of(officer_id, now) if shift.from_ < to_at and from_at < shift.to)
    return tuple(dict.fromkeys(held))


def gaps(directory: Directory, where: Iterable[Place], from_at: datetime, to_at: datetime) -> tuple[Gap, ...]:
    """Every time between the two instants in which one of the places has no name, in the order of place and time."""
    away: dict[tuple[str, OnCallRole], tuple[Span, ...]] = {}
    found: list[Gap] = []
    for place in where:
        held = list(_held(directory, place))
        for holder in {(officer_id, place.role) for officer_id, _ in held} - away.keys():
            away[holder] = _without_deputy(directory, *holder, from_at, to_at)
        named = [part for officer_id, span in held for part in _minus(span, away[officer_id, place.role])]
        for gap_from_at, gap_to_at in _minus((from_at, to_at), named):
            missed = {officer_id for officer_id, (begins, ends) in held if begins < gap_to_at and gap_from_at < ends}
            found.append(Gap(place.area, place.role, gap_from_at, gap_to_at, tuple(sorted(missed))))
    return tuple(found)


def opened(before: Directory, after: Directory, where: Iterable[Place], from_at: datetime, to_at: datetime) -> tuple[Gap, ...]:
    """The gaps that a change would open: what had a name before it and has none after it."""
    where = tuple(where)
    stood = gaps(before, where, from_at, to_at)
    return tuple(
        gap._replace(from_at=part_from_at, to_at=part_to_at)
        for gap in gaps(after, where, from_at, to_at)
        for part_from_at, part_to_at in _minus(
            (gap.from_at, gap.to_at), [(old.from_at, old.to_at) for old in stood if (old.area, old.role) == (gap.area, gap.role)]
        )
    )


def clock_changes(from_at: datetime, to_at: datetime) -> tuple[ClockChange, ...]:
    """When the clocks change between the two instants; in London it is always on the hour."""
    hours = int((to_at - from_at) / HOUR) + 1
    first = from_at.replace(minute=0, second=0, microsecond=0)
    steps = (first + number * HOUR for number in range(hours + 1))
    return tuple(_change(at) for at in steps if from_at <= at < to_at and _offset(at) != _offset(at - HOUR))


def worked(from_at: datetime, to_at: datetime) -> Worked:
    """How long a shift between these instants really is."""
    by_the_clock = to_at.astimezone(LONDON).replace(tzinfo=None) - from_at.astimezone(LONDON).replace(tzinfo=None)
    return Worked(to_at - from_at, by_the_clock)


def _change(at: datetime) -> ClockChange:
    forward = _offset(at) > _offset(at - HOUR)
    return ClockChange(at, at.astimezone(LONDON).date(), "forward" if forward else "back", 23 if forward else 25)


def _offset(at: datetime) -> timedelta:
    return at.astimezone(LONDON).utcoffset() or timedelta()


def _held(directory: Directory, place: Place) -> Iterator[tuple[str, Span]]:
    """Who holds the role there and when, as the directory would answer at each instant of it."""
    for name in directory.shifts.places.get((place.role, place.area), ()):
        for span, shift in _standing(directory.shifts.statements[name]):
            if (shift.area, shift.role) == place:
                yield shift.officer_id, span


def _standing(stated: Sequence[Stated[Held]]) -> Iterator[tuple[Span, Held]]:
    """The times in which what was stated holds: between its own two instants, from when it is stated until something else is."""
    for number, statement in enumerate(stated, 1):
        held = statement.content
        if held is not None:
            begins = max(held.from_, statement.order[0])
            ends = held.to if number == len(stated) else min(held.to, stated[number].order[0])
            if begins < ends:
                yield (begins, ends), held


def _without_deputy(directory: Directory, officer_id: str, role: OnCallRole, from_at: datetime, to_at: datetime) -> tuple[Span, ...]:
    """When the officer is away and nobody along the chain of deputies is there who may hold the role."""
    asked = [officer_id]
    instants = {from_at, to_at}
    for one in asked:  # grows while it is walked: every deputy that anybody in the chain ever named
        described = (statement.order[0] for statement in directory.officers.statements.get(one, ()))
        instants.update(at for at in described if from_at < at < to_at)
        for name in directory.absences.places.get((one,), ()):
            for span, absence in _standing(directory.absences.statements[name]):
                instants.update(at for at in span if from_at < at < to_at)
                if absence.deputy_id is not None and absence.deputy_id not in asked:
                    asked.append(absence.deputy_id)
    pieces = pairwise(sorted(instants))  # within each, whoever is away is away all the time, with the same roles
    return tuple(piece for piece in pieces if not _somebody_there(directory, officer_id, role, piece[0]))


def _somebody_there(directory: Directory, officer_id: str, role: OnCallRole, at: datetime) -> bool:
    asked: set[str] = set()
    candidate: str | None = officer_id
    while candidate is not None and candidate not in asked:
        asked.add(candidate)
        absence = directory.absent(candidate, at)
        if absence is None:
            return candidate == officer_id or may_stand_in(role, candidate, directory, at)
        candidate = absence.deputy_id
    return False


def _minus(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """What is left of a time when others are taken out of it."""
    at, end = span
    for begins, ends in sorted(taken):
        if begins >= end:
            break
        if begins > at:
            yield at, begins
        at = max(at, ends)
    if at < end:
        yield at, end
