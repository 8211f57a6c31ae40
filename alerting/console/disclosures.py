"""Disclosing intelligence over HTTP (console 1.7, 2.3): to whom, why, under which law; what a duty inspector decides; receipts.

Only the fields that were named leave. Of code C nothing leaves before a duty inspector has said so, with a rationale, within
the challenge clock; silence is no yes. Each disclosure stands in the log of readings with whom it went to.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Request
from pydantic import Field

from alerting.console.answering import Hidden, Shown, write_reading
from alerting.console.authority import ask
from alerting.console.bodies import not_valid, reasoned
from alerting.console.commanding import Answer, Asked, always, command
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.filters import Name
from alerting.console.reports_shown import graded, logged
from alerting.console.signed import SignedIn
from alerting.console.spoken import Body, Words
from alerting.intelligence import agreements, handling, log
from alerting.intelligence.disclosing import Decision, Disclosure, Receipt, answered, decided, sent
from alerting.intelligence.handling import LawfulBasis
from alerting.intelligence.reading import Known, by_name, of_event
from alerting.ledger import people, statements
from alerting.ledger.reach import may
from alerting.ledger.reports import reassessments
from alerting.ledger.store import Writing
from alerting.rights import Right
from schemas.fields import Flag, Instant
from schemas.problems import Problem
from schemas.refusal import FieldError


class Disclose(Body):
    """What is to leave, to whom. `rationale`: of a duty inspector, for a report of code C."""

    to_organisation: Name
    to_officer_id: Name
    purpose: Words
    lawful_basis: LawfulBasis
    agreement_id: Name | None = None
    fields: Annotated[tuple[handling.Field, ...], Field(min_length=1, max_length=len(handling.FIELDS))]
    conditions: Words | None = None
    expires_at: Instant | None = None
    rationale: Words | None = None


class Decide(Body):
    """What a duty inspector says to a disclosure that waits."""

    agree: Flag
    rationale: Words


class Acknowledge(Body):
    """What the receiver says. A refusal says why."""

    answer: Receipt
    note: Words | None = None


class Subject(NamedTuple):
    """A report as the officer knows of it, and what they may do with it."""

    known: Known
    discloses: bool
    authorises: bool


class Waiting(NamedTuple):
    """A disclosure, its report, and whether the officer decides such."""

    disclosure: Disclosure
    known: Known
    authorises: bool


def routes(desk: Desk) -> APIRouter:
    """The three."""
    router = APIRouter()

    @command(
        desk,
        router,
        "/intelligence/{report_id}/disclosures",
        right="intelligence.disclose",
        body=Disclose,
        find=_report,
        may=lambda _writing, _signed, subject: subject.discloses if subject.known.whole else subject.authorises,
        strong=always,
        status=201,
        sealed=lambda subject: subject.known.sealed,
    )
    def disclose(writing: Writing, asked: Asked[Disclose, Subject]) -> Answer:
        """Disclose some fields of a report. Of code C it waits for a duty inspector, unless one does it."""
        return _disclose(desk, writing, asked)

    @command(
        desk,
        router,
        "/disclosures/{disclosure_id}/authority",
        right="intelligence.authorise",
        body=Decide,
        find=_waiting,
        may=lambda _writing, _signed, waiting: waiting.authorises,
        strong=always,
        sealed=lambda waiting: waiting.known.sealed,
    )
    def authority(writing: Writing, asked: Asked[Decide, Waiting]) -> Answer:
        """Authorise a disclosure of code C, or refuse it."""
        return _decide(writing, asked)

    @command(
        desk,
        router,
        "/disclosures/{disclosure_id}/receipt",
        right="intelligence.read",
        body=Acknowledge,
        find=_received,
        may=lambda _writing, signed, disclosure: disclosure.to_officer_id == signed.actor.officer_id,
        sealed=lambda disclosure: disclosure.sealed,
    )
    def receipt(writing: Writing, asked: Asked[Acknowledge, Disclosure]) -> Answer:
        """Say that it has come and is taken, or that it is not; what is refused is gone."""
        return _answer(writing, asked)

    return router


def _report(writing: Writing, signed: SignedIn, request: Request) -> Subject:
    """What does not exist for them and what is not there at all are one and the same, in the answer and in the log."""
    report_id = request.path_params["report_id"]
    known = by_name(writing.connection, signed.actor, report_id) if _plain(report_id) else None
    if known is None:
        raise Hidden(report_id)
    person_id = known.view.person_id
    return Subject(
        known, _may(writing, signed, "intelligence.disclose", person_id), _may(writing, signed, "intelligence.authorise", person_id)
    )


def _waiting(writing: Writing, signed: SignedIn, request: Request) -> Waiting:
    disclosure_id = request.path_params["disclosure_id"]
    found = log.find(writing.connection, disclosure_id) if _plain(disclosure_id) else None
    known = None if found is None else of_event(writing.connection, signed.actor, found.source, found.id)
    if found is None or known is None:
        raise Hidden(disclosure_id)
    return Waiting(found, known, _may(writing, signed, "intelligence.authorise", known.view.person_id))


def _received(writing: Writing, signed: SignedIn, request: Request) -> Disclosure:
    """For the receiver it is there while it lasts; for whoever made it, so that they are told that it is not theirs to answer."""
    disclosure_id = request.path_params["disclosure_id"]
    found = log.find(writing.connection, disclosure_id) if _plain(disclosure_id) else None
    actor = signed.actor
    if found is None or actor.officer_id not in {found.to_officer_id, found.by_id}:
        raise Hidden(disclosure_id)
    gone = found.state_at(writing.now) in {"awaiting_authority", "lapsed", "not_authorised", "expired"}
    if found.to_officer_id == actor.officer_id and (gone or found.to_organisation != actor.organisation):
        raise Hidden(disclosure_id)
    return found


def _disclose(desk: Desk, writing: Writing, asked: Asked[Disclose, Subject]) -> Answer:
    said, now, actor = asked.body, writing.now, asked.signed.actor
    view, authorises = asked.subject.known.view, asked.subject.authorises
    _fit_to_share(writing, asked.subject.known)
    code_c = view.report.handling_code == "C"
    if said.rationale is not None and not (code_c and authorises):
        raise not_valid((FieldError("/rationale", "nothing to authorise", "no rationale, but of a duty inspector for code C"),))
    if code_c and authorises:
        reasoned(said.rationale)
    if said.expires_at is not None and said.expires_at <= now:
        raise not_valid((FieldError("/expires_at", "in the past", "an instant that is still to come"),))
    crossing = _receiver(writing, asked)
    area = _area(writing, view.person_id)
    policy = desk.policies.of(area)
    disclosure = Disclosure(
        disclosure_id=f"di_{sha256(name_of(asked.request, asked.officer_id, writing.now).encode()).hexdigest()[:16]}",
        source=view.source,
        id=view.id,
        report_id=view.report.report_id,
        person_id=view.person_id,
        handling_code=view.report.handling_code,
        by_id=asked.officer_id,
        from_organisation=actor.organisation,
        to_organisation=said.to_organisation,
        to_officer_id=said.to_officer_id,
        purpose=said.purpose,
        lawful_basis=said.lawful_basis,
        agreement_id=said.agreement_id,
        part_3_to_uk_gdpr=crossing,
        fields=tuple(name for name in handling.FIELDS if name in said.fields),
        conditions=said.conditions,
        asked_at=now,
        expires_at=said.expires_at,
        state="awaiting_authority",
        decide_by_at=now + handling.decide_within(view.report, policy) if code_c else None,
    )
    if code_c and not authorises:
        log.keep(writing, disclosure)
        told = ask(writing, disclosure, view, area, desk.terms.origin)
        entry = {"disclosure_id": disclosure.disclosure_id, "by": asked.officer_id, "told": told}
        writing.audit("intelligence.disclosure_asked", entry)
    else:
        if said.rationale is not None:
            disclosure = decided(disclosure, Decision(by_id=asked.officer_id, at=now, agree=True, rationale=said.rationale))
        disclosure = _send(writing, asked, disclosure, asked.subject.known)
    return Answer(logged(disclosure, now), _shown(disclosure))


def _decide(writing: Writing, asked: Asked[Decide, Waiting]) -> Answer:
    waiting, said, now = asked.subject, asked.body, writing.now
    disclosure = waiting.disclosure
    reasoned(said.rationale)
    state = disclosure.state_at(now)
    if state != "awaiting_authority":
        raise Problem("not_possible_now", f"This disclosure is {state}: nothing was done.")
    if disclosure.expires_at is not None and disclosure.expires_at <= now:
        raise Problem("not_possible_now", "This disclosure has expired while it waited: nothing was done.")
    if disclosure.by_id == asked.officer_id:
        raise Problem("same_person", "You asked for this: another duty inspector must decide.")
    disclosure = decided(disclosure, Decision(by_id=asked.officer_id, at=now, agree=said.agree, rationale=said.rationale))
    if said.agree:
        _fit_to_share(writing, waiting.known)
        _still_agreed(writing, disclosure)
        disclosure = _send(writing, asked, disclosure, waiting.known)
    else:
        log.keep(writing, disclosure)
    writing.audit(
        "intelligence.disclosure_decided", {"disclosure_id": disclosure.disclosure_id, "by": asked.officer_id, "agree": said.agree}
    )
    return Answer(logged(disclosure, now), _shown(disclosure))


def _answer(writing: Writing, asked: Asked[Acknowledge, Disclosure]) -> Answer:
    disclosure, said = asked.subject, asked.body
    if disclosure.state != "sent":
        raise Problem("not_possible_now", f"This disclosure is {disclosure.state} already.")
    if said.answer == "refused" and said.note is None:
        raise not_valid((FieldError("/note", "nothing said", "why it is refused"),))
    now_it_is = answered(disclosure, said.answer, said.note, writing.now)
    log.keep(writing, now_it_is)
    writing.audit("intelligence.receipt", {"disclosure_id": disclosure.disclosure_id, "by": asked.officer_id, "answer": said.answer})
    return Answer({"disclosure_id": disclosure.disclosure_id, "state": now_it_is.state})


def _send(writing: Writing, asked: Asked[Disclose, Subject] | Asked[Decide, Waiting], disclosure: Disclosure, known: Known) -> Disclosure:
    """It leaves, and the log says to whom."""
    now, view = writing.now, known.view
    stands = graded(view, reassessments(writing.connection, (view.person_id,)), now)
    gone = sent(disclosure, handling.content(view.report, view.occurred_at, stands, disclosure.fields, view.message_status), now)
    log.keep(writing, gone)
    to_whom = f"to {gone.to_officer_id} of {gone.to_organisation}: {gone.purpose}"
    shown = Shown("disclosure", (gone.person_id,), gone.fields, to_whom, report=gone.sealed)
    write_reading(writing, asked.request, asked.signed, shown, kind="disclosure")
    said = {
        "disclosure_id": gone.disclosure_id,
        "by": asked.officer_id,
        "to_organisation": gone.to_organisation,
        "to_officer_id": gone.to_officer_id,
        "agreement_id": gone.agreement_id,
        "part_3_to_uk_gdpr": gone.part_3_to_uk_gdpr,
    }
    writing.audit("intelligence.disclosed", said)
    return gone


def _receiver(writing: Writing, asked: Asked[Disclose, Subject]) -> bool:
    """Raise unless it may go to them, under this law. Whether it crosses from Part 3 to the UK GDPR."""
    said, now, directory = asked.body, writing.now, statements.directory(writing.connection)
    to = directory.officer(said.to_officer_id, now)
    if to is None or not to.roles or to.organisation != said.to_organisation or to.officer_id == asked.officer_id:
        raise not_valid((FieldError("/to_officer_id", "nobody of that organisation", "an officer of to_organisation, not yourself"),))
    person = people.view(writing.connection, asked.subject.known.view.person_id)
    excluded = person is not None and to.officer_id in person.excluded_officer_ids
    if excluded or not handling.may_receive(to.roles):
        raise not_valid((FieldError("/to_officer_id", "may not receive this", "an officer whose role reads intelligence"),))
    roles: dict[str, set[str]] = {}
    for _, officer in directory.officers.everything(now):
        roles.setdefault(officer.organisation, set()).update(officer.roles)
    crossing = handling.crosses(roles.get(asked.signed.actor.organisation, ()), roles[to.organisation])
    if crossing and said.lawful_basis == "law_enforcement":
        raise not_valid((FieldError("/lawful_basis", "the receiver enforces no law", "a basis of the UK GDPR, as vital_interests"),))
    if said.agreement_id is None:
        if handling.is_programme(roles[to.organisation]):
            raise not_valid((FieldError("/agreement_id", "none named", "an agreement in force with this programme"),))
        return crossing
    agreement = agreements.find(writing.connection, said.agreement_id)
    if agreement is None or agreement.organisation != to.organisation or agreement.lawful_basis != said.lawful_basis:
        raise not_valid((FieldError("/agreement_id", "no such agreement", "one with this organisation, on this lawful basis"),))
    _in_force(agreement, writing)
    return crossing


def _still_agreed(writing: Writing, disclosure: Disclosure) -> None:
    agreement = None if disclosure.agreement_id is None else agreements.find(writing.connection, disclosure.agreement_id)
    if agreement is not None:
        _in_force(agreement, writing)


def _in_force(agreement: agreements.Agreement, writing: Writing) -> None:
    if not agreement.in_force(writing.now):
        raise Problem("not_possible_now", f"Agreement {agreement.agreement_id} is not in force: nothing was disclosed.")


def _fit_to_share(writing: Writing, known: Known) -> None:
    """What is suspected to be false, or was judged too long ago, goes no further."""
    stands = graded(known.view, reassessments(writing.connection, (known.view.person_id,)), writing.now)
    if stands.suspected_false or stands.review_due:
        why = "is suspected to be false" if stands.suspected_false else "is due for review: its grade is over a year old"
        raise Problem("not_possible_now", f"This report {why if known.whole else 'cannot be disclosed now'}. Nothing was disclosed.")


def _shown(disclosure: Disclosure) -> Shown:
    return Shown("disclosure", (disclosure.person_id,), ("disclosures",), report=disclosure.sealed)


def _may(writing: Writing, signed: SignedIn, right: Right, person_id: str) -> bool:
    return may(writing.connection, signed.actor, right, writing.now, person_id=person_id)


def _area(writing: Writing, person_id: str) -> str | None:
    person = people.view(writing.connection, person_id)
    return None if person is None or not person.areas else person.areas[0]


def _plain(name: str) -> bool:
    return name.isascii() and name.isprintable()
