"""When a person was monitored, and when nobody could see him: spans end to end, from what the engine knows of him.

Shown on his page, and no judgement: the rules have their own limits. Pure. Called by the shells that publish read models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from streams.engine.feeds import Outage
from streams.engine.person import Person
from streams.engine.verdict import Finding

State = Literal["monitored", "untagged", "blind", "not_required", "in_custody"]
UNSEEN = "untagged-window"
"""The rule whose findings are times without monitoring while a tag is on."""
TAG = "tag"


class Span(NamedTuple):
    """One state. `to_at` None: and still."""

    from_at: datetime
    to_at: datetime | None
    state: State


_Time = tuple[datetime, datetime | None]


def coverage(
    person: Person, findings: Iterable[Finding], outages: Sequence[Outage], from_at: datetime, to_at: datetime
) -> tuple[Span, ...]:
    """From one instant up to another, the last span going on. `outages`: of the feeds that carry his tagging."""
    inside = _inside(person)
    required = tuple(_required(person))
    worn = tuple(_worn(person))
    unseen = tuple((one.began_at, one.ended_at) for one in findings if one.rule == UNSEEN and not one.withdrawn)
    blind = tuple((one.from_at, one.to_at) for one in outages)
    cuts = {at for times in (inside, required, worn, unseen, blind) for time in times for at in time if at is not None}
    spans: list[Span] = []
    for at in sorted({from_at, *(cut for cut in cuts if from_at < cut < to_at)}):
        state: State = (
            "in_custody"
            if _holds(inside, at)
            else "not_required"
            if not _holds(required, at)
            else "blind"
            if _holds(blind, at)
            else "untagged"
            if not _holds(worn, at) or _holds(unseen, at)
            else "monitored"
        )
        if not spans:
            spans.append(Span(at, None, state))
        elif spans[-1].state != state:
            spans[-1] = spans[-1]._replace(to_at=at)
            spans.append(Span(at, None, state))
    return tuple(spans)


def _holds(times: Sequence[_Time], at: datetime) -> bool:
    return any(from_at <= at and (to_at is None or at < to_at) for from_at, to_at in times)


def _inside(person: Person) -> tuple[_Time, ...]:
    custody = person.custody
    now = ((custody.since_at, None),) if custody.inside and custody.since_at is not None else ()
    return (*((one.from_at, one.to_at) for one in custody.stays), *now)


def _required(person: Person) -> Iterator[_Time]:
    """When an order in force had a condition of a tag, while a case was open."""
    managed = tuple((one.opened_at, one.closed_at) for one in person.cases)
    for order in person.orders.values():
        from_at = order.starts_at
        for until_at, conditions in (*order.past, (None, order.conditions)):
            ends = [at for at in (until_at, order.over_at) if at is not None]
            to_at = min(ends, default=None)
            if any(one.kind == TAG for one in conditions) and (to_at is None or from_at < to_at):
                yield from _both((from_at, to_at), managed)
            from_at = max(from_at, until_at) if until_at is not None else from_at


def _both(time: _Time, others: Iterable[_Time]) -> Iterator[_Time]:
    for other in others:
        from_at = max(time[0], other[0])
        to_at = min((at for at in (time[1], other[1]) if at is not None), default=None)
        if to_at is None or from_at < to_at:
            yield from_at, to_at


def _worn(person: Person) -> Iterator[_Time]:
    yield from ((one.from_at, one.to_at) for one in person.tag.worn)
    yield from ((one.fitted_at, None) for one in person.tag.fitted)
