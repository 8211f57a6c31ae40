"""Who is there: officers, absences and on-call shifts, kept as they were stated and resolved when somebody asks.

Not routing (who must know is `alerting.routing`) and not a proof that the rota has no gaps. The shell feeds it every
`directory.*` event with `learn`; the state is frozen, and the same for any order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from schemas.directory import (
    DirectoryAbsence,
    DirectoryAbsenceCancelled,
    DirectoryOfficer,
    DirectoryOnCall,
    DirectoryOnCallRemoved,
)
from schemas.event import Event, Order

T = TypeVar("T")
Place = tuple[str, ...]
"""Where a statement is filed: an officer under their roles and line manager, an absence under its officer and its deputy, a shift under
its role and area, and under its officer; a taking back nowhere."""

DEPUTY = "deputy of"
MANAGER = "line manager of"


class Stated(NamedTuple, Generic[T]):
    """One statement and its place in event time; without content it takes back what stood."""

    order: Order
    content: T | None


class Said(NamedTuple, Generic[T]):
    """A statement, what it is about, and where it is filed."""

    name: str
    statement: Stated[T]
    places: tuple[Place, ...] = ()


class Register(msgspec.Struct, Generic[T], frozen=True):
    """Statements about things with a name: the latest in event time stands, whichever came first."""

    statements: Mapping[str, tuple[Stated[T], ...]] = msgspec.field(default_factory=dict)
    places: Mapping[Place, frozenset[str]] = msgspec.field(default_factory=dict)

    def stating(self, all_said: Iterable[Said[T]]) -> Register[T]:
        """The register with more statements, each found again by its name and under its places. Hearing one twice changes nothing."""
        statements: dict[str, tuple[Stated[T], ...]] = {}
        filed: dict[Place, set[str]] = {}
        for name, statement, places in all_said:
            before = statements.get(name) or self.statements.get(name, ())
            if all(known.order != statement.order for known in before):
                statements[name] = tuple(sorted((*before, statement), key=lambda known: known.order))
                for place in places:
                    filed.setdefault(place, set()).add(name)
        if not statements:
            return self
        found_under = {place: self.places.get(place, frozenset()) | names for place, names in filed.items()}
        return Register({**self.statements, **statements}, {**self.places, **found_under})

    def standing(self, name: str, at: datetime) -> T | None:
        """What was last stated of it by that instant."""
        for statement in reversed(self.statements.get(name, ())):
            if statement.order[0] <= at:
                return statement.content
        return None

    def last(self, name: str, at: datetime) -> Order | None:
        """Which statement of it stands at that instant, also one that takes it back."""
        return next((one.order for one in reversed(self.statements.get(name, ())) if one.order[0] <= at), None)

    def under(self, place: Place, at: datetime) -> Iterator[T]:
        """All that stands at that instant of what was ever stated there."""
        for name in self.places.get(place, ()):
            content = self.standing(name, at)
            if content is not None:
                yield content

    def everything(self, at: datetime) -> Iterator[tuple[str, T]]:
        """All that stands at that instant, by its name."""
        for name in self.statements:
            content = self.standing(name, at)
            if content is not None:
                yield name, content

    def without(self, names: frozenset[str]) -> Register[T]:
        """The register as if nothing had ever been stated under these names."""
        kept = {place: filed - names for place, filed in self.places.items()}
        return Register(
            {name: stated for name, stated in self.statements.items() if name not in names},
            {place: filed for place, filed in kept.items() if filed},
        )


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything stated about officers so far. Every query takes the instant that it asks about."""

    officers: Register[DirectoryOfficer] = Register()
    absences: Register[DirectoryAbsence] = Register()
    shifts: Register[DirectoryOnCall] = Register()

    def officer(self, officer_id: str, at: datetime) -> DirectoryOfficer | None:
        """The officer as last described; None for one whom nobody has described yet (and who may still be told)."""
        return self.officers.standing(officer_id, at)

    def holding(self, role: str, area: str | None, at: datetime) -> tuple[str, ...]:
        """Whom the directory gives a role in an area (None: in any), by name. Whether they are there is another question."""
        place = (role,) if area is None else (role, area)
        officers = self.officers.under(place, at)
        return tuple(sorted(one.officer_id for one in officers if role in one.roles and area in {None, one.area}))

    def line_manager(self, officer_id: str, at: datetime) -> str | None:
        """Whom the officer answers to, where that is known."""
        officer = self.officer(officer_id, at)
        return officer.line_manager_id if officer is not None else None

    def absent(self, officer_id: str, at: datetime) -> DirectoryAbsence | None:
        """The absence that the officer is in; of several, one that names a deputy, then the one that began last."""
        absences = (
            absence
            for absence in self.absences.under((officer_id,), at)
            if absence.officer_id == officer_id and absence.from_ <= at < absence.to
        )
        return max(absences, key=lambda absence: (absence.deputy_id is not None, absence.from_, absence.deputy_id or ""), default=None)

    def deputised(self, deputy_id: str, at: datetime) -> tuple[str, ...]:
        """Who is away at that instant and has named this officer as deputy."""
        named = (absence.officer_id for absence in self.absences.under((DEPUTY, deputy_id), at) if absence.deputy_id == deputy_id)
        away = ((officer_id, self.absent(officer_id, at)) for officer_id in sorted(set(named)))
        return tuple(officer_id for officer_id, absence in away if absence is not None and absence.deputy_id == deputy_id)

    def represented(self, officer_id: str, at: datetime) -> tuple[str, ...]:
        """The officer, and whoever is away and named them, or their deputy, and so on, as deputy."""
        return along(officer_id, lambda one: self.deputised(one, at))

    def ever_represented(self, officer_id: str) -> tuple[str, ...]:
        """The same, of whoever has ever said so, at whatever time they are away."""

        def named(one: str) -> Iterator[str]:
            stated = (said.content for name in self.absences.places.get((DEPUTY, one), ()) for said in self.absences.statements[name])
            return (absence.officer_id for absence in stated if absence is not None and absence.deputy_id == one)

        return along(officer_id, named)

    def managed(self, manager_id: str, at: datetime) -> tuple[str, ...]:
        """Who answers to this officer, by name."""
        officers = self.officers.under((MANAGER, manager_id), at)
        return tuple(sorted(one.officer_id for one in officers if one.line_manager_id == manager_id))

    def chain(self, officer_id: str, at: datetime) -> tuple[str, ...]:
        """The officer, and everybody who may come to stand in: every deputy that one of them has ever named, and their line managers."""
        asked = [officer_id]
        for one in asked:  # grows while it is walked, and ends: nobody is asked twice
            stated = (said.content for name in self.absences.places.get((one,), ()) for said in self.absences.statements[name])
            named = (absence.deputy_id for absence in stated if absence is not None and absence.officer_id == one)
            asked.extend(other for other in dict.fromkeys((*named, self.line_manager(one, at))) if other is not None and other not in asked)
        return tuple(asked)

    def shifts_of(self, officer_id: str, at: datetime) -> tuple[DirectoryOnCall, ...]:
        """Every shift of the officer as it is known at that instant, past and to come, the earliest first."""
        shifts = (shift for shift in self.shifts.under((officer_id,), at) if shift.officer_id == officer_id)
        return tuple(sorted(shifts, key=lambda shift: (shift.from_, shift.to, shift.role, shift.area)))

    def on_call(self, role: str, area: str | None, at: datetime) -> tuple[str, ...]:
        """Who holds the duty role in the area (None: in any), whoever began first first."""
        places = [place for place in self.shifts.places if place[0] == role] if area is None else [(role, area)]
        shifts = {
            (shift.from_, shift.officer_id)
            for place in places
            for shift in self.shifts.under(place, at)
            if (shift.role, shift.area) == place and shift.from_ <= at < shift.to
        }
        return tuple(dict.fromkeys(officer_id for _, officer_id in sorted(shifts)))


