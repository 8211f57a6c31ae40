"""`POST /alerts/{alert_id}/{command}` (console 1.5): what people say to an alert, answered with the alert and its new version.

All checks before the alert itself are the wrapper's (`alerting.console.commanding`); what the alert says to it is the lifecycle's,
in the ledger (`alerting.ledger.commanding`). Here they meet: as which role somebody speaks, and how a refusal is told.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from fastapi import APIRouter, Request

from alerting.console.answering import Hidden
from alerting.console.commanding import Answer, Asked, command, etag
from alerting.console.desk import Desk
from alerting.console.finding import name_of
from alerting.console.shown import RIGHTS, reading_of, shown
from alerting.console.signed import SignedIn
from alerting.console.spoken import BODIES, Body, command_of
from alerting.console.stale import sentence
from alerting.console.trail import changes_since
from alerting.ledger import handovers
from alerting.ledger.alerts import Record, load
from alerting.ledger.commanding import refused, say
from alerting.ledger.reach import roles_on
from alerting.ledger.store import Writing
from alerting.lifecycle.commands import NEED_NO_VERSION, Close, Command, OfferHandover, Speaker
from alerting.lifecycle.step import Refusal
from alerting.rights import Right
from schemas.problems import Problem
from schemas.refusal import FieldError

STRONG = frozenset({"close", "confirm"})
"""Of a critical alert these need a fresh sign-in (console 2.1)."""


class Subject(NamedTuple):
    """The alert that a command is about, and who speaks: `speaker.roles` are those that have the command's right on this alert."""

    record: Record
    speaker: Speaker

    @property
    def alert_id(self) -> str:
        """Its id."""
        return self.record.alert.alert_id


def routes(desk: Desk) -> APIRouter:
    """One route a command."""
    router = APIRouter()
    for name, body in BODIES.items():
        _route(desk, router, name, body)
    return router


def subject_of(writing: Writing, desk: Desk, signed: SignedIn, said: str, right: Right) -> Subject:
    """The alert of an id or a reference, for a command with that right. Raises `nothing_here`, `Hidden`."""
    alert_id = name_of(writing.connection, signed.actor, said, desk)
    record = load(writing.connection, alert_id)
    if record is None:
        raise Hidden(alert_id)
    roles = roles_on(writing.connection, signed.actor, writing.now, (right,), (alert_id,))[alert_id][right]
    return Subject(record, Speaker(officer_id=signed.actor.officer_id, name=signed.actor.name, roles=roles))


def refusal(said: Refusal) -> Problem:
    """A refusal of the lifecycle as a problem."""
    reason, _, expected = said.detail.partition(": expected ")
    errors = (FieldError(said.pointer, reason, expected),) if said.pointer else ()
    return Problem(said.code, f"{said.detail}.", errors=errors)


def _route(desk: Desk, router: APIRouter, name: str, body: type[Body]) -> None:
    right = RIGHTS[name]

    def find(writing: Writing, signed: SignedIn, request: Request) -> Subject:
        return subject_of(writing, desk, signed, request.path_params["alert_id"], right)

    def may(_writing: Writing, _signed: SignedIn, subject: Subject) -> bool:
        return bool(subject.speaker.roles)

    def tried(writing: Writing, _signed: SignedIn, subject: Subject, version_seen: int | None, problem: Problem) -> None:
        refused(writing, subject.alert_id, name, subject.speaker, problem.code, version_seen)

    def strong(subject: Subject) -> bool:
        return name in STRONG and subject.record.alert.severity == "critical"

    def do(writing: Writing, asked: Asked[Body, Subject]) -> Answer:
        return _say(desk, writing, asked)

    do.__name__ = name.replace("-", "_")
    do.__doc__ = body.__doc__
    declare = command(
        desk,
        router,
        f"/alerts/{{alert_id}}/{name}",
        right=right,
        body=body,
        find=find,
        may=may,
        tried=tried,
        strong=strong,
        versioned=name not in NEED_NO_VERSION,
    )
    declare(do)


def _say(desk: Desk, writing: Writing, asked: Asked[Body, Subject]) -> Answer:
    subject = asked.subject
    said = _with_names(desk, writing, asked.signed, command_of(asked.body, f"ch_{secrets.token_hex(8)}"))
    spoken = say(writing, subject.alert_id, said, subject.speaker, asked.version_seen, desk.terms)
    if spoken.refusal is not None:
        return Answer(refused=refusal(spoken.refusal))
    if spoken.stale:
        return _stale(desk, writing, asked)
    if isinstance(said, OfferHandover):
        together = (subject.alert_id, *(one.alert.alert_id for one in spoken.beside))
        handovers.make(writing, f"ho_{secrets.token_hex(8)}", asked.officer_id, said.to_officer_id, said.note, together)
    return _answer(desk, writing, asked)


def _with_names(desk: Desk, writing: Writing, signed: SignedIn, said: Command) -> Command:
    """A duplicate may be named by its reference; one that is not theirs to know is as one that is not there."""
    if not isinstance(said, Close) or said.duplicate_of is None:
        return said
    try:
        found = name_of(writing.connection, signed.actor, said.duplicate_of, desk)
    except (Hidden, Problem):
        found = ""
    return Close(outcome=said.outcome, rationale=said.rationale, duplicate_of=found, order_id=said.order_id, condition_id=said.condition_id)


def _answer(desk: Desk, writing: Writing, asked: Asked[Body, Subject]) -> Answer:
    """The alert as it stands now; its bare name where it is no longer theirs to see."""
    found = shown(writing.connection, asked.signed.actor, writing.now, (asked.subject.alert_id,), desk.terms)
    if not found:
        alert = asked.subject.record.alert
        return Answer({"alert_id": alert.alert_id, "reference": alert.reference})
    return Answer(found[0].body, reading_of(found), etag(found[0].record.version))


def _stale(desk: Desk, writing: Writing, asked: Asked[Body, Subject]) -> Answer:
    """412: the alert now, and what changed since the version seen."""
    found = shown(writing.connection, asked.signed.actor, writing.now, (asked.subject.alert_id,), desk.terms)
    seen, now = asked.version_seen or 0, asked.subject.record.version
    changes = changes_since(writing.connection, asked.subject.alert_id, seen, writing.now)
    more = {"current": found[0].body if found else {}, "changes": changes}
    problem = Problem("stale_version", sentence(changes, seen, now), more=more, headers=etag(now))
    return Answer(shown=reading_of(found), refused=problem)
