"""The zones of a person's orders as the movement rules watch them: which, when they hold, and whether a path went through.

Not a judgement: what an entry or an exit means is for the rule. A rule keeps `watched` in its memory and asks again when
orders change, so that a fix far from every zone costs four comparisons a zone (`passes_by`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from streams.engine.calendar import next_boundary
from streams.engine.orders import Window
from streams.engine.person import Person
from streams.engine.tag import MAX_SPEED_KMH, TrackedFix
from streams.engine.zones import Zone, crossing, distance_m


class WatchedZone(msgspec.Struct, frozen=True, kw_only=True):
    """The zone of one condition of an order that is not over."""

    order_id: str
    condition_id: str
    protected_person_id: str | None
    zone: Zone

    @property
    def key(self) -> str:
        """Its natural key."""
        return f"{self.order_id}:{self.condition_id}"


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A straight path between two fixes, both outside, that goes through a zone: from which fix, and when it crosses the edge."""

    start: TrackedFix
    at: datetime
    depth_m: float


def watched(person: Person, at: datetime, kind: str) -> tuple[WatchedZone, ...]:
    """Every zone of this kind that can be judged, of every order that is not over; in force or still to come."""
    return tuple(
        WatchedZone(order_id=order.order_id, condition_id=one.condition_id, protected_person_id=one.protected_person_id, zone=one.zone)
        for order in person.orders.values()
        if order.fault is None and (order.over_at is None or order.over_at > at)
        for one in order.conditions
        if one.kind == kind and one.zone is not None and one.fault is None
    )


def windows(person: Person, watch: WatchedZone) -> tuple[Window, ...]:
    """The times in which the condition does not bind him: permitted from the start, or authorised since."""
    order = person.orders.get(watch.order_id)
    condition = None if order is None else order.condition(watch.condition_id)
    return () if order is None or condition is None else (*condition.permitted, *order.authorised(watch.condition_id))


def active(person: Person, watch: WatchedZone, at: datetime) -> bool:
    """Whether the order is in force and known, the timetable holds, and no permission or authorised absence lifts it."""
    order = person.orders[watch.order_id]
    if order.duties_at > at or not order.in_force(at):
        return False
    condition = order.condition(watch.condition_id)
    return condition is not None and condition.active(at) and not any(one.covers(at) for one in order.authorised(watch.condition_id))


def next_change(person: Person, zones: Iterable[WatchedZone], at: datetime) -> datetime | None:
    """The next instant at which a timetable or a permission begins or ends. Orders that begin and end are edges of the engine."""
    instants: list[datetime] = []
    for watch in zones:
        condition = person.orders[watch.order_id].condition(watch.condition_id)
        boundary = next_boundary(condition.periods, at) if condition is not None and condition.periods else None
        if boundary is not None:
            instants.append(boundary)
        instants.extend(one for window in windows(person, watch) for one in (window.from_at, window.to_at) if one > at)
    return min(instants, default=None)


def passes_by(zones: Iterable[WatchedZone], fix: TrackedFix, last: TrackedFix) -> bool:
    """Whether two fixes lie beyond one side of every zone's box: neither is inside, nor the path between them. Never wrongly True."""
    north, south = fix.latitude, last.latitude
    if north < south:
        north, south = south, north
    east, west = fix.longitude, last.longitude
    if east < west:
        east, west = west, east
    for watch in zones:
        zone = watch.zone
        if south <= zone.north and north >= zone.south and west <= zone.east and east >= zone.west:
            return False
    return True


def passage(zone: Zone, starts: Iterable[TrackedFix], fix: TrackedFix, within: timedelta) -> Passage | None:
    """The path to a fix from the first of these that goes through the zone from outside; begun not longer ago than `within`.

    A path faster than any fix is believed to be (rules.md, word 6) is no path: nobody travelled it. The instant is to the second.
    """
    for start in starts:
        span = fix.at - start.at
        if not timedelta(0) < span <= within:
            continue
        found = crossing(zone, start.latitude, start.longitude, fix.latitude, fix.longitude)
        if found is None or found.enters_at_fraction <= 0.0:
            continue
        metres = distance_m(start.latitude, start.longitude, fix.latitude, fix.longitude)
        if metres > MAX_SPEED_KMH / 3.6 * max(span.total_seconds(), 1.0):
            continue
        crossed_at = (start.at + found.enters_at_fraction * span + timedelta(seconds=0.5)).replace(microsecond=0)
        return Passage(start=start, at=min(max(crossed_at, start.at), fix.at), depth_m=found.depth_m)
    return None
