"""HMPPS domain events: what prison and probation systems announce to each other, bare or wrapped by SNS.

Source: ministryofjustice/hmpps-domain-events, its schemas and examples, and the messages of
hmpps-probation-integration-services (reference/uk-feeds.md 1.1 to 1.2); contract.md 5 decides what a movement means.
The traps, each read in the source:
* `prison-offender-events` waits 45 minutes and drops a movement that is undone within them; `prisoner-offender-search`
  speaks at once. So the first is `confirmed`, the second is not.
* "released" includes courts, hospitals and transfers: the `reason` decides, and an abscond is RELEASED with code UAL.
* The event type in the SNS attribute can differ from the one in the body. The body counts.
* An event has no id of its own, and SNS numbers each sending anew: the id is a hash of the body, the same either way.
Gaps: events are thin, so where the matter stands behind `detailUrl` (managers, licences, visits, registrations) there is
nothing to carry and the record is refused by name. A movement of reason UNKNOWN is refused too: a person must look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.event import Identifier
from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, as_json, envelope
from streams.intake.adapters.json_records import Record, document, each_carried, text_at, texts_at, value_at
from streams.intake.adapters.outside_time import instant

NAME = "hmpps-domain-events"
SOURCE = "custody/hmpps"

MOVEMENT_EVENTS = {  # event type: (released or received, confirmed)
    "prison-offender-events.prisoner.released": ("released", True),
    "prisoner-offender-search.prisoner.released": ("released", False),
    "prison-offender-events.prisoner.received": ("received", True),
    "prisoner-offender-search.prisoner.received": ("received", False),
}

MOVEMENTS = {  # (released or received, reason): our type
    ("released", "RELEASED"): "custody.released",
    ("released", "TEMPORARY_ABSENCE_RELEASE"): "custody.released",
    ("released", "SENT_TO_COURT"): "custody.transferred",
    ("released", "TRANSFERRED"): "custody.transferred",
    ("released", "RELEASED_TO_HOSPITAL"): "custody.transferred",
    ("received", "ADMISSION"): "custody.received",
    ("received", "NEW_ADMISSION"): "custody.received",
    ("received", "READMISSION"): "custody.received",
    ("received", "READMISSION_SWITCH_BOOKING"): "custody.received",
    ("received", "POST_MERGE_ADMISSION"): "custody.received",  # no journey, but he is inside: that must be known
    ("received", "TEMPORARY_ABSENCE_RETURN"): "custody.returned",
    ("received", "RETURN_FROM_COURT"): "custody.transferred",
    ("received", "TRANSFERRED"): "custody.transferred",
}

UNLAWFULLY_AT_LARGE = "UAL"
RELEASE_KINDS = {"HD": "hdc", "ECSL": "early_scheme"}  # by movement code; any other is the end of custody
RECALL_CODES = frozenset({"B", "L", "Y", "ETB", "ETRLR", "ETRRIE", "ETRB"})
"""Receptions by recall. Code 24 is listed as one too, but stands in plain admissions: there the cause must say so."""

MERGES = {  # event type: (the field that is kept, the field that is removed, identifier type)
    "prison-offender-events.prisoner.merged": ("nomsNumber", "removedNomsNumber", "NOMS"),
    "probation-case.merge.completed": ("targetCRN", "sourceCRN", "CRN"),
}
UNMERGE = "probation-case.unmerge.completed"

ALERT_EVENTS = {"person.alert.created": True, "person.alert.inactive": False, "person.alert.deleted": False}
ALERTS_UPDATED = "prisoner-offender-search.prisoner.alerts-updated"
DOMESTIC_ABUSE_ALERT = "RDV"  # NOMIS alert "Domestic Violence Perpetrator"

NUMBER_FIELDS = ("nomsNumber", "prisonerNumber", "prisonerId", "offenderNo", "nsPrisonerNumber1")
"""Where the prison number stands when there is no personReference: it varies by publisher."""
PERSON_TYPES = {"NOMS": "NOMS", "nomsNumber": "NOMS", "CRN": "CRN"}

WHY_NOT = {  # the longest prefix that fits speaks
    "person.community.manager.": "names an allocation only: who the manager is stands behind detailUrl",
    "event.manager.": "names an allocation only: who the manager is stands behind detailUrl",
    "licence-condition.manager.": "names an allocation only: who the manager is stands behind detailUrl",
    "requirement.manager.": "names an allocation only: who the manager is stands behind detailUrl",
    "offender-management.": "names no manager: who it is stands behind detailUrl",
    "create-and-vary-a-licence.": "names a licence only: its conditions stand behind detailUrl",
    "prison-visit.": "names a visit only: neither the prisoner nor the visitors are in it",
    "probation-case.registration.": "a register entry is no assessment: who assessed what, and when, is not in it",
    "risk-assessment.": "a reoffending score is none of our risk levels",
    "probation-case.risk-scores.": "a reoffending score is none of our risk levels",
    "prison-offender-events.prisoner.booking.moved": "a booking changed owner, not a person: for the identity desk",
    "non-associations.": "concerns two prisoners, and no protected person",
}


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One event a record; a record refused by name where there is nothing to carry."""
    return each_carried(raw, lambda _, record: (_event(_body(record), settings),))


