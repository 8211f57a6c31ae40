"""How far a right reaches: conditions for a WHERE, so that lists are filtered in the query, and checks that say why.

The ways in themselves are `alerting.ledger.ways`. Called by the console for every list, alert and person, and by the stream
before it sends each line. What is asked for every list is put together once for all officers who act alike: that costs more
than the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, bindparam, false, or_, select

from alerting.actor import Actor
from alerting.ledger.asking import Asking, alike, asking, bound, whoever
from alerting.ledger.one_of import one_of, planned_once
from alerting.ledger.queue import Reach as QueueReach
from alerting.ledger.shortlist import named, perhaps, shortlists
from alerting.ledger.tables.alerts import ALERT, ALERT_PROTECTED
from alerting.ledger.tables.told import PERSON, PERSON_PROTECTED
from alerting.ledger.ways import (
    Condition,
    Ground,
    Way,
    alert_ways,
    not_excluded,
    person_ways,
    rows_by_name,
    seen_areas,
)
from alerting.ledger.ways import alike as same_ways
from alerting.redaction import Seen
from alerting.rights import Right, cell

_OF_ALERT: tuple[Right, ...] = ("alert.read", "location.read")
_OF_PERSON: tuple[Right, ...] = ("people.read", "location.read", "address.read", "phone.reveal", "intelligence.read")
"""What decides which fields are held back; the first is reading at all."""
_KINDS = 256
"""So many kinds of officer are remembered: a role in an area, on duty or not."""
_NAMES = "asked_names"


def visible_alerts(actor: Actor, at: datetime, right: Right = "alert.read") -> ColumnElement[bool]:
    """For a WHERE over ALERT: the alerts on which the officer has the right at that instant."""
    return _visible(asking(actor, at), right)


def visible_people(actor: Actor, at: datetime, right: Right = "people.read") -> ColumnElement[bool]:
    """For a WHERE over PERSON: the people on whom the officer has the right at that instant."""
    ways = person_ways(asking(actor, at), right, each_role=False)
    return and_(not_excluded(actor, PERSON.c.person_id), _any(ways))


def queue_reach(actor: Actor, at: datetime) -> QueueReach:
    """The reach of the queue, and where it may be little also as a select of ids."""
    return _queue_reach(alike(actor))._replace(bound=bound(actor, at))


@lru_cache(_KINDS)
def _queue_reach(actor: Actor) -> QueueReach:
    who, areas = whoever(actor), seen_areas(actor)
    if areas is None:
        return QueueReach(_visible(who, "alert.read"))
    return QueueReach(_visible(who, "alert.read"), perhaps(who, areas), shortlists(who, areas), areas, named(who, areas))


def may(
    connection: Connection, actor: Actor, right: Right, at: datetime, *, alert_id: str | None = None, person_id: str | None = None
) -> bool:
    """Whether the officer has the right on that alert, else on that person."""
    return ground(connection, actor, right, at, alert_id=alert_id, person_id=person_id) is not None


def ground(
    connection: Connection, actor: Actor, right: Right, at: datetime, *, alert_id: str | None = None, person_id: str | None = None
) -> Ground | None:
    """Why the officer has the right on that alert, else on that person; None where they do not, or there is no such thing."""
    if alert_id is not None:
        return next(iter(_of_alerts(connection, actor, (right,), at, (alert_id,))[right].get(alert_id, ())), None)
    return None if person_id is None else _of_person(connection, actor, (right,), at, person_id).get(right)


def ground_of_protected(connection: Connection, actor: Actor, right: Right, protected_person_id: str, at: datetime) -> Ground | None:
    """Why the officer has the right on what is known of her, in the case of anybody she is to be kept safe from."""
    question = _question_of_protected(alike(actor), right)
    for found_row in connection.execute(question.asked, {**bound(actor, at), _NAMES: protected_person_id}):
        row: tuple[object, ...] = tuple(found_row)
        why = next((ground for place, ground in question.ways[right] if row[place]), None)
        if why is not None:
            return why
    return None


def seen_alerts(connection: Connection, actor: Actor, at: datetime, alert_ids: Collection[str]) -> dict[str, Seen]:
    """What the officer may see of each of these alerts; one that is not theirs to know is not in it."""
    return may_of_alerts(connection, actor, at, (), alert_ids).seen


class May(NamedTuple):
    """What an officer may with some alerts. `roles`: by alert and right, every row of the table that gives it to them there."""

    seen: dict[str, Seen]
    roles: Mapping[str, Mapping[Right, frozenset[str]]]


def may_of_alerts(connection: Connection, actor: Actor, at: datetime, rights: Collection[Right], alert_ids: Collection[str]) -> May:
    """What the officer may see of these alerts, and as which roles they have the rights, in one question."""
    planned_once(connection)
    found = _of_alerts(connection, actor, tuple(dict.fromkeys((*_OF_ALERT, *rights))), at, alert_ids)
    rows = connection.execute(_AT_RISK, {_NAMES: sorted(alert_ids)})
    at_risk: dict[str, list[str]] = {}
    for alert_id, her in rows:
        at_risk.setdefault(alert_id, []).append(her)
    clients = _clients(
        connection, actor, at, [at_risk.get(alert_id, ()) for alert_id, why in found["alert.read"].items() if _advocates(why[0])]
    )
    seen: dict[str, Seen] = {}
    for alert_id, why in found["alert.read"].items():
        reaches = {right: cell(right, found[right][alert_id][0].role) for right in _OF_ALERT if alert_id in found[right]}
        named = _named(why[0], at_risk.get(alert_id, ()), clients)
        seen[alert_id] = Seen(why[0].purpose, why[0].role, reaches, named)
    return May(seen, _roles(found, rights, alert_ids))


def roles_on(
    connection: Connection, actor: Actor, at: datetime, rights: Collection[Right], alert_ids: Collection[str]
) -> Mapping[str, Mapping[Right, frozenset[str]]]:
    """By alert and right, every row of the table that gives the officer the right there: as these they speak, and as no other."""
    return _roles(_of_alerts(connection, actor, tuple(dict.fromkeys(rights)), at, alert_ids), rights, alert_ids)


def seen_person(connection: Connection, actor: Actor, at: datetime, person_id: str) -> Seen | None:
    """What the officer may see of that person; None where he is not theirs to know."""
    grounds = _of_person(connection, actor, _OF_PERSON, at, person_id)
    why = grounds.get("people.read")
    if why is None:
        return None
    linked = select(PERSON_PROTECTED.c.protected_person_id).where(PERSON_PROTECTED.c.person_id == person_id)
    at_risk = connection.execute(linked).scalars().all()
    named = _named(why, at_risk, _clients(connection, actor, at, (at_risk,) if _advocates(why) else ()))
    return Seen(why.purpose, why.role, {right: cell(right, by.role) for right, by in grounds.items()}, named)


def _named(why: Ground, at_risk: Iterable[str], clients: Collection[str]) -> frozenset[str]:
    """Those in the case know all protected people by name, an advocate her clients and whom she was told of; nobody else any."""
    if cell("alert.answer", why.role).never:
        return frozenset()
    return frozenset(at_risk if not _advocates(why) else (her for her in at_risk if her in clients))


def _clients(connection: Connection, actor: Actor, at: datetime, at_risk: Iterable[Iterable[str]]) -> Collection[str]:
    """Those at risk whom an advocate knows, who comes to them as one."""
    names = sorted({her for of_one in at_risk for her in of_one})
    if not names:
        return ()
    known = connection.execute(_known(alike(actor)), {**bound(actor, at), _NAMES: names}).scalars()
    return frozenset(str(her) for her in known)


def _advocates(why: Ground) -> bool:
    return why.role == "idva" and why.purpose != "told"


_Found = Mapping[Right, Mapping[str, tuple[Ground, ...]]]
_AT_RISK = select(ALERT_PROTECTED.c.alert_id, ALERT_PROTECTED.c.protected_person_id).where(one_of(ALERT_PROTECTED.c.alert_id, _NAMES))


_Lines = Mapping[tuple[Right, ...], Iterable[Way]]


class _Question(NamedTuple):
    """One question for several rights. `ways`: of each right its grounds, and in which column stands whether each leads there."""

    asked: Select[tuple[str]]
    ways: Mapping[Right, tuple[tuple[int, Ground], ...]]


@lru_cache(2 * _KINDS)
def _question(actor: Actor, rights: tuple[Right, ...], among: frozenset[str]) -> _Question:
    who = whoever(actor)
    lines: _Lines = {alike_rights: alert_ways(who, alike_rights[0], each_role=True, among=among) for alike_rights in _alike(rights)}
    which = and_(one_of(ALERT.c.alert_id, _NAMES), not_excluded(who, ALERT.c.person_id))
    return _asked(ALERT.c.alert_id, lines, ALERT, which)


@lru_cache(_KINDS)
def _question_of_person(actor: Actor, rights: tuple[Right, ...]) -> _Question:
    who = whoever(actor)
    lines: _Lines = {(right,): person_ways(who, right, each_role=True) for right in rights}
    which = and_(PERSON.c.person_id == bindparam(_NAMES), not_excluded(who, PERSON.c.person_id))
    return _asked(PERSON.c.person_id, lines, PERSON, which)


@lru_cache(_KINDS)
def _question_of_protected(actor: Actor, right: Right) -> _Question:
    who, hers = whoever(actor), PERSON_PROTECTED.alias("hers")
    lines: _Lines = {(right,): person_ways(who, right, each_role=True, her=hers.c.protected_person_id)}
    which = and_(hers.c.protected_person_id == bindparam(_NAMES), not_excluded(who, PERSON.c.person_id))
    question = _asked(PERSON.c.person_id, lines, hers.join(PERSON, PERSON.c.person_id == hers.c.person_id), which)
    return question._replace(asked=question.asked.order_by(PERSON.c.person_id))


@lru_cache(_KINDS)
def _known(actor: Actor) -> Select[tuple[str]]:
    """Of some protected people those whom the officer may know, whyever: the way that costs most is asked last."""
    who, hers = whoever(actor), PERSON_PROTECTED.alias("hers")
    ways = person_ways(who, "people.read", each_role=False, her=hers.c.protected_person_id)
    there = hers.join(PERSON, PERSON.c.person_id == hers.c.person_id)
    which = and_(one_of(hers.c.protected_person_id, _NAMES), not_excluded(who, PERSON.c.person_id))
    return (
        select(hers.c.protected_person_id).select_from(there).where(which, _any(sorted(ways, key=lambda way: way.ground.purpose == "told")))
    )


def _asked(name: ColumnElement[str], lines: _Lines, among: FromClause, which: Condition) -> _Question:
    """`lines`: rights with the same ways, and the ways. A way that leads to several rights is asked once."""
    conditions: list[Condition] = []
    known: dict[str, int] = {}
    ways: dict[Right, tuple[tuple[int, Ground], ...]] = {}
    for alike_rights, leading in lines.items():
        places: list[tuple[int, Ground]] = []
        for way in leading:
            place = known.setdefault(_text(way.where), len(conditions))
            if place == len(conditions):
                conditions.append(way.where)
            places.append((place + 1, way.ground))
        ways |= dict.fromkeys(alike_rights, tuple(places))
    columns = (one.label(f"way_{number}") for number, one in enumerate(conditions))
    return _Question(select(name).select_from(among).where(which).add_columns(*columns), ways)


def _of_alerts(connection: Connection, actor: Actor, rights: tuple[Right, ...], at: datetime, alert_ids: Collection[str]) -> _Found:
    """By right and alert every ground, the first first; what no way leads to is not in it."""
    question = _question(alike(actor), rights, rows_by_name(connection, actor, alert_ids))
    found: dict[Right, dict[str, tuple[Ground, ...]]] = {right: {} for right in rights}
    same: dict[tuple[object, ...], Mapping[Right, tuple[Ground, ...]]] = {}  # the alerts of a page mostly have the same ways in
    for found_row in connection.execute(question.asked, {**bound(actor, at), _NAMES: sorted(alert_ids)}):
        row: tuple[object, ...] = tuple(found_row)
        name, leading = row[0], row[1:]
        if leading not in same:
            same[leading] = {right: _grounds(ways, leading) for right, ways in question.ways.items()}
        for right, grounds in same[leading].items():
            if grounds:
                found[right][str(name)] = grounds
    return found


def _grounds(ways: Iterable[tuple[int, Ground]], leading: Sequence[object]) -> tuple[Ground, ...]:
    return tuple(ground for place, ground in ways if leading[place - 1])


def _roles(found: _Found, rights: Collection[Right], alert_ids: Collection[str]) -> dict[str, dict[Right, frozenset[str]]]:
    return {name: {right: frozenset(one.role for one in found[right].get(name, ())) for right in rights} for name in alert_ids}


def _text(condition: Condition) -> str:
    """Two conditions with one text are one."""
    said = condition.compile()
    return f"{said}\n{sorted(said.params.items())!r}"


def _of_person(connection: Connection, actor: Actor, rights: tuple[Right, ...], at: datetime, person_id: str) -> dict[Right, Ground]:
    """Of each right the first way that leads to that person; what none leads to is not in it."""
    question = _question_of_person(alike(actor), rights)
    found_row = connection.execute(question.asked, {**bound(actor, at), _NAMES: person_id}).one_or_none()
    if found_row is None:
        return {}
    row: tuple[object, ...] = tuple(found_row)
    found = {right: next((ground for place, ground in ways if row[place]), None) for right, ways in question.ways.items()}
    return {right: why for right, why in found.items() if why is not None}


def _alike(rights: Collection[Right]) -> Iterable[tuple[Right, ...]]:
    """Rights with the same ways have one answer."""
    lines: dict[object, tuple[Right, ...]] = {}
    for right in rights:
        line = same_ways(right)
        lines[line] = (*lines.get(line, ()), right)
    return lines.values()


def _visible(who: Asking, right: Right) -> ColumnElement[bool]:
    ways = sorted(alert_ways(who, right, each_role=False), key=lambda way: way.ground.purpose != "area")  # most rows need no more
    return and_(not_excluded(who, ALERT.c.person_id), _any(ways))


def _any(ways: Iterable[Way]) -> Condition:
    return or_(false(), *(way.where for way in ways))
