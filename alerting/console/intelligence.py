"""Intelligence over HTTP (console 1.7): what officers submit, and the reports that they may know of.

A report becomes an event from source `vigil/console`, which the rules judge, and stands here at once under the same name. For
whoever may not know of a report of code C it is in no list, count, cursor or error. Disclosing is `alerting.console.disclosures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from alerting.console.answering import Shown, nothing_here, plain, reading, write_denial, write_reading
from alerting.console.bodies import not_valid
from alerting.console.commanding import Answer, Asked, command, no_subject
from alerting.console.desk import Desk
from alerting.console.directing import name_of
from alerting.console.filters import Name
from alerting.console.finding import said_reason
from alerting.console.lines import line, not_allowed
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.reports_shown import Item, logged, page
from alerting.console.signed import Signed, SignedIn
from alerting.console.spoken import Body, Words
from alerting.intelligence import reading as desk_of_reports
from alerting.intelligence.grading import Code
from alerting.intelligence.reading import OF_DISCLOSURES, Wanted
from alerting.ledger import facts, people, reports
from alerting.ledger.queue import number
from alerting.ledger.reach import ground
from alerting.ledger.store import Writing
from alerting.rights import Limit as Narrowed
from alerting.rights import cell
from schemas.fields import Between, Instant, refusal
from schemas.problems import Problem
from schemas.read_models import ReportView
from schemas.refusal import FieldError
from schemas.risk import Assessment, IntelligenceSubmitted, IntelligenceTag

FEWEST = 5
"""A smaller number could be somebody."""
SOON = timedelta(minutes=5)
"""Clocks differ."""
MOST_NAMED = 200
Named = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMED)]


class Conditions(Body):
    """To whom a report of code C may go."""

    officer_ids: Named = ()
    roles: Named = ()
    organisations: Named = ()
    action_code: Name | None = None
    sanitisation: Words | None = None
    text: Words | None = None


class Submitted(Body):
    """A 3x5x2 graded report. Without `report_id` it is given one."""

    person_id: Name
    report_id: Name | None = None
    occurred_at: Instant | None = None
    source_evaluation: Annotated[int, Strict(), Between(1, 3)]
    intelligence_assessment: Assessment
    handling_code: Code
    handling_conditions: Conditions | None = None
    tags: Annotated[tuple[IntelligenceTag, ...], Field(max_length=20)] = ()
    protected_person_id: Name | None = None
    associate_id: Name | None = None
    summary: Words

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        """Code C for nobody would be lost, and conditions under code P would bind nobody."""
        said = self.handling_conditions
        if self.handling_code == "P" and said is not None:
            raise refusal("handling_conditions under code P", "code C with handling_conditions, or code P without")
        if self.handling_code == "C" and (said is None or not (said.officer_ids or said.roles or said.organisations)):
            raise refusal("code C names nobody", "handling_conditions with officer_ids, roles or organisations")
        return self


class Filter(BaseModel):
    """The query of the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person_id: Name | None = None
    tag: IntelligenceTag | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None
    handling_code: Literal["P", "C"] | None = None
    limit: Limit = USUAL
    cursor: str | None = None

    def wanted(self) -> Wanted:
        """The same for the ledger."""
        return Wanted(self.person_id, self.tag, self.from_at, self.to_at, self.handling_code)


def routes(desk: Desk) -> APIRouter:
    """The two."""
    router = APIRouter()

    @command(desk, router, "/intelligence", right="intelligence.submit", body=Submitted, find=no_subject, status=201)
    def submit(writing: Writing, asked: Asked[Submitted, None]) -> Answer:
        """Submit a report about a person; the rules judge it, and it is seen here at once."""
        return _submit(writing, asked)

    @router.get("/intelligence", **line("intelligence.read"))
    def intelligence(request: Request, signed: Signed, asked: Annotated[Filter, Query()]) -> Response:
        """What may be known, the latest first. An analyst gets counts, an auditor the log of disclosures with a reason."""
        cursors = Cursors(desk, request, signed)
        wanted = asked.wanted()
        alone = _alone(signed)
        if alone == "counts":
            return _counts(desk, wanted)
        reason = said_reason(request) if alone == "log_only" else None
        with desk.ledger.read() as connection:
            seq = number(connection)
            if alone == "log_only":
                rows = desk_of_reports.logged(connection, wanted, cursors.after, asked.limit + 1)
                now = desk.clock()
                items = [
                    Item(
                        (one.sent_at or one.asked_at, OF_DISCLOSURES, one.disclosure_id, ""),
                        {"kind": "disclosure", "person_id": one.person_id, **logged(one, now)},
                        one.person_id,
                        "auditor",
                        "audit",
                        one.sealed,
                    )
                    for one in rows
                ]
            else:
                items = page(connection, signed.actor, wanted, cursors.after, asked.limit + 1)
        shown = items[: asked.limit]
        last = shown[-1].place if len(items) > len(shown) else None
        body = cursors.page([item.body for item in shown], seq, last)
        return reading(request, signed, body, *_readings(shown, reason))

    return router


