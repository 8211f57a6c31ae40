"""From the engine's values to what the page of a person shows (`schemas.read_models`). Pure; called by `streams.embedded.person_pages`.

What he is told about stands in `streams.embedded.wire`; single events and positions in `streams.embedded.entries`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec

from schemas import read_models as shown
from schemas.case import Relationship, RiskLevel, SafeContact
from schemas.custody import CustodyStatus, ReleaseKind
from schemas.order import OrderKind, PermittedWindow, TagMode, TimetablePeriod
from schemas.person import Reliance, ReliedSpan
from streams.embedded import wire
from streams.engine.coverage import coverage as spans_of
from streams.engine.feeds import Feeds, Outage
from streams.engine.orders import Condition, Order
from streams.engine.person import Person, ProtectedPerson
from streams.engine.state import Reliance as Relied
from streams.engine.verdict import Finding
from streams.identity.receipt import View

TAGGING = ("tagging.position", "tagging.home_unit")
"""Types by which a person is seen."""


def page(known: Person, view: View, sources: tuple[str, ...], at: datetime) -> shown.PersonPage:
    """Everything that his page shows, as judged at an instant."""
    over_at = [over for order in known.orders.values() if (over := order.over_at) is not None and over <= at]
    return shown.PersonPage(
        person_id=view.person_id or view.key,
        as_of_at=at,
        label=known.label,
        name=known.name,
        date_of_birth=known.date_of_birth,
        identifiers=wire.identifiers(view),
        areas=wire.areas(known),
        risk_level=cast("RiskLevel", known.risk_level),
        risk_since_at=known.risk_since_at,
        restricted=any(case.restricted for case in known.cases),
        managed=known.managed,
        cases=tuple(
            shown.CaseShown(case_ref=case.case_ref, opened_at=case.opened_at, closed_at=case.closed_at, areas=case.areas)
            for case in known.cases
        ),
        disputed_at=known.disputed_at,
        team=wire.team(known),
        protected=tuple(map(_protected, known.linked())),
        orders=tuple(_order(order) for order in known.orders.values() if order.over_at is None or order.over_at > at),
        last_order_ended_at=max(over_at, default=None),
        custody=_custody(known),
        tag=_tag(known, at),
        sources=sources,
    )


def coverage(
    person_id: str, known: Person, findings: Iterable[Finding], outages: Sequence[Outage], from_at: datetime, at: datetime
) -> shown.Coverage:
    """When he was monitored."""
    spans = spans_of(known, findings, outages, from_at, at)
    return shown.Coverage(
        person_id=person_id, as_of_at=at, from_at=from_at, spans=tuple(shown.CoverageSpan(**span._asdict()) for span in spans)
    )


def reliance(person_id: str, spans: Iterable[Relied], carried_by: Mapping[str, tuple[str, ...]], feeds: Feeds) -> Reliance:
    """On which feeds his judgement leaned, and when."""
    leaned: dict[tuple[str, datetime], ReliedSpan] = {}
    for span in spans:
        for source in feeds.read_by(carried_by, span.types):
            risk_level: RiskLevel = "high" if span.high_risk else "standard"
            leaned[source, span.from_at] = ReliedSpan(source=source, from_at=span.from_at, to_at=span.to_at, risk_level=risk_level)
    return Reliance(person_id=person_id, spans=tuple(leaned.values()))


def _protected(one: ProtectedPerson) -> shown.ProtectedPersonShown:
    safe = one.safe_contact
    return shown.ProtectedPersonShown(
        protected_person_id=one.protected_person_id,
        linked_at=one.linked_at,
        relationship=cast("Relationship", one.relationship),
        area=one.area,
        household_id=one.household_id,
        idva_service=one.idva_service,
        display_name=one.display_name,
        addresses=tuple(shown.AddressShown(**msgspec.structs.asdict(address)) for address in one.addresses),
        phones=one.phones,
        safe_contact=None if safe is None else SafeContact(how=safe.how, windows=safe.windows, never=safe.never),
    )


def _order(order: Order) -> shown.OrderShown:
    return shown.OrderShown(
        order_id=order.order_id,
        kind=cast("OrderKind", order.kind),
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        surrender_at=order.surrender_at,
        fault=order.fault,
        conditions=tuple(_condition(order, one) for one in order.conditions),
    )


def _condition(order: Order, one: Condition) -> shown.ConditionShown:
    permitted = (*one.permitted, *order.authorised(one.condition_id))
    return shown.ConditionShown.model_validate(
        {
            "condition_id": one.condition_id,
            "kind": one.kind,
            "protected_person_id": one.protected_person_id,
            "zone": None if one.zone is None else msgspec.json.decode(one.zone.spec),
            "timetable": tuple(
                TimetablePeriod.model_validate({"days": line.days, "from": line.start, "to": line.end, "on": line.on})
                for line in one.periods
            ),
            "permitted": tuple(PermittedWindow.model_validate({"from": window.from_at, "to": window.to_at}) for window in permitted),
            "modes": one.modes,
            "station": one.station,
            "text": one.text,
            "fault": one.fault,
        }
    )


def _custody(known: Person) -> shown.CustodyShown:
    custody = known.custody
    reception, release = custody.reception, custody.release
    return shown.CustodyShown(
        inside=custody.inside,
        since_at=custody.since_at,
        prison=None if reception is None or not custody.inside else reception.prison,
        status="unknown" if reception is None else cast("CustodyStatus", reception.status),
        unlawfully_at_large_at=custody.unlawfully_at_large_at,
        released=None
        if release is None
        else shown.ReleaseShown(
            at=release.at,
            kind=cast("ReleaseKind", release.kind),
            release_id=release.release_id,
            return_at=release.return_at,
            confirmed=release.confirmed,
        ),
        planned=tuple(
            shown.ReleaseShown(
                at=plan.release_at, kind=cast("ReleaseKind", plan.kind), release_id=plan.release_id, return_at=plan.return_at
            )
            for plan in custody.under_way
        ),
    )


def _tag(known: Person, at: datetime) -> shown.TagShown:
    tag = known.tag
    return shown.TagShown(
        required_by=known.tagged_by(at),
        devices=tuple(
            shown.DeviceShown(
                activation_id=one.activation_id,
                device_id=one.device_id,
                modes=cast("tuple[TagMode, ...]", one.modes),
                fitted_at=one.fitted_at,
            )
            for one in tag.fitted
        ),
        last_proof_at=tag.proof_at,
        battery_percent=tag.battery_percent,
    )
