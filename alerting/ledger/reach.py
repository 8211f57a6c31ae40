"""How far a right reaches: conditions for a WHERE, so that lists are filtered in the query, and checks that say why.

The ways in themselves are `alerting.ledger.ways`. Called by the console for every list, alert and person, and by the stream
before it sends each line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, and_, false, or_, select

from alerting.actor import Actor
from alerting.ledger.queue import Reach as QueueReach
from alerting.ledger.tables.alerts import ALERT, ALERT_PROTECTED
from alerting.ledger.tables.told import PERSON, PERSON_PROTECTED
from alerting.ledger.ways import (
    OF_AN_OWNER,
    Condition,
    Ground,
    Way,
    alert_ways,
    not_excluded,
    perhaps,
    person_ways,
    rows_by_name,
    seen_areas,
)
from alerting.redaction import Seen
from alerting.rights import TABLE, Right, cell

_OF_ALERT: tuple[Right, ...] = ("alert.read", "location.read")
_OF_PERSON: tuple[Right, ...] = ("people.read", "location.read", "address.read", "phone.reveal", "intelligence.read")
"""What decides which fields are held back; the first is reading at all."""


def visible_alerts(actor: Actor, at: datetime, right: Right = "alert.read") -> ColumnElement[bool]:
    """For a WHERE over ALERT: the alerts on which the officer has the right at that instant."""
    ways = sorted(alert_ways(actor, right, at, each_role=False), key=lambda way: way.ground.purpose != "area")  # most rows need no more
    return and_(not_excluded(actor, ALERT.c.person_id), _any(ways))


def visible_people(actor: Actor, at: datetime, right: Right = "people.read") -> ColumnElement[bool]:
    """For a WHERE over PERSON: the people on whom the officer has the right at that instant."""
    ways = person_ways(actor, right, at, each_role=False)
    return and_(not_excluded(actor, PERSON.c.person_id), _any(ways))


def queue_reach(actor: Actor, at: datetime) -> QueueReach:
    """The reach of the queue, and where it may be little also as a select of ids."""
    areas = seen_areas(actor)
    if areas is None:
        return QueueReach(visible_alerts(actor, at))
    return QueueReach(visible_alerts(actor, at), perhaps(actor, at, areas), areas, lambda: perhaps(actor, at, ()))


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
        return _of_alerts(connection, actor, right, at, (alert_id,)).get(alert_id)
    return None if person_id is None else _of_person(connection, actor, right, at, person_id)


def ground_of_protected(connection: Connection, actor: Actor, right: Right, protected_person_id: str, at: datetime) -> Ground | None:
    """Why the officer has the right on what is known of her, in the case of anybody she is to be kept safe from."""
    hers = select(PERSON_PROTECTED.c.person_id).where(PERSON_PROTECTED.c.protected_person_id == protected_person_id)
    which = and_(PERSON.c.person_id.in_(hers), not_excluded(actor, PERSON.c.person_id))
    ways = person_ways(actor, right, at, each_role=True, her=protected_person_id)
    found = _grounds(connection, ways, PERSON, PERSON.c.person_id, which)
    return next((found[person_id] for person_id in sorted(found)), None)


def seen_alerts(connection: Connection, actor: Actor, at: datetime, alert_ids: Collection[str]) -> dict[str, Seen]:
    """What the officer may see of each of these alerts; one that is not theirs to know is not in it."""
    grounds = {right: _of_alerts(connection, actor, right, at, alert_ids) for right in _OF_ALERT}
    rows = connection.execute(
        select(ALERT_PROTECTED.c.alert_id, ALERT_PROTECTED.c.protected_person_id).where(ALERT_PROTECTED.c.alert_id.in_(sorted(alert_ids)))
    )
    at_risk: dict[str, list[str]] = {}
    for alert_id, her in rows:
        at_risk.setdefault(alert_id, []).append(her)
    clients: dict[str, bool] = {}
    seen: dict[str, Seen] = {}
    for alert_id, why in grounds["alert.read"].items():
        reaches = {right: cell(right, found[alert_id].role) for right, found in grounds.items() if alert_id in found}
        named = _named(connection, actor, at, why, at_risk.get(alert_id, ()), clients)
        seen[alert_id] = Seen(why.purpose, why.role, reaches, named)
    return seen


def roles_on(
    connection: Connection, actor: Actor, at: datetime, rights: Collection[Right], alert_ids: Collection[str]
) -> dict[str, dict[Right, frozenset[str]]]:
    """By alert and right, every row of the table that gives the officer the right there: as these they speak, and as no other."""
    which = and_(ALERT.c.alert_id.in_(sorted(alert_ids)), not_excluded(actor, ALERT.c.person_id))
    found: dict[str, dict[Right, frozenset[str]]] = {alert_id: dict.fromkeys(rights, frozenset()) for alert_id in alert_ids}
    among = rows_by_name(connection, actor, alert_ids)
    for alike in _alike(rights):
        ways = alert_ways(actor, alike[0], at, each_role=True, among=among)
        for alert_id, grounds in _all_grounds(connection, ways, ALERT, ALERT.c.alert_id, which).items():
            found[alert_id] |= dict.fromkeys(alike, frozenset(one.role for one in grounds))
    return found


def seen_person(connection: Connection, actor: Actor, at: datetime, person_id: str) -> Seen | None:
    """What the officer may see of that person; None where he is not theirs to know."""
    grounds = {right: _of_person(connection, actor, right, at, person_id) for right in _OF_PERSON}
    why = grounds["people.read"]
    if why is None:
        return None
    linked = select(PERSON_PROTECTED.c.protected_person_id).where(PERSON_PROTECTED.c.person_id == person_id)
    named = _named(connection, actor, at, why, connection.execute(linked).scalars().all(), {})
    reaches = {right: cell(right, by.role) for right, by in grounds.items() if by is not None}
    return Seen(why.purpose, why.role, reaches, named)


def _named(
    connection: Connection, actor: Actor, at: datetime, why: Ground, at_risk: Iterable[str], clients: dict[str, bool]
) -> frozenset[str]:
    """Those in the case know all protected people by name, an advocate her clients and whom she was told of; nobody else any.

    `clients`: what was found before in the same answer.
    """
    if cell("alert.answer", why.role).never:
        return frozenset()
    if why.role != "idva" or why.purpose == "told":
        return frozenset(at_risk)
    for her in at_risk:
        if her not in clients:
            clients[her] = ground_of_protected(connection, actor, "people.read", her, at) is not None
    return frozenset(her for her in at_risk if clients[her])


def _of_alerts(connection: Connection, actor: Actor, right: Right, at: datetime, alert_ids: Collection[str]) -> dict[str, Ground]:
    which = and_(ALERT.c.alert_id.in_(sorted(alert_ids)), not_excluded(actor, ALERT.c.person_id))
    among = rows_by_name(connection, actor, alert_ids)
    return _grounds(connection, alert_ways(actor, right, at, each_role=True, among=among), ALERT, ALERT.c.alert_id, which)


def _of_person(connection: Connection, actor: Actor, right: Right, at: datetime, person_id: str) -> Ground | None:
    which = and_(PERSON.c.person_id == person_id, not_excluded(actor, PERSON.c.person_id))
    ways = person_ways(actor, right, at, each_role=True)
    return _grounds(connection, ways, PERSON, PERSON.c.person_id, which).get(person_id)


def _grounds(
    connection: Connection, ways: Iterable[Way], table: FromClause, name: ColumnElement[str], which: Condition
) -> dict[str, Ground]:
    """By name the first way that leads there; what no way leads to is not in it."""
    return {found: grounds[0] for found, grounds in _all_grounds(connection, ways, table, name, which).items()}


def _all_grounds(
    connection: Connection, ways: Iterable[Way], table: FromClause, name: ColumnElement[str], which: Condition
) -> dict[str, tuple[Ground, ...]]:
    """By name every way that leads there."""
    known = tuple(ways)
    asked = select(name, *(way.where.label(f"way_{number}") for number, way in enumerate(known))).select_from(table).where(which)
    rows = {row[0]: tuple(way.ground for way, leads in zip(known, row[1:], strict=True) if leads) for row in connection.execute(asked)}
    return {found: grounds for found, grounds in rows.items() if grounds}


def _alike(rights: Collection[Right]) -> Iterable[tuple[Right, ...]]:
    """Rights with one line in the table have one answer; but for the two that an owner has wherever the alert is."""
    lines: dict[object, tuple[Right, ...]] = {}
    for right in rights:
        line = right if right in OF_AN_OWNER else tuple(sorted(TABLE[right].items()))
        lines[line] = (*lines.get(line, ()), right)
    return lines.values()


def _any(ways: Iterable[Way]) -> Condition:
    return or_(false(), *(way.where for way in ways))
