"""A route module of the tests' own: one thing that can be painted, to try every check of a command without any alert."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import field_validator
from sqlalchemy import func, select

from alerting.console.answering import Hidden, Shown, not_yours, nothing_here, reading
from alerting.console.commanding import Answer, Asked, Nothing, always, command, etag, no_subject
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.signed import Signed, SignedIn
from alerting.ledger.store import Writing
from alerting.ledger.tables.books import AUDIT
from schemas.fields import Text, Value, Word, refusal
from schemas.problems import Problem

MINE, HIDDEN, STRONG = "th-mine", "th-hidden", "th-strong"


class Paint(Value):
    """What is said."""

    colour: Word
    rationale: Text

    @field_validator("rationale")
    @classmethod
    def _says_why(cls, said: str) -> str:
        if len(said) < 5:
            raise refusal("too short", "at least 5 characters")
        return said


def version(writing: Writing) -> int:
    """How often it was painted, and one."""
    painted = select(func.count()).select_from(AUDIT).where(AUDIT.c.kind == "thing.painted")
    return 1 + int(writing.connection.execute(painted).scalar_one())


def routes(desk: Desk) -> APIRouter:
    """The routes. What is tried and refused is audited as `thing.tried`."""
    router = APIRouter(prefix="/api/v1/things")

    def thing(_writing: Writing, _signed: SignedIn, request: Request) -> str:
        name = str(request.path_params["thing_id"])
        if name == HIDDEN:
            raise Hidden("pe-7")
        if name not in {MINE, STRONG}:
            raise nothing_here()
        return name

    def tried(writing: Writing, signed: SignedIn, subject: str, version_seen: int | None, problem: Problem) -> None:
        writing.audit("thing.tried", {"by": signed.session.officer_id, "thing": subject, "code": problem.code, "seen": version_seen})

    @command(
        desk,
        router,
        "/{thing_id}/paint",
        right="alert.reassign",
        body=Paint,
        find=thing,
        tried=tried,
        strong=lambda subject: subject == STRONG,
        versioned=True,
    )
    def paint(writing: Writing, asked: Asked[Paint, str]) -> Answer:
        now = version(writing)
        if asked.version_seen != now:
            problem = Problem("stale_version", "Somebody painted it first.", more={"current": {"version": now}, "changes": []})
            tried(writing, asked.signed, asked.subject, asked.version_seen, problem)
            return Answer(refused=problem)
        writing.audit("thing.painted", {"by": asked.officer_id})
        if asked.body.colour == "none":
            raise Problem("not_possible_now", "It cannot be without a colour.")
        return Answer({"version": now + 1, "colour": asked.body.colour}, Shown("alert", ("pe-1",), ("colour",)), etag(now + 1))

    @command(desk, router, "/search", right="people.search", body=Paint, find=no_subject, keyed=False, rate="search")
    def search(_writing: Writing, _asked: Asked[Paint, None]) -> Answer:
        return Answer({"items": []})

    @command(desk, router, "/new", right="webhooks.manage", body=Nothing, find=no_subject, strong=always, status=201)
    def new(writing: Writing, _asked: Asked[Nothing, None]) -> Answer:
        writing.audit("thing.made", {})
        return Answer({"thing_id": MINE})

    @router.get("", **line("rota.edit"))
    def things(request: Request, signed: Signed, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
        return reading(request, signed, {"limit": limit, "items": ["Sam Field"]}, Shown("alert", ("pe-1", "pe-2"), ("name",)))

    @router.get("/{thing_id}", **line("alert.read", one=True))
    def one(request: Request, signed: Signed, thing_id: str) -> Response:
        raise not_yours(request, signed, "pe-7") if thing_id == HIDDEN else nothing_here()

    return router
