"""`POST /access/break-glass` (console 1.7): emergency access to a person or an alert, for an hour, with a reason.

It opens what the officer's role has for somebody; never what the role has for nobody (`alerting.ledger.ways`), and never a case
to an officer who is excluded from it. The supervisor's message is queued in the transaction that grants it.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated, NamedTuple

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection, insert

from alerting import reasons
from alerting.console import supervisors
from alerting.console.answering import Shown, nothing_here, write_denial, write_reading
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, always, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.person_found import known_person
from alerting.console.spoken import Body
from alerting.ledger import people
from alerting.ledger.alerts import load, named
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import GRANT
from alerting.ledger.ways import BREAK_GLASS
from alerting.routing import excluded
from schemas.fields import Id, instant_text
from schemas.problems import Problem
from schemas.refusal import FieldError

LASTS = timedelta(minutes=60)
REASON_AT_LEAST = 20


class Wanted(Body):
    """Whom or what it is to open, and why."""

    person_id: Id | None = None
    alert_id: Id | None = None
    reason: Annotated[str, Field(strict=True, max_length=4_000)]


class Opened(NamedTuple):
    """What it opens. `person_id`: whom it is about; an alert about the system has nobody."""

    subject: str
    person_id: str | None
    alert_id: str | None


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @command(desk, router, "/access/break-glass", right="access.break_glass", body=Wanted, find=no_subject, strong=always, status=201)
    def break_glass(writing: Writing, asked: Asked[Wanted, None]) -> Answer:
        """Emergency access for 60 minutes. The supervisor is told before the answer is sent."""
        said = asked.body
        reason = _reason(said)
        opened = _opened(writing.connection, said)
        person_id = None if opened is None else opened.person_id
        never = excluded(None if person_id is None else people.view(writing.connection, person_id))
        if opened is None or asked.officer_id in never:  # one answer, kept under its key as one: who is kept from him must not learn of him
            about = said.alert_id or said.person_id or ""
            write_denial(writing, asked.request, asked.signed, (about if opened is None else opened.subject,), nothing_here())
            return Answer(refused=nothing_here())
        grant_id = "gr_" + sha256(name_of(asked.request, asked.officer_id, writing.now).encode()).hexdigest()[:16]
        until_at = writing.now + LASTS
        row = {"grant_id": grant_id, "officer_id": asked.officer_id, "kind": BREAK_GLASS, "subject": opened.subject, "reason": reason}
        writing.connection.execute(insert(GRANT).values(**row, at=writing.now, until_at=until_at))
        log = Shown(BREAK_GLASS, (opened.person_id or opened.subject,), (), reason)
        write_reading(writing, asked.request, asked.signed, log, kind=BREAK_GLASS)
        about, occasion = opened.alert_id or grant_id, f"{BREAK_GLASS} {grant_id}"
        told = supervisors.tell(writing, asked.signed.actor, about, occasion, desk.settings.origin, never)
        what = {"person_id": opened.person_id} if opened.alert_id is None else {"alert_id": opened.alert_id}
        times = {"at": instant_text(writing.now), "until_at": instant_text(until_at)}
        return Answer({"grant_id": grant_id, **what, **times, "told": told})

    return router


def _reason(said: Wanted) -> str:
    reason = said.reason.strip()
    if reasons.length(reason) < REASON_AT_LEAST:
        wrong = FieldError("/reason", "too short", f"at least {REASON_AT_LEAST} characters")
        raise Problem(
            "rationale_needed", f"Nothing was opened: expected a reason of at least {REASON_AT_LEAST} characters.", errors=(wrong,)
        )
    if (said.person_id is None) == (said.alert_id is None):
        raise not_valid((FieldError("", "not one of the two", "person_id or alert_id"),))
    return reason


def _opened(connection: Connection, said: Wanted) -> Opened | None:
    """What they name, if there is such a thing; of somebody who is another's now, whose."""
    if said.alert_id is not None:
        alert_id = named(connection, said.alert_id) if _plain(said.alert_id) else None
        record = None if alert_id is None else load(connection, alert_id)
        return None if record is None else Opened(record.alert.alert_id, record.alert.person_id, record.alert.alert_id)
    known = None if said.person_id is None else known_person(connection, said.person_id)
    return None if known is None else Opened(known.view.person_id, known.view.person_id, None)


def _plain(name: str) -> bool:
    return name.isascii() and name.isprintable()
