"""From order events to `Order` and `Condition`: zones compiled, timetables typed, faults named (rules.md, words 1 and 16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from schemas import order as wire
from schemas.event import Event
from schemas.place import Address as WireAddress
from schemas.place import Zone as WireZone
from streams.engine.calendar import Period
from streams.engine.orders import Condition, Order, Window
from streams.engine.person import Person
from streams.engine.zones import BadZone, Zone, compile_zone, spec_of

PLACED = ("exclusion_zone", "inclusion_zone")
TIMED = ("curfew", "report_to_police")


def _compiled(place: WireZone | WireAddress) -> tuple[Zone | None, str | None]:
    try:
        return compile_zone(spec_of(place.model_dump(mode="json", by_alias=True, exclude_none=True))), None
    except BadZone as bad:
        return None, str(bad)


def _condition(given: wire.Condition) -> Condition:
    fault: str | None = None
    zone: Zone | None = None
    if given.kind in PLACED:
        zone, fault = (None, "its zone is text without geometry") if given.zone is None else _compiled(given.zone)
    elif given.kind in {"curfew", "residence"}:
        zone, fault = (None, "its address has no coordinates") if given.address is None else _compiled(given.address)
    periods = tuple(Period(days=tuple(one.days or ()), start=one.from_, end=one.to, on=one.on) for one in given.timetable or ())
    if given.kind in TIMED and not any(period.days or period.on for period in periods):
        fault = fault or "its timetable is empty"
    permitted = tuple(Window(one.from_, one.to) for one in given.permitted or ())
    if any(window.to_at <= window.from_at for window in permitted):
        fault = fault or "a permitted time ends before it starts"
    return Condition(
        condition_id=given.condition_id,
        kind=given.kind,
        protected_person_id=given.protected_person_id,
        zone=zone,
        periods=periods,
        permitted=permitted,
        modes=tuple(given.modes or ()),
        station=given.station,
        text=given.text,
        fault=fault,
    )


def _conditions(given: Sequence[wire.Condition]) -> tuple[Condition, ...]:
    return tuple(_condition(one) for one in given)


def _past(before: Order | None, conditions: tuple[Condition, ...], at: datetime) -> tuple[tuple[datetime, tuple[Condition, ...]], ...]:
    """The earlier lists, with the one that is replaced now."""
    if before is None:
        return ()
    return before.past if before.conditions == conditions else (*before.past, (at, before.conditions))


def _keep(person: Person, order: Order) -> Person:
    if order.ends_at is not None and order.ends_at <= order.starts_at:
        order = replace(order, fault="it ends before it starts")
    elif order.fault:
        order = replace(order, fault=None)
    return replace(person, orders={**person.orders, order.order_id: order})


def made(person: Person, event: Event) -> Person:
    """`order.made`. The same order made again is its newest version, made when it was first made."""
    data = cast("wire.OrderMade", event.data)
    before = person.orders.get(data.order_id)
    conditions = _conditions(data.conditions)
    order = Order(
        order_id=data.order_id,
        kind=data.kind,
        made_at=before.made_at if before else event.occurred_at,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        surrender_at=data.surrender_at,
        ref=event.ref,
        conditions=conditions,
        past=_past(before, conditions, event.occurred_at),
    )
    return _keep(person, order)


def varied(person: Person, event: Event) -> Person:
    """`order.varied`: replaces the whole list of conditions."""
    data = cast("wire.OrderVaried", event.data)
    before = person.orders.get(data.order_id)
    if before is None:
        return person
    conditions = _conditions(data.conditions)
    after = replace(
        before,
        conditions=conditions,
        past=_past(before, conditions, event.occurred_at),
        ends_at=data.ends_at or before.ends_at,
        varied_at=event.occurred_at,
        varied_ref=event.ref,
    )
    return _keep(person, after)


def extended(person: Person, event: Event) -> Person:
    """`order.extended`: a new end."""
    data = cast("wire.OrderExtended", event.data)
    before = person.orders.get(data.order_id)
    return person if before is None else _keep(person, replace(before, ends_at=data.ends_at))


def ended(person: Person, event: Event) -> Person:
    """`order.ended`: over from now on."""
    before = person.orders.get(cast("wire.OrderEnded", event.data).order_id)
    return person if before is None else _keep(person, replace(before, ended_at=event.occurred_at))


def absence_authorised(person: Person, event: Event) -> Person:
    """`order.absence_authorised`: a span in which an absence does not count."""
    data = cast("wire.OrderAbsenceAuthorised", event.data)
    before = person.orders.get(data.order_id)
    if before is None:
        return person
    return _keep(person, replace(before, absences=(*before.absences, (data.condition_id, Window(data.from_, data.to)))))
