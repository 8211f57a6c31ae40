"""`POST /exercises`, `GET /exercises` and `/exercises/{exercise_id}` (console 1.7): whether an alert reaches everybody, and how fast.

An exercise is an alert of status `exercise` through every path. Not the schedule and not the measuring (`alerting.delivery.exercises`).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, and_, or_, select, true

from alerting.console.answering import nothing_here, plain
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.lines import line, not_allowed
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.signed import Signed, SignedIn
from alerting.delivery import exercises
from alerting.delivery.exercises import Step
from alerting.exercise import Exercise, Kind
from alerting.ledger.queue import number
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import EXERCISE
from alerting.rights import Right, Where, areas, reach
from schemas.directory import OnCallRole
from schemas.fields import Instant, Word, instant_text
from schemas.finding import Severity, reference
from schemas.refusal import FieldError


class Wanted(BaseModel):
    """Whom to, how urgent, and when; without `starts_at` now."""

    area: Word
    role: OnCallRole
    severity: Severity
    starts_at: Instant | None = None


class Filter(BaseModel):
    """The query of the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = None
    limit: Limit = USUAL
    cursor: str | None = None


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @command(desk, router, "/exercises", right="exercises.start", body=Wanted, find=no_subject, status=201)
    def post_exercise(writing: Writing, asked: Asked[Wanted, None]) -> Answer:
        """One exercise more, for real people."""
        said = asked.body
        if not _theirs(asked.signed, "exercises.start", said.area):
            raise not_allowed()
        starts_at = said.starts_at or writing.now
        if starts_at < writing.now:
            raise not_valid((FieldError("/starts_at", "in the past", "an instant from now on"),))
        name = "ex_" + sha256(name_of(asked.request, asked.officer_id, writing.now).encode()).hexdigest()[:16]
        exercise = Exercise(
            exercise_id=name,
            kind="asked",
            severity=said.severity,
            starts_at=starts_at,
            area=said.area,
            role=said.role,
            by_id=asked.officer_id,
        )
        exercises.plan(writing, exercise)
        return Answer(_shown(exercise, "waiting", None))

    @router.get("/exercises", **line("exercises.read"))
    def list_of_exercises(request: Request, signed: Signed, wanted: Annotated[Filter, Query()]) -> Response:
        """The latest first."""
        cursors = Cursors(desk, request, signed)
        asked = select(EXERCISE).where(_in_reach(signed)).order_by(EXERCISE.c.starts_at.desc(), EXERCISE.c.exercise_id)
        if wanted.kind is not None:
            asked = asked.where(EXERCISE.c.kind == wanted.kind)
        if cursors.after is not None:
            at, name = cursors.after
            asked = asked.where(or_(EXERCISE.c.starts_at < at, and_(EXERCISE.c.starts_at == at, EXERCISE.c.exercise_id > name)))
        with desk.ledger.read() as connection:
            seq = number(connection)
            rows = connection.execute(asked.limit(wanted.limit + 1)).all()
        page = rows[: wanted.limit]
        last = (page[-1].starts_at, page[-1].exercise_id) if len(rows) > len(page) else None
        items = [_shown(exercises.read(row.exercise), row.state, row.alert_id) for row in page]
        return plain(cursors.page(items, seq, last))

    @router.get("/exercises/{exercise_id}", **line("exercises.read"))
    def one_exercise(exercise_id: str, signed: Signed) -> Response:
        """Each path and step, with its latency from the start."""
        with desk.ledger.read() as connection:
            found = exercises.find(connection, exercise_id)
            if found is None or not _theirs(signed, "exercises.read", found[0].area):
                raise nothing_here()
            steps = exercises.steps(connection, found[0], found[2])
        return plain(_shown(*found) | {"steps": [_step(one) for one in steps]})

    return router


def _theirs(signed: SignedIn, right: Right, area: str | None) -> bool:
    """Whether the area is theirs; a synthetic one is nobody's, and whoever may see any may see it."""
    found = reach(signed.actor, right)
    return found.where is Where.EVERYWHERE or area is None or area in areas(signed.actor, right)


def _in_reach(signed: SignedIn) -> ColumnElement[bool]:
    if reach(signed.actor, "exercises.read").where is Where.EVERYWHERE:
        return true()
    return or_(EXERCISE.c.area.is_(None), EXERCISE.c.area.in_(sorted(areas(signed.actor, "exercises.read"))))


def _shown(exercise: Exercise, state: str, alert_id: str | None) -> dict[str, object]:
    return {
        "exercise_id": exercise.exercise_id,
        "kind": exercise.kind,
        "area": exercise.area,
        "role": exercise.role,
        "severity": exercise.severity,
        "starts_at": instant_text(exercise.starts_at),
        "state": state,
        "alert_id": alert_id,
        "reference": None if alert_id is None else reference(alert_id),
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "step": step.step,
        "officer_id": step.officer_id,
        "detail": step.detail,
        "at": None if step.at is None else instant_text(step.at),
        "latency_s": None if step.latency is None else round(step.latency.total_seconds(), 3),
    }