def _alone(signed: SignedIn) -> Narrowed | None:
    """What they have in the place of reports, who have no role that reads any."""
    cells = [cell("intelligence.read", acting.role) for acting in signed.actor.acting]
    if any(not found.never and found.limits.isdisjoint({"counts", "log_only"}) for found in cells):
        return None
    return "log_only" if any("log_only" in found.limits for found in cells) else "counts"


def _counts(desk: Desk, wanted: Wanted) -> Response:
    if wanted.person_id is not None or wanted.handling_code is not None or wanted.tag is not None:
        raise not_allowed()
    with desk.ledger.read() as connection:
        found = desk_of_reports.counts(connection, wanted)
        seq = number(connection)
    counts = [{"tag": None if name == "all" else name, "reports": many if many >= FEWEST else None} for name, many in found.items()]
    return plain({"items": [], "counts": counts, "next_cursor": None, "as_of_seq": seq})


def _readings(items: Sequence[Item], reason: str | None) -> Iterator[Shown]:
    """One row for what is of code P, and one for each report of code C: whoever may not know of that one is not shown its row."""
    for sealed in dict.fromkeys(item.sealed for item in items):
        yield _reading([item for item in items if item.sealed == sealed], reason)._replace(report=sealed)


def _reading(items: Sequence[Item], reason: str | None) -> Shown:
    return Shown(
        purpose=" ".join(dict.fromkeys(item.purpose for item in items)),
        subject_ids=tuple(dict.fromkeys(item.person_id for item in items)),
        fields=("intelligence",),
        reason=reason,
        role=" ".join(dict.fromkeys(item.role for item in items if item.role)) or None,
    )


def _submit(writing: Writing, asked: Asked[Submitted, None]) -> Answer:
    said, actor, now = asked.body, asked.signed.actor, writing.now
    by = ground(writing.connection, actor, "intelligence.submit", now, person_id=said.person_id)
    view = people.view(writing.connection, said.person_id)
    if by is None or view is None:
        write_denial(writing, asked.request, asked.signed, (said.person_id,), nothing_here())
        return Answer(refused=nothing_here())
    if not view.identifiers:
        raise Problem("not_possible_now", "No identifier of this person is known here yet. Nothing was submitted: try again.")
    occurred_at = said.occurred_at or now
    if occurred_at > now + SOON:
        raise not_valid((FieldError("/occurred_at", "in the future", "an instant that is over"),))
    name = name_of(asked.request, asked.officer_id, writing.now)
    report_id = said.report_id or f"ir_{sha256(name.encode()).hexdigest()[:16]}"
    data = said.model_dump(mode="json", exclude={"person_id", "occurred_at"}, exclude_none=True) | {"report_id": report_id}
    event = facts.state(
        writing,
        facts.Stated(
            id=name,
            type="intelligence.submitted",
            occurred_at=occurred_at,
            data=data,
            identifiers=view.identifiers,
            area=view.areas[0] if view.areas else None,
        ),
    )
    report = IntelligenceSubmitted.model_validate(data)
    reports.keep(
        writing,
        ReportView(person_id=view.person_id, source=event.source, id=event.id, occurred_at=occurred_at, received_at=now, report=report),
    )
    writing.audit("intelligence.submitted", {"fact": name, "by": asked.officer_id})
    sealed = (event.source, event.id) if said.handling_code == "C" else None
    collected = Shown("intelligence", (view.person_id,), ("intelligence",), None, by.role, sealed)
    write_reading(writing, asked.request, asked.signed, collected, kind="collection")
    return Answer({"report_id": report_id, "source": event.source, "id": event.id}, collected._replace(purpose=by.purpose))
