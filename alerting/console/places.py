"""Fixes and zones as GeoJSON, in the form that a role may have: as they are, on a grid of a kilometre, in words, or not at all.

A zone is as visible as its order. An address of a protected person is no zone and never comes here. Pure; called by the
routes that show places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from alerting.redaction import Location
from alerting.whereabouts import in_words, on_grid
from schemas.fields import instant_text
from schemas.place import Address, OddZone, Zone
from schemas.read_models import ConditionShown, FixBeside, OrderShown

MEDIA_TYPE = "application/geo+json"
JSON = dict[str, object]
_MEASURED_AGAINST = frozenset({"exclusion_zone", "inclusion_zone"})


def collection(features: Iterable[JSON]) -> JSON:
    """A whole GeoJSON document."""
    return {"type": "FeatureCollection", "features": list(features)}


def conditions(orders: Iterable[OrderShown], at: datetime, order_id: str | None = None) -> tuple[tuple[OrderShown, ConditionShown], ...]:
    """The conditions in force that have a zone: of one order, where it is there, else of all."""
    known = tuple(orders)
    of_order = tuple(order for order in known if order.order_id == order_id)
    in_force = (order for order in of_order or known if order.starts_at <= at and (order.ends_at is None or at < order.ends_at))
    return tuple((order, one) for order in (of_order or in_force) for one in order.conditions if one.zone is not None)


def zones(known: Iterable[tuple[OrderShown, ConditionShown]], location: Location) -> Iterator[JSON]:
    """One feature a zone; none for whoever sees a grid or nothing: an edge is sharper than that. A circle is its middle and a radius."""
    for order, one in known if location in {"fixes", "words"} else ():
        if one.zone is None or isinstance(one.zone, OddZone):
            continue
        properties: JSON = {"what": "zone", "kind": one.kind, "order_id": order.order_id, "condition_id": one.condition_id}
        if isinstance(one.zone, Address):
            point = {"type": "Point", "coordinates": [one.zone.longitude, one.zone.latitude]}
            yield {"type": "Feature", "geometry": point, "properties": {**properties, "radius_m": one.zone.radius_m}}
        else:
            yield {"type": "Feature", "geometry": one.zone.model_dump(mode="json"), "properties": properties}


def fixes(found: Iterable[FixBeside], location: Location, known: Iterable[tuple[OrderShown, ConditionShown]] = ()) -> Iterator[JSON]:
    """One feature a fix. In words: how far inside or outside the zone, and no position."""
    edges: list[Zone] = [one.zone for _, one in known if one.zone is not None and one.kind in _MEASURED_AGAINST]
    for fix in found:
        properties: JSON = {"what": "fix", "at": instant_text(fix.at), "received_at": instant_text(fix.received_at)}
        match location:
            case "fixes":
                exact: JSON = {"accuracy_m": fix.accuracy_m, "mechanism": fix.mechanism, "source": fix.source, "id": fix.id}
                yield _at(fix.latitude, fix.longitude, {**properties, **exact})
            case "grid":
                yield _at(*on_grid(fix.latitude, fix.longitude), {**properties, "grid_km": 1})
            case "words":
                words = in_words(edges, fix.latitude, fix.longitude, fix.at)
                if words is not None:
                    yield {"type": "Feature", "geometry": None, "properties": {**properties, "words": words}}
            case "none":
                return


def _at(latitude: float, longitude: float, properties: JSON) -> JSON:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [longitude, latitude]}, "properties": properties}
