"""Lists of alerts: reach in the query itself, and pages that never skip or repeat what stood still.

Not what is asked for (`alerting.ledger.wanted`), not who may see what (`alerting.ledger.reach` says it, and it comes in as a
condition) and not what an alert looks like to its reader (`alerting.console.alerts`). Called by the console's lists, with a snapshot.

A page goes on strictly after the place of the last row of the page before it, so nothing that kept its place is met twice or
never; what moved has a higher `seq` and is read from `/changes`. Two ways lead to a page: walking the index of the order, or,
where a filter, or what is the asker's at all, leaves few, sorting those few. Neither database guesses well between them, so a
bounded count decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    func,
    select,
    true,
    tuple_,
    union_all,
)

from alerting.ledger.areas import ids_in, in_areas
from alerting.ledger.one_of import one_of, planned_anew
from alerting.ledger.tables.alerts import ALERT, COUNTER
from alerting.ledger.wanted import Narrow, Sort, Wanted, conditions, in_state, narrow
from alerting.risk_order import HANDLING, SEVERITIES

Standing = Literal["open", "closed", "all"]
Key = tuple[str | int | bool | datetime | None, ...]
"""The place of a row in its order: what the next page goes on after."""
_Places = Select[*tuple[object, ...]]
_Question = tuple[_Places, Mapping[str, object]]
"""And what it is put with."""
FEW_OF_ALL = 10_000
"""Of what a filter leaves to everybody: the asker may see a few of them, for which the walk would be long."""
MANY = 50_000
"""So many are sorted where nearly nothing of them will be theirs."""
AT_ONCE = 256
"""So many places of a few are fetched, and the rest where hardly any of them is theirs."""
AT_FIRST = 128
STANDING: Mapping[Standing, ColumnElement[bool]] = {"open": ALERT.c.closed == false(), "closed": ALERT.c.closed == true(), "all": true()}
"""An alert that is open, or closed."""
_KEPT = 256
"""So many questions of lists are kept: to put one together costs more than some answers."""
_NAMES, _MOST, _FROM, _AFTER = "listed_names", "at_most", "from_number", "after_"
_NO_END = 2**31 - 1
_ALL: tuple[Standing, ...] = ("all",)


@dataclass(frozen=True, eq=False)
class Shortlist:
    """Parts that hold together all that somebody may see, and perhaps more; some of it twice."""

    parts: tuple[Narrow, ...]

    @cached_property
    def beyond(self) -> CompoundSelect[str]:
        """Has a row where a part is more than few."""
        rest = (select(part.ids.offset(part.few).limit(1).subquery()) for part in self.parts)
        return union_all(*rest).limit(1)


class Reach(NamedTuple):
    """What the asker may see. `perhaps`: what must hold for all that, and costs little to ask; asked before `where`.

    `lists`: what of the open, of the closed and of all may be theirs; none: they may see every one. `areas`: where they see what is
    not theirs by name; `named`: as `lists`, without what is in those areas and no other. `bound`: what all are asked with.
    """

    where: ColumnElement[bool]
    perhaps: ColumnElement[bool] = true()
    lists: Mapping[Standing, Shortlist] = MappingProxyType({})
    areas: frozenset[str] = frozenset()
    named: Mapping[Standing, Shortlist] = MappingProxyType({})
    bound: Mapping[str, object] = MappingProxyType({})


class Found(NamedTuple):
    """One page: ids in order, the place to go on from (None: that was all), and the number of the snapshot it was read in."""

    alert_ids: tuple[str, ...]
    after: Key | None
    as_of_seq: int


class _Order(NamedTuple):
    """`places`: the parts of a place, the id last, all in one direction; together with `message_status` an index."""

    places: tuple[ColumnElement[object], ...]
    falling: bool

    def all(self) -> _Places:
        """The places of all alerts, in order."""
        return select(*self.places).order_by(*(part.desc() if self.falling else part for part in self.places))


_ORDERS: Mapping[Sort, _Order] = {
    # Whatever is closed stands in the last group of the risk order, so that `closed` first is the same order, and the index.
    "risk": _Order(
        (
            ALERT.c.closed,
            ALERT.c.place_group,
            ALERT.c.place_severity,
            ALERT.c.place_risk,
            ALERT.c.place_owned,
            ALERT.c.place_due_at,
            ALERT.c.raised_at,
            ALERT.c.alert_id,
        ),
        falling=False,
    ),
    "raised": _Order((ALERT.c.raised_at, ALERT.c.alert_id), falling=True),
    "changed": _Order((ALERT.c.changed_at, ALERT.c.alert_id), falling=True),
}


def page(connection: Connection, wanted: Wanted, reach: Reach, after: Key | None = None, limit: int = 50) -> Found:
    """The next page after that place, in one snapshot."""
    planned_anew(connection)
    rows: list[Key] = []
    for asked, bound in _ways_to(connection, wanted, reach, after):
        found = connection.execute(asked, {**reach.bound, **bound, _MOST: limit + 1 - len(rows)})
        rows.extend(cast("Key", tuple(row)) for row in found)
        if len(rows) > limit:
            break
    more = len(rows) > limit
    return Found(
        alert_ids=tuple(str(row[-1]) for row in rows[:limit]),
        after=rows[limit - 1] if more else None,
        as_of_seq=number(connection),
    )


def number(connection: Connection) -> int:
    """The number of the last change that this snapshot holds."""
    return connection.execute(select(COUNTER.c.seq)).scalar() or 0


def unanswered(connection: Connection, reach: Reach, area: str | None = None) -> dict[str, int]:
    """How many actual alerts nobody has answered, by severity: what the beat says."""
    waiting = and_(ALERT.c.message_status == "actual", ALERT.c.closed == false(), ALERT.c.place_group == 0, in_state("unanswered"))
    asked = select(ALERT.c.severity, func.count()).where(waiting, reach.perhaps, reach.where).group_by(ALERT.c.severity)
    if area is not None:
        asked = asked.where(in_areas((area,)))
    found = {str(severity): int(count) for severity, count in connection.execute(asked, dict(reach.bound))}
    return {severity: found.get(severity, 0) for severity in ("critical", "high", "medium", "low")}


def _ways_to(connection: Connection, wanted: Wanted, reach: Reach, after: Key | None) -> Iterator[_Question]:
    """Questions whose answers, one after the other, are the list."""
    names = _left(connection, wanted, reach)
    alike = wanted if "me" in {wanted.owner, wanted.recipient} else replace(wanted, officer_id="")
    place = {} if after is None else {f"{_AFTER}{number}": part for number, part in enumerate(after)}
    for standing in _stretches(wanted, after) if names is None else _ALL:
        few = _theirs(connection, wanted, reach, standing) if names is None else names
        asking = _Asking(alike, standing, reach.perhaps, reach.where, goes_on=after is not None)
        if few is None:
            yield from ((walk, place) for walk in _walks(asking))
        elif isinstance(few, Shortlist):
            yield from _parts(connection, asking, _among(asking, few), {**reach.bound, **place})
        else:
            yield from _parts(connection, asking, _named(asking), {**reach.bound, **place, _NAMES: few})


class _Asking(NamedTuple):
    """What a question of a list depends on, but for whose it is. `goes_on`: after a place that is bound to it."""

    wanted: Wanted
    standing: Standing
    perhaps: ColumnElement[bool]
    where: ColumnElement[bool]
    goes_on: bool


@lru_cache(_KEPT)
def _walks(asking: _Asking) -> tuple[_Places, ...]:
    """Past all alerts, in order."""
    asked = _all(asking, walks=True).where(asking.perhaps)
    return tuple(part.where(asking.where).limit(bindparam(_MOST)) for part in _leaps(asked, asking.wanted, asking.standing))


@lru_cache(_KEPT)
def _among(asking: _Asking, short: Shortlist) -> Select[tuple[str]]:
    """The ids of what may be theirs, in order, some twice: to make the databases leave those out costs more than to do it here."""
    asked = _all(asking, walks=False)
    together = union_all(*(asked.where(part.where).order_by(None) for part in short.parts)).subquery()
    falling = _ORDERS[asking.wanted.sort].falling
    ids = select(together.c.alert_id).order_by(*(part.desc() if falling else part for part in together.c))
    return ids.limit(bindparam(_MOST)).offset(bindparam(_FROM))


@lru_cache(_KEPT)
def _named(asking: _Asking) -> Select[tuple[str]]:
    """The ids of those that are named, in order."""
    asked = _all(asking, walks=False).where(asking.perhaps, one_of(ALERT.c.alert_id, _NAMES))
    return asked.with_only_columns(ALERT.c.alert_id).limit(bindparam(_MOST)).offset(bindparam(_FROM))


@lru_cache(_KEPT)
def _theirs_of(sort: Sort, where: ColumnElement[bool]) -> _Places:
    """The places of those that are named and theirs, in order."""
    return _ORDERS[sort].all().where(one_of(ALERT.c.alert_id, _NAMES), where).limit(bindparam(_MOST))


def _all(asking: _Asking, *, walks: bool) -> _Places:
    """What the filter leaves, whosever it is. `walks`: along the index of the order; else the planner is kept from it."""
    order = _ORDERS[asking.wanted.sort]
    asked = order.all().where(*conditions(asking.wanted, walks=walks), STANDING[asking.standing])
    if not asking.goes_on:
        return asked
    place = tuple_(*(bindparam(f"{_AFTER}{number}", type_=part.type) for number, part in enumerate(order.places)))
    here = tuple_(*order.places)
    return asked.where(here < place if order.falling else here > place)


def _stretches(wanted: Wanted, after: Key | None) -> tuple[Standing, ...]:
    """The risk order cut in two: what is open comes first and is little, and mostly fills a page."""
    if wanted.sort != "risk":
        return ("all",)
    ends = wanted.handling and "closed" not in wanted.handling
    begun = set(wanted.handling) == {"closed"} or (after is not None and after[0])
    return (*(() if begun else ("open",)), *(() if ends else ("closed",)))


def _leaps(asked: _Places, wanted: Wanted, standing: Standing) -> Iterator[_Places]:
    """Cut again where a severity can be leapt to: among all that is closed, the wanted ones may come last."""
    if standing != "closed" or not wanted.severity:
        yield asked
        return
    for place in sorted({SEVERITIES[severity] for severity in wanted.severity}):
        yield asked.where(ALERT.c.place_group == HANDLING["closed"], ALERT.c.place_severity == place)


def _parts(connection: Connection, asking: _Asking, asked: Select[tuple[str]], bound: Mapping[str, object]) -> Iterator[_Question]:
    """The first of a few, then more and more: to ask whether an alert may be seen costs more than to know its place."""
    found = connection.execute(asked, {**bound, _MOST: AT_ONCE, _FROM: 0}).scalars().all()
    names, all_of_them = [*dict.fromkeys(found)], len(found) < AT_ONCE
    start, size = 0, AT_FIRST
    while start < len(names):
        yield _theirs_of(asking.wanted.sort, asking.where), {_NAMES: names[start : start + size]}
        start, size = min(start + size, len(names)), 4 * size
        if start == len(names) and not all_of_them:
            rest = connection.execute(asked, {**bound, _MOST: _NO_END, _FROM: AT_ONCE}).scalars()
            names, all_of_them = [*dict.fromkeys((*names, *rest))], True


def _left(connection: Connection, wanted: Wanted, reach: Reach) -> Sequence[str] | None:
    """What the first filter that leaves few leaves, by its ids; None where none does."""
    for one in narrow(wanted):
        if (names := _at_most(connection, one.ids, FEW_OF_ALL, reach)) is not None:
            return names
    return None


def _theirs(connection: Connection, wanted: Wanted, reach: Reach, standing: Standing) -> Sequence[str] | Shortlist | None:
    """What may be the asker's at all, where that is little; None: it is much."""
    elsewhere = bool(wanted.area) and reach.areas.isdisjoint(wanted.area)
    for lists in [reach.lists, reach.named] if elsewhere else [reach.lists]:
        short = lists.get(standing)
        if short is not None and connection.execute(short.beyond, dict(reach.bound)).first() is None:
            return short
    return _at_most(connection, ids_in(wanted.area), MANY, reach) if elsewhere and reach.named else None


def _at_most(connection: Connection, ids: Select[tuple[str]], most: int, reach: Reach) -> Sequence[str] | None:
    """These ids; None where they are more than that."""
    if reach.areas and connection.execute(ids.offset(most).limit(1), dict(reach.bound)).first() is not None:
        return None  # all of an area is many: they need not be fetched to be counted
    found = connection.execute(ids.limit(most + 1), dict(reach.bound)).scalars().all()
    return None if len(found) > most else sorted({str(name) for name in found})
