"""What was set aside, and sending it again (console 1.7): `/quarantine`. The bytes stay with intake; here stands their index, masked.

Evidence is never edited and nothing is deleted: a line is sent again as it came, or two people agree that it never will be taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, true

from alerting.console.answering import nothing_here, plain
from alerting.console.bodies import reasoned
from alerting.console.commanding import Answer, Asked, Nothing, command, no_subject
from alerting.console.desk import Desk
from alerting.console.filters import Name
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.signed import Signed, SignedIn
from alerting.console.spoken import Body, Words
from alerting.ledger import requests
from alerting.ledger.queue import number
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import FIRST_KEY
from alerting.ledger.tables.told import SET_ASIDE
from schemas.fields import Instant, Word, instant_text
from schemas.problems import Problem
from schemas.read_models import SetAsideState, SetAsideView
from schemas.refusal import FieldError
from schemas.requests import Redrive, Retire

MOST_AT_ONCE = 1_000
_RETIRE = "retire"
_OVER = frozenset({"accepted", "retired"})


class Which(BaseModel):
    """The query of the list. `reason`: the code that it was set aside with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Name | None = None
    reason: Word | None = None
    state: SetAsideState | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None
    limit: Limit = USUAL
    cursor: str | None = None


class Several(Body):
    """What is to be sent again: at least one of these says which."""

    source: Word | None = None
    reason: Word | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE


class Rationale(Body):
    """Why it will never be taken."""

    rationale: Words


class Line(NamedTuple):
    """One line that was set aside."""

    view: SetAsideView


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/quarantine", **line("quarantine.read"))
    def listed(request: Request, signed: Signed, which: Annotated[Which, Query()]) -> Response:
        """The latest first."""
        return plain(_page(desk, Cursors(desk, request, signed), which))

    @router.get("/quarantine/{quarantine_id}", **line("quarantine.read"))
    def one(quarantine_id: str) -> Response:
        """One line, masked, with what was wrong with it."""
        with desk.ledger.read() as connection:
            said = connection.execute(select(SET_ASIDE.c.view).where(SET_ASIDE.c.quarantine_id == quarantine_id)).scalar()
            first = connection.execute(select(FIRST_KEY).where(_key(quarantine_id))).first()
        if said is None:
            raise nothing_here()
        retiring = None if first is None else {"officer_id": first.officer_id, "at": instant_text(first.at), "rationale": first.rationale}
        return plain(_shown(SetAsideView.model_validate_json(said)) | {"retiring": retiring})

    @command(desk, router, "/quarantine/redrive", right="quarantine.redrive", body=Several, find=no_subject, status=202)
    def redrive_several(writing: Writing, asked: Asked[Several, None]) -> Answer:
        """Send again what a filter names, the oldest first."""
        return _redrive_several(writing, asked)

    @command(desk, router, "/quarantine/{quarantine_id}/redrive", right="quarantine.redrive", body=Nothing, find=_found, status=202)
    def redrive(writing: Writing, asked: Asked[Nothing, Line]) -> Answer:
        """Send one again, the bytes as they came."""
        view = asked.subject.view
        _still_open(view)
        requests.ask(writing, Redrive(quarantine_ids=(view.quarantine_id,)), asked.officer_id)
        return Answer({"sent_again": 1, "quarantine_ids": [view.quarantine_id]})

    @command(desk, router, "/quarantine/{quarantine_id}/retire", right="quarantine.redrive", body=Rationale, find=_found, status=202)
    def retire(writing: Writing, asked: Asked[Rationale, Line]) -> Answer:
        """The first time it is proposed; another person who says it too retires it."""
        return _retire(writing, asked)

    return router


