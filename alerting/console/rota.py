"""The rota (console 1.7): who is on, who is away, and where nobody would be, now and for weeks; and its shifts.

Every change is a statement of the contract (`alerting.console.directing`), refused where it would leave a role without a name.
The proof itself is `alerting.rota`. Absences are `alerting.console.absences`, one's own shift under way `alerting.console.shifts`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Connection, select, union

from alerting import rota
from alerting.console.answering import nothing_here, plain
from alerting.console.commanding import Answer, Asked, Nothing, command
from alerting.console.desk import Desk
from alerting.console.directing import between, fit, gap_shown, name_of, not_over, refuse_gaps, somebody, state
from alerting.console.filters import Several
from alerting.console.lines import line, not_allowed
from alerting.console.rota_shown import absence_shown, change_shown, in_order, now_shown, shift_shown, shifts_over
from alerting.console.signed import SignedIn
from alerting.directory import Directory
from alerting.ledger import statements
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import PERSON_AREA, PERSON_PROTECTED
from alerting.rights import areas
from alerting.rota import Place
from schemas.directory import (
    DirectoryOnCall,
    DirectoryOnCallRemoved,
    OnCallRole,
)
from schemas.fields import FROM, Id, Instant, Value, Word, instant_text

USUAL_DAYS, MOST_DAYS = 7, 84
USUAL_WEEKS, MOST_WEEKS = 8, 52
_NAME: TypeAdapter[str] = TypeAdapter(Id)


class Shift(Value):
    """A shift, whole."""

    role: OnCallRole
    area: Word
    officer_id: Id
    from_: Annotated[Instant, FROM]
    to: Instant


class Wanted(BaseModel):
    """The query of the rota: from now for a week, unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Several[Word] = ()
    from_at: Instant | None = None
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = USUAL_DAYS


