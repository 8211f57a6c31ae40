"""`POST /people/search` (console 1.7): whose case is somebody? Exact only, at most ten, with a reason that the log keeps.

By one identifier, or by name with date of birth. Each result names the area that holds the case; what else is shown of somebody
who is not theirs to see is nothing. Searches stand in no URL. Whoever is restricted is found by those alone who may see him.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, and_, select

from alerting.console.answering import Shown, write_reading
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, command, no_subject
from alerting.console.desk import Desk
from alerting.console.spoken import Body, Words
from alerting.ledger.queue import number
from alerting.ledger.reach import visible_people
from alerting.ledger.read_models import folded
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import PERSON, PERSON_IDENTIFIER
from schemas.envelope import PersonIdentifier
from schemas.fields import CalendarDate, Word
from schemas.person import PersonView
from schemas.refusal import FieldError

MOST = 10
PURPOSE = "search"
_ONE_OR_THE_OTHER = "identifier, or name with date_of_birth"


class Search(Body):
    """Whom, and why."""

    identifier: PersonIdentifier | None = None
    name: Word | None = None
    date_of_birth: CalendarDate | None = None
    reason: Words


class Match(BaseModel):
    """Somebody who was found."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    area: str | None
    areas: tuple[str, ...]
    managed: bool
    yours: bool
    label: str | None = None


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @command(desk, router, "/people/search", right="people.search", body=Search, find=no_subject, keyed=False, rate="search")
    def search(writing: Writing, asked: Asked[Search, None]) -> Answer:
        """Who has exactly that identifier, or exactly that name and date of birth; and whose case he is."""
        actor, at = asked.signed.actor, writing.now
        within = (_which(asked.body), PERSON.c.gone_to.is_(None), PERSON.c.view.is_not(None), visible_people(actor, at, "people.search"))
        theirs = visible_people(actor, at).label("yours")
        rows = writing.connection.execute(select(PERSON.c.view, theirs).where(*within).order_by(PERSON.c.person_id).limit(MOST + 1)).all()
        found = [_match(PersonView.model_validate_json(row.view), yours=bool(row.yours)) for row in rows[:MOST]]
        shown = Shown(PURPOSE, tuple(one.person_id for one in found), ("identifiers",), asked.body.reason)
        if not found:  # that nobody was found is said of somebody too
            write_reading(writing, asked.request, asked.signed, shown)
        items = [one.model_dump(exclude_none=True) for one in found]
        seq = number(writing.connection)
        return Answer({"items": items, "more": len(rows) > MOST, "next_cursor": None, "as_of_seq": seq}, shown)

    return router


def _which(said: Search) -> ColumnElement[bool]:
    by_name = said.name is not None or said.date_of_birth is not None
    if (said.identifier is not None) == by_name:
        raise not_valid((FieldError("", "not one of the two", _ONE_OR_THE_OTHER),))
    if said.identifier is not None:
        named = (PERSON_IDENTIFIER.c.type == said.identifier.type, PERSON_IDENTIFIER.c.value == said.identifier.value)
        return PERSON.c.person_id.in_(select(PERSON_IDENTIFIER.c.person_id).where(*named))
    if said.name is None or said.date_of_birth is None:
        missing = "/name" if said.name is None else "/date_of_birth"
        raise not_valid((FieldError(missing, "missing", _ONE_OR_THE_OTHER),))
    return and_(PERSON.c.name_folded == folded(said.name), PERSON.c.date_of_birth == said.date_of_birth.isoformat())


def _match(view: PersonView, *, yours: bool) -> Match:
    area = view.areas[0] if view.areas else None
    label = view.label if yours else None
    return Match(person_id=view.person_id, area=area, areas=view.areas, managed=view.managed, yours=yours, label=label)