def along(officer_id: str, following: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """The officer, and whoever follows from each, each once."""
    asked = [officer_id]
    for one in asked:  # grows while it is walked, and ends: nobody is asked twice
        asked.extend(other for other in dict.fromkeys(following(one)) if other not in asked)
    return tuple(asked)


def forget(directory: Directory, before_at: datetime) -> Directory:
    """The directory without the shifts and absences that were over by then: no answer about that instant or a later one changes.

    A shift that was ever stated to end later is kept: of two statements the earlier may have come last.
    """
    shifts, absences = directory.shifts, directory.absences
    return Directory(
        officers=directory.officers,
        shifts=shifts.without(_over(shifts, before_at)),
        absences=absences.without(_over(absences, before_at)),
    )


def _over(register: Register[DirectoryAbsence] | Register[DirectoryOnCall], before_at: datetime) -> frozenset[str]:
    """What was over by then, and stated by then. A taking back alone is kept: what it takes back may come after it."""
    over: set[str] = set()
    for name, stated in register.statements.items():
        ends = [statement.content.to for statement in stated if statement.content is not None]
        if ends and max(*ends, *(statement.order[0] for statement in stated)) <= before_at:
            over.add(name)
    return frozenset(over)


def learn(directory: Directory, event: Event) -> Directory:
    """The directory with one `directory.*` event more."""
    return learn_all(directory, (event,))


def learn_all(directory: Directory, events: Iterable[Event]) -> Directory:
    """The directory with these `directory.*` events. An absence or shift without a name of its own has its event's id.

    What an exercise states holds for the exercise alone: it changes nobody's real absence or shift.
    """
    officers: list[Said[DirectoryOfficer]] = []
    absences: list[Said[DirectoryAbsence]] = []
    shifts: list[Said[DirectoryOnCall]] = []
    for event in events:
        said, order = event.data, event.order
        if event.message_status != "actual":
            continue
        match said:
            case DirectoryOfficer():
                posts = [place for role in said.roles for place in ((role,), (role, said.area))]
                manager = ((MANAGER, said.line_manager_id),) if said.line_manager_id is not None else ()
                officers.append(Said(said.officer_id, Stated(order, said), (*posts, *manager)))
            case DirectoryAbsence():
                deputy = ((DEPUTY, said.deputy_id),) if said.deputy_id is not None else ()
                absences.append(Said(said.absence_id or event.id, Stated(order, said), ((said.officer_id,), *deputy)))
            case DirectoryAbsenceCancelled():
                absences.append(Said(said.absence_id, Stated(order, None)))
            case DirectoryOnCall():
                shifts.append(Said(said.shift_id or event.id, Stated(order, said), ((said.role, said.area), (said.officer_id,))))
            case DirectoryOnCallRemoved():
                shifts.append(Said(said.shift_id, Stated(order, None)))
            case _:
                raise TypeError(f"directory: event {event.source} {event.id} is {event.type}, expected a directory.* event")
    return Directory(
        officers=directory.officers.stating(officers),
        absences=directory.absences.stating(absences),
        shifts=directory.shifts.stating(shifts),
    )
