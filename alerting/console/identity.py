"""The identity desk over HTTP (console 1.7): its questions, each asking who somebody is, and what a person answers.

Only a person answers: `same`, `different`, `not_managed`, with a rationale; `taken_back` undoes an answer. The answer is carried
out by streams, which owns who is who; identifiers are personal data, so looking is a reading. Whose each question is says
`alerting.ledger.questions`: for an excluded officer it is not there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import and_, or_, select

from alerting.console.answering import Hidden, Shown, nothing_here, reading
from alerting.console.bodies import reasoned
from alerting.console.commanding import Answer, Asked, command
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.signed import Signed, SignedIn
from alerting.console.spoken import Body, Words
from alerting.ledger import requests
from alerting.ledger.questions import theirs
from alerting.ledger.queue import number
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import QUESTION
from schemas.envelope import PersonIdentifier
from schemas.problems import Problem
from schemas.read_models import IdentityVerdict, QuestionView
from schemas.refusal import FieldError
from schemas.requests import AnswerQuestion


class Which(BaseModel):
    """The query of the list: what is open, unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Literal["open", "answered", "ended"] = "open"
    limit: Limit = USUAL
    cursor: str | None = None


class Verdict(Body):
    """The answer. `owner`: of two people, whose the events that name both are."""

    answer: IdentityVerdict
    rationale: Words
    owner: PersonIdentifier | None = None


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/identity/questions", **line("identity.read"))
    def questions(request: Request, signed: Signed, which: Annotated[Which, Query()]) -> Response:
        """The oldest first: somebody may be going unjudged."""
        cursors = Cursors(desk, request, signed)
        asked = select(QUESTION).where(QUESTION.c.state == which.state, theirs(signed.actor))
        asked = asked.order_by(QUESTION.c.at, QUESTION.c.question_id)
        if cursors.after is not None:
            at, name = cursors.after
            asked = asked.where(or_(QUESTION.c.at > at, and_(QUESTION.c.at == at, QUESTION.c.question_id > name)))
        with desk.ledger.read() as connection:
            seq = number(connection)
            rows = connection.execute(asked.limit(which.limit + 1)).all()
        page = rows[: which.limit]
        last = (page[-1].at, page[-1].question_id) if len(rows) > len(page) else None
        views = [QuestionView.model_validate_json(row.view) for row in page]
        body = cursors.page([view.model_dump(mode="json") for view in views], seq, last)
        subjects = tuple(person_id or view.question_id for view in views for person_id in view.person_ids or ("",))
        return reading(request, signed, body, Shown("identity", subjects, ("identifiers",)))

    @command(desk, router, "/identity/questions/{question_id}/answer", right="identity.answer", body=Verdict, find=_found, status=202)
    def answer(writing: Writing, asked: Asked[Verdict, QuestionView]) -> Answer:
        """Answer it; `taken_back` undoes what was answered."""
        view, said = asked.subject, asked.body
        rationale = reasoned(said.rationale)
        if said.answer == "taken_back" and view.verdict is None:
            raise Problem("not_possible_now", "Nobody has answered this: there is nothing to take back.")
        if said.answer != "taken_back" and not view.open:
            raise Problem("not_possible_now", "This is no longer asked. An answer can be taken back.")
        if said.owner is not None and said.owner not in {view.identifier, view.against}:
            wrong = FieldError("/owner", "none of the two", "one of the question's identifiers")
            raise Problem("invalid", "Nothing was done: owner is one of the question's two identifiers.", errors=(wrong,))
        request = AnswerQuestion(
            answer_id=f"an_{name_of(asked.request, asked.officer_id, writing.now)}",
            question_id=view.question_id,
            verdict=said.answer,
            identifier=view.identifier,
            against=view.against,
            owner=said.owner,
            rationale=rationale,
            answered_by=asked.officer_id,
            answered_at=writing.now,
        )
        requests.ask(writing, request, asked.officer_id)
        return Answer({"question_id": view.question_id, "answer": said.answer}, Shown("identity", view.person_ids, ("identity",)))

    return router


def _found(writing: Writing, signed: SignedIn, request: Request) -> QuestionView:
    name: str = request.path_params["question_id"]
    if not (name.isascii() and name.isprintable()):
        raise nothing_here()
    asked = select(QUESTION.c.view, theirs(signed.actor).label("theirs")).where(QUESTION.c.question_id == name)
    row = writing.connection.execute(asked).first()
    if row is None:
        raise nothing_here()
    view = QuestionView.model_validate_json(row.view)
    if not row.theirs:
        raise Hidden(*view.person_ids)
    return view