class Weeks(BaseModel):
    """The query of the proof."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Several[Word] = ()
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = USUAL_WEEKS


class Standing(NamedTuple):
    """A shift by its name, as it stands; None: nothing stands under it."""

    name: str
    shift: DirectoryOnCall | None


def routes(desk: Desk) -> APIRouter:
    """Every route of the rota."""
    router = APIRouter()

    @router.get("/rota", **line("rota.read"))
    def shown(wanted: Annotated[Wanted, Query()]) -> Response:
        """Who is on now, and every shift and absence of the time asked for."""
        now = desk.clock()
        from_at = wanted.from_at or now
        to_at = from_at + timedelta(days=wanted.days)
        with desk.ledger.read() as connection:
            directory = statements.directory(connection)
            where = _places(connection, directory, wanted.area, now)
        known = {place.area for place in where}
        shifts = [
            shift_shown(name, shift, directory, now)
            for name, shift in directory.shifts.everything(now)
            if shift.area in known and shift.from_ < to_at and from_at < shift.to
        ]
        absences = [
            absence_shown(name, absence)
            for name, absence in directory.absences.everything(now)
            if absence.from_ < to_at and from_at < absence.to and _works_in(directory, absence.officer_id, known, now)
        ]
        body = {
            "as_of_at": instant_text(now),
            "from_at": instant_text(from_at),
            "to_at": instant_text(to_at),
            "now": [now_shown(place, directory, now) for place in where],
            "shifts": in_order(shifts),
            "absences": sorted(absences, key=lambda one: (str(one["from"]), str(one["officer_id"]))),
            "clock_changes": [change_shown(change) for change in rota.clock_changes(from_at, to_at)],
        }
        return plain(body)

    @router.get("/rota/gaps", **line("rota.read"))
    def gaps(wanted: Annotated[Weeks, Query()]) -> Response:
        """Where nobody would be on duty, to the instant: the proof for the weeks asked for."""
        now = desk.clock()
        with desk.ledger.read() as connection:
            directory = statements.directory(connection)
            where = _places(connection, directory, wanted.area, now)
        to_at = now + timedelta(weeks=wanted.weeks)
        found = rota.gaps(directory, where, now, to_at)
        body = {
            "checked_at": instant_text(now),
            "from_at": instant_text(now),
            "to_at": instant_text(to_at),
            "places": [{"area": place.area, "role": place.role} for place in where],
            "gaps": [gap_shown(gap) for gap in found],
            "clock_changes": [
                {**change_shown(change), "shifts": shifts_over(change.at, directory, {*where}, now)}
                for change in rota.clock_changes(now, to_at)
            ],
        }
        return plain(body)

    @command(desk, router, "/rota/shifts/{shift_id}", right="rota.edit", body=Shift, find=_shift_or_none, may=_edits, method="PUT")
    def put_shift(writing: Writing, asked: Asked[Shift, Standing]) -> Answer:
        """Who holds a duty role, where, from when to when; the shift of that name becomes this."""
        said, now = asked.body, writing.now
        if said.area not in areas(asked.signed.actor, "rota.edit"):
            raise not_allowed()
        between(said.from_, said.to, now)
        before = asked.subject.shift
        if before is not None:
            not_over(before.to, now)
        directory = statements.directory(writing.connection)
        somebody(directory, said.officer_id, now, "/officer_id")
        fit(directory, said.officer_id, said.role, now, "/officer_id")
        for deputy_id in rota.deputies(directory, said.officer_id, said.from_, said.to, now):
            fit(directory, deputy_id, said.role, now, "/officer_id")
        on_call = DirectoryOnCall(
            role=said.role, area=said.area, officer_id=said.officer_id, from_=said.from_, to=said.to, shift_id=asked.subject.name
        )
        stated = state(
            desk, writing, "directory.on_call", on_call, name_of(asked.request, asked.officer_id, writing.now), asked.subject.name
        )
        if before is not None:
            refuse_gaps(stated, before.from_, before.to, now)
        return Answer(shift_shown(asked.subject.name, on_call, stated.after, now))

    @command(desk, router, "/rota/shifts/{shift_id}", right="rota.edit", body=Nothing, find=_shift, may=_edits, method="DELETE")
    def delete_shift(writing: Writing, asked: Asked[Nothing, Standing]) -> Answer:
        """The shift does not take place."""
        name, shift = asked.subject.name, asked.subject.shift
        if shift is not None:
            not_over(shift.to, writing.now)
        gone = DirectoryOnCallRemoved(shift_id=name)
        stated = state(desk, writing, "directory.on_call_removed", gone, name_of(asked.request, asked.officer_id, writing.now), name)
        if shift is not None:
            refuse_gaps(stated, shift.from_, shift.to, writing.now)
        return Answer({"shift_id": name})

    return router


# What a command is about, and whose it is ------------------------------------


def _shift_or_none(writing: Writing, _signed: SignedIn, request: Request) -> Standing:
    try:
        name = _NAME.validate_python(request.path_params["shift_id"])
    except ValidationError:
        raise nothing_here() from None
    if not name.isprintable():  # an id of the contract may hold the end of a line; a name that is read over a radio may not
        raise nothing_here()
    return Standing(name, statements.directory(writing.connection).shifts.standing(name, writing.now))


def _shift(writing: Writing, signed: SignedIn, request: Request) -> Standing:
    found = _shift_or_none(writing, signed, request)
    if found.shift is None:
        raise nothing_here()
    return found


def _edits(_writing: Writing, signed: SignedIn, subject: Standing) -> bool:
    """Whether the rota of the area is theirs; of a new shift the area is said in the body."""
    theirs = areas(signed.actor, "rota.edit")
    return bool(theirs) if subject.shift is None else subject.shift.area in theirs


# What is looked at ------------------------------------------------------------


def _places(connection: Connection, directory: Directory, wanted: Collection[str], now: datetime) -> tuple[Place, ...]:
    """Where somebody must be on duty: also in the area of a case, or of somebody who is to be kept safe, that has no officer yet."""
    asked = union(select(PERSON_AREA.c.area), select(PERSON_PROTECTED.c.area).where(PERSON_PROTECTED.c.area.is_not(None)))
    of_cases = connection.execute(asked).scalars().all()
    return tuple(place for place in rota.places(directory, of_cases, now) if not wanted or place.area in wanted)


def _works_in(directory: Directory, officer_id: str, known: Collection[str], now: datetime) -> bool:
    officer = directory.officer(officer_id, now)
    return officer is None or officer.area in known or any(shift.area in known for shift in directory.shifts_of(officer_id, now))
