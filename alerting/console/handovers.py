"""`POST /handovers`, `/handovers/{handover_id}/accept`, `/refuse`: several alerts offered at once at the change of shift (console 1.5).

All of them are offered or none; each stays the sender's until it is accepted. One alert alone is offered by its own command.
What an alert allows is the lifecycle's, asked for each.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request
from pydantic import Field

from alerting.console.answering import Hidden, nothing_here
from alerting.console.commanding import Answer, Asked, by_role, command, no_subject
from alerting.console.commands import Subject, refusal, subject_of
from alerting.console.desk import Desk
from alerting.console.lines import not_allowed
from alerting.console.signed import SignedIn
from alerting.console.spoken import Body, Words
from alerting.ledger import handovers
from alerting.ledger.alerts import load_all
from alerting.ledger.commanding import refused, say
from alerting.ledger.handovers import Offer, State
from alerting.ledger.reach import roles_on
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.lifecycle import door as lifecycle
from alerting.lifecycle.commands import AcceptHandover, OfferHandover, RefuseHandover, Speaker
from alerting.lifecycle.step import Refusal
from alerting.rights import Right
from schemas.fields import Id
from schemas.problems import Problem
from schemas.refusal import FieldError

RIGHT: Right = "alert.answer"
MOST = 200


class Several(Body):
    """The alerts, and whom they are offered to."""

    alert_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST)]
    to_officer_id: Id
    note: Words


class Accept(Body):
    """Nothing is to be said."""


class Refuse(Body):
    """The sender must know why."""

    reason: Words


class Offered(NamedTuple):
    """An offer, and its alerts with whoever answers it."""

    offer: Offer
    subjects: tuple[Subject, ...]


def routes(desk: Desk) -> APIRouter:
    """The three."""
    router = APIRouter()

    @command(desk, router, "/handovers", right=RIGHT, body=Several, find=no_subject, may=by_role(RIGHT), status=201)
    def offer_handover(writing: Writing, asked: Asked[Several, None]) -> Answer:
        """Offer several alerts to one officer. They are the sender's until they are accepted."""
        return _offer(desk, writing, asked)

    def find(writing: Writing, signed: SignedIn, request: Request) -> Offered:
        return _find(writing, signed, request.path_params["handover_id"])

    def theirs(_writing: Writing, signed: SignedIn, offered: Offered) -> bool:
        return offered.offer.to_officer_id == signed.actor.officer_id

    def tried_to_accept(writing: Writing, _signed: SignedIn, offered: Offered, _version: int | None, problem: Problem) -> None:
        _tried(writing, offered.subjects, "accept-handover", problem)

    def tried_to_refuse(writing: Writing, _signed: SignedIn, offered: Offered, _version: int | None, problem: Problem) -> None:
        _tried(writing, offered.subjects, "refuse-handover", problem)

    path = "/handovers/{handover_id}"

    @command(desk, router, f"{path}/accept", right=RIGHT, body=Accept, find=find, may=theirs, tried=tried_to_accept)
    def accept_handover(writing: Writing, asked: Asked[Accept, Offered]) -> Answer:
        """Take over what was offered; what is the sender's no longer is named as overtaken."""
        offer = asked.subject.offer
        said = AcceptHandover(handover_id=offer.handover_id, from_officer_id=offer.from_officer_id)
        return _answer(desk, writing, asked.subject, said, "accepted")

    @command(desk, router, f"{path}/refuse", right=RIGHT, body=Refuse, find=find, may=theirs, tried=tried_to_refuse)
    def refuse_handover(writing: Writing, asked: Asked[Refuse, Offered]) -> Answer:
        """It stays the sender's, who is told why."""
        offer = asked.subject.offer
        said = RefuseHandover(handover_id=offer.handover_id, from_officer_id=offer.from_officer_id, reason=asked.body.reason)
        return _answer(desk, writing, asked.subject, said, "refused", asked.body.reason)

    return router


