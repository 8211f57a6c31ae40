"""The instants that the engine makes itself: orders that begin and expire, curfew periods that begin and end.

`plan` gives the edges that still lie ahead of a person. They come before all events at their instant (design 4.1).
Timetables of zones and reporting are the rules' own wake-ups.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams.engine.calendar import next_boundary, occurrence_at
from streams.engine.orders import Condition, Order
from streams.engine.person import Person
from streams.engine.verdict import Edge

_RANK = {"custody.release_undone": 0, "order.began": 1, "order.expired": 2, "curfew.ended": 3, "curfew.began": 4}


def edge_order(edge: Edge) -> tuple[datetime, int, str, str]:
    """The order among edges."""
    return (edge.at, _RANK[edge.kind], edge.order_id, edge.condition_id)


def _curfew(order: Order, condition: Condition, after: datetime) -> Iterator[Edge]:
    """The next end of a period that is running, and the next start."""
    running = occurrence_at(condition.periods, after)
    if running is not None and running.ended_at > after:
        yield Edge("curfew.ended", running.ended_at, order.order_id, condition.condition_id, running)
    at = next_boundary(condition.periods, after)
    while at is not None:
        begun = occurrence_at(condition.periods, at)
        if begun is not None and begun.began_at == at:
            yield Edge("curfew.began", at, order.order_id, condition.condition_id, begun)
            return
        at = next_boundary(condition.periods, at)


def of_order(order: Order, after: datetime) -> Iterator[Edge]:
    """Edges of one order strictly after an instant, curfew periods only while it is in force."""
    over_at = order.over_at
    if order.fault is not None or (over_at is not None and over_at <= after):
        return
    if order.duties_at > after:
        yield Edge("order.began", order.duties_at, order.order_id)
    if over_at is not None and order.ended_at is None:
        yield Edge("order.expired", over_at, order.order_id)
    for condition in order.conditions:
        if condition.kind == "curfew" and condition.fault is None:
            for edge in _curfew(order, condition, max(after, order.duties_at)):
                if over_at is None or edge.at < over_at:
                    yield edge


def begun(order: Order, at: datetime, before: Order | None) -> Iterator[Edge]:
    """Edges that are due at once when an order is made or varied at `at`: in force, and a curfew period running."""
    if order.fault is not None or not order.in_force(at):
        return
    was_in_force = before is not None and before.fault is None and before.in_force(at)
    if not was_in_force:
        yield Edge("order.began", at, order.order_id)
    for condition in order.conditions:
        if condition.kind != "curfew" or condition.fault is not None:
            continue
        old = before.condition(condition.condition_id) if before is not None and was_in_force else None
        if old is not None and (old.periods, old.zone) == (condition.periods, condition.zone):
            continue
        running = occurrence_at(condition.periods, at)
        if running is not None:
            yield Edge("curfew.began", at, order.order_id, condition.condition_id, running)


def plan(person: Person, after: datetime) -> tuple[Edge, ...]:
    """All edges ahead of the person, in order."""
    if not person.orders or not person.managed:
        return ()
    return tuple(sorted((edge for order in person.orders.values() for edge in of_order(order, after)), key=edge_order))
