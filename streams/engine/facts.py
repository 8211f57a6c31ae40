"""From one event to the next `Person`: the visible list of what each type changes.

Pure. The engine calls `apply` before any rule sees the event. A type that is not listed changes no fact (a rule may
still read it). Custody, orders and assessments have files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from schemas import bail, case, comms, custody, order, risk, tagging
from schemas.event import Event
from schemas.fix import Fix
from streams.engine import assessments, custody_facts, order_facts
from streams.engine.contact import contacts
from streams.engine.person import (
    Assignment,
    Associate,
    Case,
    Incident,
    KnownAddress,
    News,
    Person,
    ProtectedPerson,
    SafeContact,
)
from streams.engine.stay import MOST_STAYS, Stay
from streams.engine.tag import Activation, HomeUnit, Tag, track

Apply = Callable[[Person, Event], Person]

NAMING = ("NOMS", "CRN", "PNC", "CASE")
"""The identifiers that sentences use, best first."""
LEGAL_CALLS = 64
"""So many of the latest legal calls are remembered."""


def apply(person: Person, event: Event) -> Person:
    """The person after an event."""
    data = event.data
    if type(data) is Fix:
        person = replace(person, tag=track(person.tag, event, data))
        return person if event.source in person.carried_by.get(event.type, ()) else _carried(person, event)
    change = _CHANGES.get(type(data))
    if change is not None:
        person = change(person, event)
    person = _carried(person, event)
    reached = () if type(data) is risk.IncidentReported else contacts(person, event)
    if reached:
        person = _news(
            person,
            event,
            "contact" if any(one.kind == "contact" for one in reached) else "attempt",
            *(one.protected_person_id for one in reached),
        )
    return person


def _carried(person: Person, event: Event) -> Person:
    """Remember that this feed delivers this type for this person (rules.md, word 9)."""
    feeds = person.carried_by.get(event.type, ())
    if event.source in feeds:
        return person
    return replace(person, carried_by={**person.carried_by, event.type: (*feeds, event.source)})


def _news(person: Person, event: Event, what: str, *protected_person_ids: str | None) -> Person:
    kept = tuple(one for one in person.news if one.what != what or one.protected_person_id not in protected_person_ids)
    fresh = tuple(News(event.occurred_at, event.ref, what, one) for one in protected_person_ids)
    return replace(person, news=(*kept, *fresh))


def _named(person: Person, event: Event) -> Person:
    known = {*person.identifiers, *event.identifiers}
    ranked = sorted(known, key=lambda one: (NAMING.index(one.type) if one.type in NAMING else len(NAMING), one.type, one.value))
    return replace(person, identifiers=tuple(ranked))


def _case_opened(person: Person, event: Event) -> Person:
    data = cast("case.CaseOpened", event.data)
    opened = Case(case_ref=data.case_ref, opened_at=event.occurred_at, areas=tuple(data.areas), restricted=bool(data.restricted))
    kept = tuple(one for one in person.cases if one.case_ref != data.case_ref)
    return replace(
        _named(person, event),
        cases=(*kept, opened),
        managed=True,
        name=data.name or person.name,
        date_of_birth=data.date_of_birth or person.date_of_birth,
        risk_level=data.risk_level,
        risk_since_at=event.occurred_at,
    )


def _case_closed(person: Person, event: Event) -> Person:
    ref = cast("case.CaseClosed", event.data).case_ref
    cases = tuple(replace(one, closed_at=event.occurred_at) if one.case_ref == ref else one for one in person.cases)
    return replace(person, cases=cases, managed=not cases or any(one.closed_at is None for one in cases))


def _assigned(person: Person, event: Event) -> Person:
    data = cast("case.CaseAssigned", event.data)
    fresh = Assignment(
        role=data.role,
        officer_id=data.officer_id,
        since_at=event.occurred_at,
        ref=event.ref,
        protected_person_id=data.protected_person_id,
        area=data.area,
    )
    same = (fresh.role, fresh.officer_id, fresh.protected_person_id)
    kept = tuple(one for one in person.team if (one.role, one.officer_id, one.protected_person_id) != same)
    return replace(person, team=(*kept, fresh))


def _unassigned(person: Person, event: Event) -> Person:
    data = cast("case.CaseUnassigned", event.data)
    return replace(person, team=tuple(one for one in person.team if (one.role, one.officer_id) != (data.role, data.officer_id)))


def _disputed(person: Person, event: Event) -> Person:
    return person if person.disputed_at else replace(person, disputed_at=event.occurred_at, disputed_ref=event.ref)


def _resolved(person: Person, _event: Event) -> Person:
    return replace(person, disputed_at=None, disputed_ref=None)


def _protected(person: Person, event: Event) -> Person:
    """Linked or updated. An update changes only what it carries; a list that it carries replaces the list."""
    data = cast("case.CaseProtectedPersonLinked | case.CaseProtectedPersonUpdated", event.data)
    before = person.protected.get(data.protected_person_id)
    areas = person.areas
    if before is None:
        before = ProtectedPerson(
            protected_person_id=data.protected_person_id,
            linked_at=event.occurred_at,
            relationship=data.relationship or "other",  # an update that comes before the link need not say
            area=event.area or (areas[0] if areas else None),
        )
    given = data.model_fields_set
    after = replace(
        before,
        relationship=data.relationship or before.relationship,
        area=data.area or before.area,
        household_id=data.household_id if "household_id" in given else before.household_id,
        idva_service=data.idva_service if "idva_service" in given else before.idva_service,
        addresses=tuple(
            KnownAddress(
                address_id=one.address_id,
                latitude=one.latitude,
                longitude=one.longitude,
                radius_m=one.radius_m,
                from_at=one.from_,
                to_at=one.to,
                known=bool(one.known),
            )
            for one in data.addresses or ()
        )
        if "addresses" in given
        else before.addresses,
        phones=tuple(data.phones or ()) if "phones" in given else before.phones,
        contact_ids=tuple(data.contact_ids or ()) if "contact_ids" in given else before.contact_ids,
        display_name=data.display_name if "display_name" in given else before.display_name,
        safe_contact=_safe_contact(data.safe_contact) if "safe_contact" in given else before.safe_contact,
        unlinked_at=before.unlinked_at if isinstance(data, case.CaseProtectedPersonUpdated) else None,
    )
    return replace(person, protected={**person.protected, data.protected_person_id: after})


def _safe_contact(said: case.SafeContact | None) -> SafeContact | None:
    return None if said is None else SafeContact(said.how, tuple(said.windows), tuple(said.never))


def _unlinked(person: Person, event: Event) -> Person:
    gone = person.protected.get(cast("case.CaseProtectedPersonUnlinked", event.data).protected_person_id)
    if gone is None:
        return person
    return replace(person, protected={**person.protected, gone.protected_person_id: replace(gone, unlinked_at=event.occurred_at)})


def _excluded(person: Person, event: Event) -> Person:
    officer_id = cast("case.CaseAccessExcluded", event.data).officer_id
    return replace(person, excluded_officer_ids=tuple(dict.fromkeys((*person.excluded_officer_ids, officer_id))))


def _restored(person: Person, event: Event) -> Person:
    officer_id = cast("case.CaseAccessRestored", event.data).officer_id
    return replace(person, excluded_officer_ids=tuple(one for one in person.excluded_officer_ids if one != officer_id))


def _associate(person: Person, event: Event) -> Person:
    data = cast("case.CaseAssociateLinked", event.data)
    one = Associate(
        associate_id=data.associate_id,
        relationship=data.relationship,
        phones=tuple(data.phones),
        contact_ids=tuple(data.contact_ids),
    )
    return replace(person, associates={**person.associates, one.associate_id: one})


def _fitted(person: Person, event: Event) -> Person:
    data = cast("tagging.TaggingFitted", event.data)
    tag = person.tag
    fresh = Activation(
        activation_id=data.activation_id,
        device_id=data.device_id,
        modes=tuple(data.modes),
        fitted_at=event.occurred_at,
        ref=event.ref,
    )
    others = tuple(one for one in tag.fitted if one.device_id != data.device_id)
    fitted = (*others, fresh)
    first_fitted_at = tag.first_fitted_at or event.occurred_at
    return replace(person, tag=replace(tag, first_fitted_at=first_fitted_at, fitted=fitted, worn=_worn(tag, fitted, event.occurred_at)))


def _removed(person: Person, event: Event) -> Person:
    data = cast("tagging.TaggingRemoved", event.data)
    kept = tuple(one for one in person.tag.fitted if one.activation_id != data.activation_id and one.device_id != data.device_id)
    return replace(person, tag=replace(person.tag, fitted=kept, worn=_worn(person.tag, kept, event.occurred_at)))


def _worn(tag: Tag, fitted: tuple[Activation, ...], at: datetime) -> tuple[Stay, ...]:
    """The times with a device on, once only these are."""
    ended = [Stay(one.fitted_at, at) for one in tag.fitted if one not in fitted]
    return (*tag.worn, *ended)[-MOST_STAYS:] if ended else tag.worn


def _home_unit(person: Person, event: Event) -> Person:
    present = cast("tagging.TaggingHomeUnit", event.data).present
    tag = replace(person.tag, home_unit=HomeUnit(event.occurred_at, event.ref, present))
    if present:
        tag = replace(tag, proof_at=event.occurred_at, proof_source=event.source, proof_id=event.id)
    return replace(person, tag=tag)


def _status(person: Person, event: Event) -> Person:
    percent = cast("tagging.TaggingStatus", event.data).battery_percent
    return person if percent is None else replace(person, tag=replace(person.tag, battery_percent=percent))


def _risk_level(person: Person, event: Event) -> Person:
    return replace(person, risk_level=cast("risk.RiskLevelSet", event.data).level, risk_since_at=event.occurred_at)


def _incident(person: Person, event: Event) -> Person:
    data = cast("risk.IncidentReported", event.data)
    happened_at: datetime = data.happened_at or event.occurred_at
    fresh = Incident(
        incident_id=data.incident_id,
        at=event.occurred_at,
        happened_at=happened_at,
        kind=data.kind,
        severity=data.severity,
        ref=event.ref,
        protected_person_id=data.protected_person_id,
    )
    kept = tuple(one for one in person.incidents if one.protected_person_id != fresh.protected_person_id)
    before = next((one for one in person.incidents if one.protected_person_id == fresh.protected_person_id), None)
    latest = fresh if before is None or before.happened_at <= happened_at else before
    return _news(replace(person, incidents=(*kept, latest)), event, "incident", data.protected_person_id)


def _trigger(person: Person, event: Event) -> Person:
    return _news(person, event, "trigger", cast("risk.LifeTrigger", event.data).protected_person_id)


def _call(person: Person, event: Event) -> Person:
    data = cast("comms.CommsCall", event.data)
    return replace(person, legal_calls=(*person.legal_calls, data.call_id)[-LEGAL_CALLS:]) if data.legal else person


def _decided(person: Person, event: Event) -> Person:
    return _news(person, event, "breach decision", None)


def _received(person: Person, event: Event) -> Person:
    before = person.custody
    person = custody_facts.received(person, event)
    release = before.release
    if release is not None and custody_facts.undoes(before, event.occurred_at):  # the release that never was is no news
        person = replace(person, news=tuple(one for one in person.news if one.ref != release.ref))
    reception = person.custody.reception
    return _news(person, event, "reception", None) if reception is not None and reception.ref == event.ref else person


def _released(person: Person, event: Event) -> Person:
    person = custody_facts.released(person, event)
    release = person.custody.release
    return _news(person, event, "release", None) if release is not None and release.ref == event.ref else person


_CHANGES: dict[type, Apply] = {
    case.CaseOpened: _case_opened,
    case.CaseClosed: _case_closed,
    case.CaseAssigned: _assigned,
    case.CaseUnassigned: _unassigned,
    case.CaseOwnershipDisputed: _disputed,
    case.CaseOwnershipResolved: _resolved,
    case.CaseProtectedPersonLinked: _protected,
    case.CaseProtectedPersonUpdated: _protected,
    case.CaseProtectedPersonUnlinked: _unlinked,
    case.CaseAssociateLinked: _associate,
    case.CaseAccessExcluded: _excluded,
    case.CaseAccessRestored: _restored,
    order.OrderMade: order_facts.made,
    order.OrderVaried: order_facts.varied,
    order.OrderExtended: order_facts.extended,
    order.OrderEnded: order_facts.ended,
    order.OrderAbsenceAuthorised: order_facts.absence_authorised,
    bail.BreachDecided: _decided,
    comms.CommsCall: _call,
    tagging.TaggingFitted: _fitted,
    tagging.TaggingRemoved: _removed,
    tagging.TaggingHomeUnit: _home_unit,
    tagging.TaggingStatus: _status,
    custody.CustodyReceived: _received,
    custody.CustodyReturned: _received,
    custody.CustodyReleasePlanned: custody_facts.planned,
    custody.CustodyReleaseChanged: custody_facts.planned,
    custody.CustodyReleaseCancelled: custody_facts.cancelled,
    custody.CustodyReleased: _released,
    custody.CustodyUnlawfullyAtLarge: custody_facts.at_large,
    risk.RiskAssessed: assessments.assessed,
    risk.RiskLevelSet: _risk_level,
    risk.IncidentReported: _incident,
    risk.LifeTrigger: _trigger,
}
