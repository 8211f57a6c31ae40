"""`POST` and `DELETE /absences` (console 1.7): who is away, and who stands in.

One's own, or as a supervisor anybody's of the area. A statement of the contract (`alerting.console.directing`), refused where it
would leave a role without a name: then name a deputy, or somebody else for the shift.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request

from alerting import rota
from alerting.console.answering import nothing_here
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, Nothing, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import between, fit, name_of, not_over, refuse_gaps, somebody, stands_in, state
from alerting.console.lines import not_allowed
from alerting.console.rota_shown import absence_shown
from alerting.console.signed import SignedIn
from alerting.directory import Directory
from alerting.ledger import statements
from alerting.ledger.store import Writing
from alerting.rights import areas, reach
from schemas.directory import DirectoryAbsence, DirectoryAbsenceCancelled
from schemas.fields import FROM, Id, Instant, Value, instant_text
from schemas.problems import Problem
from schemas.refusal import FieldError


class Absence(Value):
    """Somebody is away: oneself, unless a supervisor says of whom."""

    officer_id: Id | None = None
    from_: Annotated[Instant, FROM]
    to: Instant
    deputy_id: Id | None = None


class Standing(NamedTuple):
    """An absence by its name, and the area of whoever is away."""

    name: str
    absence: DirectoryAbsence
    area: str | None


def routes(desk: Desk) -> APIRouter:
    """Both routes."""
    router = APIRouter()

    @command(desk, router, "/absences", right="rota.absence", body=Absence, find=no_subject, status=201)
    def post_absence(writing: Writing, asked: Asked[Absence, None]) -> Answer:
        """Somebody is away, and who stands in."""
        said, now = asked.body, writing.now
        directory = statements.directory(writing.connection)
        officer_id = said.officer_id or asked.officer_id
        away = somebody(directory, officer_id, now, "/officer_id")
        if not _may_keep(asked.signed, officer_id, away.area):
            raise not_allowed()
        between(said.from_, said.to, now)
        if said.deputy_id is not None:
            somebody(directory, said.deputy_id, now, "/deputy_id")
            if said.deputy_id == officer_id:
                raise not_valid((FieldError("/deputy_id", "the same officer", "somebody else"),))
            stands_in(directory, said.deputy_id, away, now)
            for role in rota.duties(directory, officer_id, said.from_, said.to, now):
                fit(directory, said.deputy_id, role, now, "/deputy_id")
            _one_deputy(directory, officer_id, said, now)
        name = name_of(asked.request, asked.officer_id, writing.now)
        absence = DirectoryAbsence(absence_id=name, officer_id=officer_id, from_=said.from_, to=said.to, deputy_id=said.deputy_id)
        refuse_gaps(state(desk, writing, "directory.absence", absence, name, name), said.from_, said.to, now)
        return Answer(absence_shown(name, absence))

    @command(
        desk,
        router,
        "/absences/{absence_id}",
        right="rota.absence",
        body=Nothing,
        find=_absence,
        may=_keeps,
        method="DELETE",
    )
    def delete_absence(writing: Writing, asked: Asked[Nothing, Standing]) -> Answer:
        """The absence does not take place."""
        name, absence, _area = asked.subject
        not_over(absence.to, writing.now)
        gone = DirectoryAbsenceCancelled(absence_id=name)
        stated = state(desk, writing, "directory.absence_cancelled", gone, name_of(asked.request, asked.officer_id, writing.now), name)
        refuse_gaps(stated, absence.from_, absence.to, writing.now)
        return Answer({"absence_id": name})

    return router


def _one_deputy(directory: Directory, officer_id: str, said: Absence, now: datetime) -> None:
    """Raise 409 where somebody else is named already for a part of that time: nobody could say who of the two stands in."""
    for name, other in sorted(directory.absences.everything(now)):
        overlaps = other.officer_id == officer_id and other.from_ < said.to and said.from_ < other.to
        if overlaps and other.deputy_id not in {None, said.deputy_id}:
            span = f"from {instant_text(other.from_)} to {instant_text(other.to)}"
            stands = f"{officer_id} is away {span} already (absence {name}), and {other.deputy_id} stands in."
            detail = f"{stands} Nothing was done: take that back first."
            raise Problem("not_possible_now", detail, more={"absence": absence_shown(name, other)})


def _absence(writing: Writing, _signed: SignedIn, request: Request) -> Standing:
    name = str(request.path_params["absence_id"])
    directory = statements.directory(writing.connection)
    absence = directory.absences.standing(name, writing.now)
    if absence is None:
        raise nothing_here()
    officer = directory.officer(absence.officer_id, writing.now)
    return Standing(name, absence, None if officer is None else officer.area)


def _keeps(_writing: Writing, signed: SignedIn, subject: Standing) -> bool:
    return _may_keep(signed, subject.absence.officer_id, subject.area)


def _may_keep(signed: SignedIn, officer_id: str, area: str | None) -> bool:
    """One's own absence, where any role keeps one; others' in the areas where the rota is theirs."""
    if reach(signed.actor, "rota.absence").never:
        return False
    return officer_id == signed.actor.officer_id or area in areas(signed.actor, "rota.absence")
