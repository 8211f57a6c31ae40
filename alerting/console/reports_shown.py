"""Reports and disclosures as their readers get them, and the page of `GET /intelligence` that is made of them.

A report is read whole, or is known to exist (a duty inspector, code C), or was disclosed to the reader in part. Which, the
queries say (`alerting.intelligence.reading`). Not the routes (`alerting.console.intelligence`, `alerting.console.disclosures`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from alerting.actor import Actor
from alerting.console.cursors import Part
from alerting.intelligence import log
from alerting.intelligence.disclosing import Disclosure
from alerting.intelligence.grading import Grade, Regraded, grade
from alerting.intelligence.reading import OF_DISCLOSURES, OF_REPORTS, Known, Wanted, received, reports
from alerting.ledger.reports import Reassessed, reassessments
from schemas.fields import instant_text
from schemas.read_models import ReportView

PURPOSE = "disclosure"
Later = Mapping[tuple[str, str], tuple[Reassessed, ...]]
"""What reports were graded later, by person and report."""


class Item(NamedTuple):
    """One line of the list. `place`: where the next page goes on after it. `sealed`: the report of code C that it tells of."""

    place: tuple[datetime, int, str, str]
    body: dict[str, object]
    person_id: str
    role: str
    purpose: str
    sealed: tuple[str, str] | None = None


def page(connection: Connection, actor: Actor, wanted: Wanted, after: tuple[Part, ...] | None, limit: int) -> list[Item]:
    """Up to `limit` of what they may know, the latest first, after a place."""
    found = reports(connection, actor, wanted, after, limit)
    given_them = received(connection, actor, wanted, after, limit)
    later = reassessments(connection, {known.view.person_id for known in found} | {one.person_id for one in given_them})
    given = log.of_reports(connection, [(known.view.source, known.view.id) for known in found])
    items = [_of_report(known, later, given[known.view.source, known.view.id], actor.at) for known in found]
    items += [_of_disclosed(one, later, actor.at) for one in given_them]
    items.sort(key=lambda item: item.place[1:])
    items.sort(key=lambda item: item.place[0], reverse=True)
    return items[:limit]


def graded(view: ReportView, later: Later, now: datetime) -> Grade:
    """Its grade as it stands now."""
    report = view.report
    submitted = Regraded(view.occurred_at, report.intelligence_assessment)
    return grade(report.source_evaluation, submitted, report.handling_code, _regraded(view, later), now)


def logged(one: Disclosure, now: datetime) -> dict[str, object]:
    """A disclosure for whoever sees that it was made: the names of its fields, never what they said."""
    decision = one.decision
    return {
        "disclosure_id": one.disclosure_id,
        "by": one.by_id,
        "from_organisation": one.from_organisation,
        "to_organisation": one.to_organisation,
        "to_officer_id": one.to_officer_id,
        "purpose": one.purpose,
        "lawful_basis": one.lawful_basis,
        "agreement_id": one.agreement_id,
        "part_3_to_uk_gdpr": one.part_3_to_uk_gdpr,
        "fields": list(one.fields),
        "conditions": one.conditions,
        "asked_at": instant_text(one.asked_at),
        "state": one.state_at(now),
        "decide_by_at": _text(one.decide_by_at),
        "decision": None if decision is None else {"by": decision.by_id, "at": instant_text(decision.at), "agree": decision.agree},
        "sent_at": _text(one.sent_at),
        "expires_at": _text(one.expires_at),
        "receipt_due_at": _text(one.receipt_due_at),
        "overdue": one.overdue(now),
        "answered_at": _text(one.answered_at),
        "note": one.note,
    }


def _of_report(known: Known, later: Later, given: Sequence[Disclosure], now: datetime) -> Item:
    view, report = known.view, known.view.report
    place = (view.occurred_at, OF_REPORTS, view.source, view.id)
    body: dict[str, object] = {
        "report_id": report.report_id,
        "person_id": view.person_id,
        "handling_code": report.handling_code,
        "message_status": view.message_status,
    }
    disclosures = [logged(one, now) for one in given]
    if not known.whole:
        bare = {"kind": "exists", **body, "disclosures": disclosures}
        return Item(place, bare, view.person_id, known.role, known.purpose, known.sealed)
    stands = graded(view, later, now)
    source_words, information_words, handling_words = stands.words
    conditions = report.handling_conditions
    whole = {
        "kind": "report",
        **body,
        "handling_words": handling_words,
        "handling_conditions": None
        if conditions is None
        else conditions.model_dump(mode="json", include=set(type(conditions).model_fields)),
        "source": view.source,
        "id": view.id,
        "occurred_at": instant_text(view.occurred_at),
        "received_at": instant_text(view.received_at),
        "source_evaluation": report.source_evaluation,
        "source_words": source_words,
        "intelligence_assessment": stands.assessment,
        "assessment_words": information_words,
        "submitted_as": report.intelligence_assessment,
        "reassessed": [{"at": instant_text(one.at), "intelligence_assessment": one.assessment} for one in _regraded(view, later)],
        "review_at": instant_text(stands.review_at),
        "review_due": stands.review_due,
        "tags": list(report.tags),
        "protected_person_id": report.protected_person_id,
        "associate_id": report.associate_id,
        "summary": report.summary,
        "disclosures": disclosures,
    }
    return Item(place, whole, view.person_id, known.role, known.purpose, known.sealed)


def _regraded(view: ReportView, later: Later) -> tuple[Regraded, ...]:
    return tuple(Regraded(*one) for one in later.get((view.person_id, view.report.report_id), ()))


def _of_disclosed(one: Disclosure, later: Later, now: datetime) -> Item:
    """Only what was named; and the grade as it stands, where it was: nobody is to go on trusting what is suspected to be false."""
    said = dict(one.content)
    if "intelligence_assessment" in said:
        regraded = [each for each in later.get((one.person_id, one.report_id), ()) if each.at <= now]
        said["intelligence_assessment"] = regraded[-1].assessment if regraded else said["intelligence_assessment"]
    body: dict[str, object] = {
        "kind": "disclosed",
        "disclosure_id": one.disclosure_id,
        "person_id": one.person_id,
        "from_organisation": one.from_organisation,
        "purpose": one.purpose,
        "lawful_basis": one.lawful_basis,
        "agreement_id": one.agreement_id,
        "part_3_to_uk_gdpr": one.part_3_to_uk_gdpr,
        "conditions": one.conditions,
        "sent_at": _text(one.sent_at),
        "expires_at": _text(one.expires_at),
        "receipt_due_at": _text(one.receipt_due_at),
        "state": one.state_at(now),
        "overdue": one.overdue(now),
        "fields": list(one.fields),
        "disclosed": said,
    }
    place = (one.sent_at or one.asked_at, OF_DISCLOSURES, one.disclosure_id, "")
    return Item(place, body, one.person_id, "", PURPOSE, one.sealed)


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