def _offer(desk: Desk, writing: Writing, asked: Asked[Several, None]) -> Answer:
    body, done = asked.body, dict[str, None]()
    said = OfferHandover(to_officer_id=body.to_officer_id, note=body.note)
    subjects = [_subject(desk, writing, asked.signed, name, place) for place, name in enumerate(body.alert_ids)]
    surroundings = Surroundings(writing.connection, desk.policies)
    for place, subject in enumerate(subjects):  # all are asked before one is offered: nothing is half done
        record = subject.record
        around = surroundings.around(record.alert, record.finding)
        step = lifecycle.command(record.alert, record.handling, said, subject.speaker, writing.now, around)
        if isinstance(step, Refusal):
            refused(writing, subject.alert_id, "handover", subject.speaker, step.code, None)
            problem = refusal(step)
            wrong = FieldError(step.pointer or f"/alert_ids/{place}", problem.detail, "an alert that you own, and somebody who may have it")
            why = f"Nothing was offered. {record.alert.reference}: {problem.detail}"
            return Answer(refused=Problem(problem.code, why, errors=(wrong,)))
    for subject in subjects:
        if subject.alert_id not in done:  # else it was offered with its incident
            spoken = say(writing, subject.alert_id, said, subject.speaker, None, desk.terms)
            done |= dict.fromkeys((subject.alert_id, *(one.alert.alert_id for one in spoken.beside)))
    made = handovers.make(writing, f"ho_{secrets.token_hex(8)}", asked.officer_id, body.to_officer_id, body.note, tuple(done))
    return Answer(_said(made, "offered"))


def _subject(desk: Desk, writing: Writing, signed: SignedIn, name: str, place: int) -> Subject:
    try:
        subject = subject_of(writing, desk, signed, name, RIGHT)
    except (Hidden, Problem):
        wrong = FieldError(f"/alert_ids/{place}", "not an alert that you may see", "the id of an alert that you own")
        raise Problem("invalid", "Nothing was offered: one of them is no alert that you may see.", errors=(wrong,)) from None
    if not subject.speaker.roles:
        raise not_allowed()
    return subject


def _find(writing: Writing, signed: SignedIn, handover_id: str) -> Offered:
    """For the sender and the receiver it exists, for nobody else."""
    found = handovers.find(writing.connection, handover_id) if handover_id.isascii() and handover_id.isprintable() else None
    if found is None:
        raise nothing_here()
    me = signed.actor.officer_id
    if me not in {found.from_officer_id, found.to_officer_id}:
        raise Hidden(handover_id)
    roles = roles_on(writing.connection, signed.actor, writing.now, (RIGHT,), found.alert_ids)
    records = load_all(writing.connection, found.alert_ids)
    subjects = (
        Subject(records[name], Speaker(officer_id=me, name=signed.actor.name, roles=roles[name][RIGHT]))
        for name in found.alert_ids
        if name in records
    )
    return Offered(found, tuple(subjects))


def _answer(
    desk: Desk, writing: Writing, offered: Offered, said: AcceptHandover | RefuseHandover, state: State, reason: str | None = None
) -> Answer:
    offer = offered.offer
    if offer.state != "offered":
        raise Problem("not_possible_now", f"This offer is {offer.state}: nothing was done.")
    taken = [
        subject.alert_id
        for subject in offered.subjects
        if say(writing, subject.alert_id, said, subject.speaker, None, desk.terms).refusal is None
    ]
    if not taken:
        raise Problem("not_possible_now", "Nothing that was offered is the sender's any more: nothing was done.")
    handovers.answer(writing, offer.handover_id, state, reason)
    return Answer(_said(offer, state, taken))


def _said(offer: Offer, state: State, taken: Iterable[str] | None = None) -> dict[str, object]:
    """The offer as JSON. `overtaken`: alerts of it that are the sender's no longer."""
    done = list(offer.alert_ids if taken is None else taken)
    return {
        "handover_id": offer.handover_id,
        "state": state,
        "from_officer_id": offer.from_officer_id,
        "to_officer_id": offer.to_officer_id,
        "at": offer.at,
        "alert_ids": done,
        "overtaken": [name for name in offer.alert_ids if name not in done],
    }


def _tried(writing: Writing, subjects: Iterable[Subject], name: str, problem: Problem) -> None:
    for subject in subjects:
        refused(writing, subject.alert_id, name, subject.speaker, problem.code, None)