def _page(desk: Desk, cursors: Cursors, which: Which) -> dict[str, object]:
    asked = select(SET_ASIDE).where(_which(which.source, which.reason, which.from_at, which.to_at))
    asked = asked.order_by(SET_ASIDE.c.at.desc(), SET_ASIDE.c.quarantine_id.desc())
    if which.state is not None:
        asked = asked.where(SET_ASIDE.c.state == which.state)
    if cursors.after is not None:
        at, name = cursors.after
        asked = asked.where(or_(SET_ASIDE.c.at < at, and_(SET_ASIDE.c.at == at, SET_ASIDE.c.quarantine_id < name)))
    with desk.ledger.read() as connection:
        seq = number(connection)
        rows = connection.execute(asked.limit(which.limit + 1)).all()
    page = rows[: which.limit]
    last = (page[-1].at, page[-1].quarantine_id) if len(rows) > len(page) else None
    items = [_shown(SetAsideView.model_validate_json(row.view)) for row in page]
    return cursors.page(items, seq, last)


def _redrive_several(writing: Writing, asked: Asked[Several, None]) -> Answer:
    said = asked.body
    if all(part is None for part in (said.source, said.reason, said.from_at, said.to_at)):
        wrong = FieldError("", "names nothing", "source, reason, from_at or to_at")
        raise Problem("invalid", "Nothing was done: expected source, reason, from_at or to_at.", errors=(wrong,))
    which = _which(said.source, said.reason, said.from_at, said.to_at)
    open_ones = (
        select(SET_ASIDE.c.quarantine_id)
        .where(which, SET_ASIDE.c.state.not_in(sorted(_OVER)))
        .order_by(SET_ASIDE.c.at, SET_ASIDE.c.quarantine_id)
    )
    names = tuple(writing.connection.execute(open_ones.limit(said.limit)).scalars())
    if names:
        requests.ask(writing, Redrive(quarantine_ids=names), asked.officer_id)
    return Answer({"sent_again": len(names), "quarantine_ids": list(names)})


def _retire(writing: Writing, asked: Asked[Rationale, Line]) -> Answer:
    view, rationale = asked.subject.view, reasoned(asked.body.rationale)
    _still_open(view)
    first = writing.connection.execute(select(FIRST_KEY).where(_key(view.quarantine_id))).first()
    if first is None:
        row = {
            "kind": _RETIRE,
            "subject": view.quarantine_id,
            "officer_id": asked.officer_id,
            "at": writing.now,
            "rationale": rationale,
        }
        writing.connection.execute(insert(FIRST_KEY), [row])
        writing.audit("quarantine.retirement_proposed", {"quarantine_id": view.quarantine_id, "by": asked.officer_id})
        return Answer({"quarantine_id": view.quarantine_id, "state": "retiring", "awaiting_second_key": True})
    if first.officer_id == asked.officer_id:
        raise Problem("same_person", "You proposed this: somebody else must agree.")
    writing.connection.execute(delete(FIRST_KEY).where(_key(view.quarantine_id)))
    requests.ask(writing, Retire(quarantine_id=view.quarantine_id), asked.officer_id)
    writing.audit("quarantine.retired", {"quarantine_id": view.quarantine_id, "by": [first.officer_id, asked.officer_id]})
    return Answer({"quarantine_id": view.quarantine_id, "state": "retired", "awaiting_second_key": False})


def _found(writing: Writing, _signed: SignedIn, request: Request) -> Line:
    which = SET_ASIDE.c.quarantine_id == request.path_params["quarantine_id"]
    said = writing.connection.execute(select(SET_ASIDE.c.view).where(which)).scalar()
    if said is None:
        raise nothing_here()
    return Line(SetAsideView.model_validate_json(said))


def _still_open(view: SetAsideView) -> None:
    if view.state in _OVER:
        raise Problem("not_possible_now", f"This line is {view.state} already.")


def _key(quarantine_id: str) -> ColumnElement[bool]:
    return and_(FIRST_KEY.c.kind == _RETIRE, FIRST_KEY.c.subject == quarantine_id)


def _which(source: str | None, reason: str | None, from_at: datetime | None, to_at: datetime | None) -> ColumnElement[bool]:
    parts = (
        None if source is None else SET_ASIDE.c.source == source,
        None if reason is None else SET_ASIDE.c.code == reason,
        None if from_at is None else SET_ASIDE.c.at >= from_at,
        None if to_at is None else SET_ASIDE.c.at < to_at,
    )
    return and_(true(), *(part for part in parts if part is not None))


def _shown(view: SetAsideView) -> dict[str, object]:
    return view.model_dump(mode="json")