def _body(record: Record) -> Record:
    """The event itself, taken out of its SNS wrapper if it has one."""
    message = record.get("Message")
    if "eventType" in record or message is None:
        return record
    body = document(message) if isinstance(message, str) else message
    if not isinstance(body, dict):
        raise NotCarried("/Message", "holds no JSON object", "the domain event as JSON", "malformed")
    return body


def _event(body: Record, settings: Settings) -> Envelope:
    event_type = text_at(body, "eventType")
    if event_type is None:
        raise NotCarried("/eventType", "missing", "the name of a domain event")
    at = _instant(body, "occurredAt")
    type_, data = _meaning(event_type, body)
    return envelope(
        prefix="hmpps",
        source=settings.source or SOURCE,
        type=type_,
        occurred_at=at,
        published_at=_instant(body, "publishedAt") if text_at(body, "publishedAt") else None,
        identifiers=_identifiers(body) or settings.identifiers,
        data=data,
    )


def _meaning(event_type: str, body: Record) -> tuple[str, dict[str, object]]:
    if event_type in MOVEMENT_EVENTS:
        return _movement(*MOVEMENT_EVENTS[event_type], body)
    if event_type in MERGES:
        kept, removed, kind = MERGES[event_type]
        return "identity.merged", {"kept": _named(body, kept, kind), "removed": _named(body, removed, kind)}
    if event_type == UNMERGE:
        return "identity.split", {"identifiers": [_named(body, "reactivatedCRN", "CRN"), _named(body, "unmergedCRN", "CRN")]}
    if event_type in ALERT_EVENTS:
        return _marker("alertCode", [text_at(body, "additionalInformation", "alertCode") or ""], is_set=ALERT_EVENTS[event_type])
    if event_type == ALERTS_UPDATED:
        removed_codes = texts_at(body, "additionalInformation", "alertsRemoved")
        if DOMESTIC_ABUSE_ALERT in removed_codes:
            return _marker("alertsRemoved", removed_codes, is_set=False)
        return _marker("alertsAdded", texts_at(body, "additionalInformation", "alertsAdded"), is_set=True)
    fits = [prefix for prefix in WHY_NOT if event_type.startswith(prefix)]
    reason = WHY_NOT[max(fits, key=len)] if fits else "nothing of ours is said by it"
    raise NotCarried("/eventType", f"{event_type[:80]}: {reason}", "a movement, merge, unmerge or domestic abuse alert", "unknown_type")


def _movement(way: str, confirmed: bool, body: Record) -> tuple[str, dict[str, object]]:  # noqa: FBT001 - a column of the table above
    reason = text_at(body, "additionalInformation", "reason") or ""
    code = text_at(body, "additionalInformation", "nomisMovementReasonCode")
    type_ = MOVEMENTS.get((way, reason))
    if type_ is None:
        known = ", ".join(one for direction, one in MOVEMENTS if direction == way)
        raise NotCarried("/additionalInformation/reason", "says nothing about where he is now", known)
    prison = text_at(body, "additionalInformation", "prisonId")
    data: dict[str, object] = {"prison": prison} if prison else {}
    if type_ == "custody.received":
        if prison is None:
            raise NotCarried("/additionalInformation/prisonId", "missing", "the prison that received him")
        cause = text_at(body, "additionalInformation", "probableCause")
        return type_, data | {"status": "recall" if cause == "RECALL" or code in RECALL_CODES else "unknown"}
    if type_ != "custody.released":
        return type_, data
    if reason == "RELEASED" and code == UNLAWFULLY_AT_LARGE:
        return "custody.unlawfully_at_large", data
    kind = "temporary" if reason == "TEMPORARY_ABSENCE_RELEASE" else RELEASE_KINDS.get(code or "", "end_of_custody")
    return type_, {"release_kind": kind, "confirmed": confirmed} | ({"movement_code": code} if code else {})


def _marker(field: str, codes: list[str], *, is_set: bool) -> tuple[str, dict[str, object]]:
    if DOMESTIC_ABUSE_ALERT not in codes:
        raise NotCarried(f"/additionalInformation/{field}", "no marker of ours", f"alert {DOMESTIC_ABUSE_ALERT}")
    return "custody.marker", {"marker": "domestic_abuse", "set": is_set}


def _named(body: Record, field: str, type_: str) -> dict[str, str]:
    value = text_at(body, "additionalInformation", field)
    if value is None:
        raise NotCarried(f"/additionalInformation/{field}", "missing", f"a {type_} number")
    return as_json([Identifier(type_, value)])[0]


def _identifiers(body: Record) -> tuple[Identifier, ...]:
    """The person: from the reference, else from the field that this publisher uses."""
    named = value_at(body, "personReference", "identifiers")
    pairs = [(text_at(one, "type"), text_at(one, "value")) for one in named] if isinstance(named, list) else []
    found = [Identifier(PERSON_TYPES[kind], value) for kind, value in pairs if kind in PERSON_TYPES and value]
    if found:
        return tuple(found)
    numbers = (text_at(body, "additionalInformation", field) for field in NUMBER_FIELDS)
    return tuple(Identifier("NOMS", number) for number in numbers if number)[:1]


def _instant(body: Record, field: str) -> datetime:
    written = text_at(body, field)
    if written is None:
        raise NotCarried(f"/{field}", "missing", "an instant such as 2024-10-14T15:09:54+01:00")
    at = instant(written)
    if at is None:
        raise NotCarried(f"/{field}", "not an instant", "an instant such as 2024-10-14T15:09:54+01:00")
    return at
