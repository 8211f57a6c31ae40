"""`POST /people/{person_id}/facts` (console 1.7): one event of the contract, as a person states it.

It becomes an event from source `vigil/console` with the person's identifiers, and goes through intake like any other: the rules
see what people did, and there is no second truth. Which role may state which type is `alerting.rights.FACT_RIGHTS`. A report is
graded anew by those alone who may read it: the rules take a threat back that is graded false.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import select

from alerting.console.answering import Shown, nothing_here, write_denial, write_reading
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, command
from alerting.console.desk import Desk
from alerting.console.directing import fit, name_of
from alerting.console.lines import not_allowed
from alerting.console.person_found import Found, found_person
from alerting.console.signed import SignedIn
from alerting.console.spoken import Body
from alerting.ledger import facts, reports, statements
from alerting.ledger.reach import ground, ground_of_protected
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import PERSON_PROTECTED
from alerting.ledger.ways import Ground
from alerting.lifecycle.actions import is_anothers_client
from alerting.rights import FACT_RIGHTS, Right
from schemas.case import CaseAssigned
from schemas.event import Event
from schemas.fields import Instant, Word, instant_text
from schemas.problems import Problem
from schemas.refusal import FieldError, Refused
from schemas.risk import IntelligenceReassessed, IntelligenceSubmitted
from schemas.types import TYPES

MOST_BYTES = 256 * 1024
MOST_IDENTIFIERS = 50
_RIGHTS: tuple[Right, ...] = tuple(dict.fromkeys(FACT_RIGHTS.values()))


class Fact(Body):
    """What is stated: an event without its envelope's names, which are ours to give."""

    type: Word
    occurred_at: Instant
    data: Annotated[dict[str, object], Field(default_factory=dict)]


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()
    path = "/people/{person_id}/facts"

    @command(desk, router, path, right="facts.case", body=Fact, find=_find, may=_may_any, status=201, most_bytes=MOST_BYTES)
    def post_fact(writing: Writing, asked: Asked[Fact, Found]) -> Answer:
        """State it now."""
        said, found = asked.body, asked.subject
        if said.type not in TYPES:
            wrong = FieldError("/type", "unknown type", "a type of the contract that a person states, as case.assigned")
            raise Problem("unknown_type", f"Nothing was stated: {wrong.reason}, expected {wrong.expected}.", errors=(wrong,))
        why = _ground(writing, asked.signed, found, said)
        if why is None:
            write_denial(writing, asked.request, asked.signed, (found.person_id,), not_allowed())
            return Answer(refused=not_allowed())
        if said.occurred_at > writing.now:
            raise not_valid((FieldError("/occurred_at", "in the future", "when it happened: now or earlier"),))
        if said.data.get("set_by", asked.officer_id) != asked.officer_id:
            raise not_valid((FieldError("/data/set_by", "somebody else", "yourself: nobody sets a level in another's name"),))
        if not _may_grade(writing, asked.signed, found, said):  # in the same words whether there is one or not
            write_denial(writing, asked.request, asked.signed, (found.person_id,), nothing_here())
            return Answer(refused=not_valid((FieldError("/data/report_id", "no such report", "one about this person that you may read"),)))
        stated = _stated(writing, asked, found)
        try:
            event = facts.state(writing, stated)
        except Refused as refused:
            raise not_valid(refused.errors) from None
        if isinstance(event.data, CaseAssigned):  # it brings what the role has in the case, her address too
            directory = statements.directory(writing.connection)
            fit(directory, event.data.officer_id, event.data.role, writing.now, "/data/officer_id")
        about = (found.person_id, *((her,) if (her := _her(said)) is not None else ()))
        shown = Shown(why.purpose, about, (said.type,), role=why.role, report=_sealed(writing, found, event))
        write_reading(writing, asked.request, asked.signed, shown, kind="collection")
        times = {"occurred_at": instant_text(event.occurred_at), "recorded_at": instant_text(writing.now)}
        return Answer({"id": event.id, "source": event.source, "type": event.type, **times})

    return router


def _find(writing: Writing, signed: SignedIn, request: Request) -> Found:
    return found_person(writing.connection, signed.actor, writing.now, str(request.path_params["person_id"]))


def _may_any(writing: Writing, signed: SignedIn, found: Found) -> bool:
    """Whether they may state anything of him at all; which type, stands in the body."""
    return any(ground(writing.connection, signed.actor, right, writing.now, person_id=found.person_id) is not None for right in _RIGHTS)


def _ground(writing: Writing, signed: SignedIn, found: Found, said: Fact) -> Ground | None:
    """Why they may state that; None: nobody does by hand, their roles do not, or the woman it names is another advocate's."""
    right = FACT_RIGHTS.get(said.type)
    if right is None:
        return None
    why = ground(writing.connection, signed.actor, right, writing.now, person_id=found.person_id)
    her = _her(said)
    if why is None or why.role != "idva" or her is None:
        return why
    known = select(PERSON_PROTECTED.c.person_id).where(PERSON_PROTECTED.c.protected_person_id == her).limit(1)
    if writing.connection.execute(known).first() is None:
        return why
    why = ground_of_protected(writing.connection, signed.actor, right, her, writing.now)
    if why is not None and why.purpose == "told" and is_anothers_client(her, signed.actor.officer_id, found.view):
        return None  # an alert about two women is told to both advocates
    return why


def _may_grade(writing: Writing, signed: SignedIn, found: Found, said: Fact) -> bool:
    """Whether it grades no report anew, or one that is theirs to read. What names none is no event of the contract."""
    report_id = said.data.get("report_id")
    if said.type != "intelligence.reassessed" or not isinstance(report_id, str):
        return True
    return reports.may_grade(writing.connection, signed.actor, found.person_id, report_id)


def _her(said: Fact) -> str | None:
    her = said.data.get("protected_person_id")
    return her if isinstance(her, str) else None


def _sealed(writing: Writing, found: Found, event: Event) -> tuple[str, str] | None:
    """The report of code C that it is, or that it grades anew."""
    match event.data:
        case IntelligenceSubmitted(handling_code="C"):
            return event.source, event.id
        case IntelligenceReassessed(report_id=report_id):
            return reports.sealed_named(writing.connection, found.person_id, report_id)
        case _:
            return None


def _stated(writing: Writing, asked: Asked[Fact, Found], found: Found) -> facts.Stated:
    if not found.view.identifiers:
        raise Problem("not_possible_now", "Nothing is known here by which a feed could name this person. Nothing was stated.")
    said = asked.body
    return facts.Stated(
        id=name_of(asked.request, asked.officer_id, writing.now),
        type=said.type,
        occurred_at=said.occurred_at,
        data=said.data,
        identifiers=found.view.identifiers[:MOST_IDENTIFIERS],
        area=found.view.areas[0] if found.view.areas else None,
    )
