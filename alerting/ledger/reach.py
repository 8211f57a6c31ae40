"""How far a right reaches: conditions for a WHERE, so that lists are filtered in the query, and single checks that say why.

The ways in themselves are `alerting.ledger.ways`. Called by the console for every list, alert and person, and by the stream
before it sends each line.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, and_, false, or_, select, union

from alerting.actor import Actor
from alerting.ledger.queue import Reach as QueueReach
from alerting.ledger.tables.alerts import ALERT, ALERT_PROTECTED
from alerting.ledger.tables.told import PERSON, PERSON_PROTECTED
from alerting.ledger.ways import Condition, Ground, Way, alert_ways, not_excluded, person_ways
from alerting.rights import Right, cell


def visible_alerts(actor: Actor, at: datetime, right: Right = "alert.read") -> ColumnElement[bool]:
    """For a WHERE over ALERT: the alerts on which the officer has the right at that instant."""
    ways = alert_ways(actor, right, at, each_role=False)
    return and_(not_excluded(actor, ALERT.c.person_id), _any(ways))


def visible_people(actor: Actor, at: datetime, right: Right = "people.read") -> ColumnElement[bool]:
    """For a WHERE over PERSON: the people on whom the officer has the right at that instant."""
    ways = person_ways(actor, right, at, each_role=False)
    return and_(not_excluded(actor, PERSON.c.person_id), _any(ways))


def queue_reach(actor: Actor, at: datetime) -> QueueReach:
    """The reach of the queue; for one who sees only what is theirs by name also as a select of ids, each way over its index."""
    ways = tuple(alert_ways(actor, "alert.read", at, each_role=False))
    ids = union(*(select(ALERT.c.alert_id).where(way.where).correlate(None) for way in ways)).subquery()
    return QueueReach(visible_alerts(actor, at), select(ids.c.alert_id) if all(way.few for way in ways) else None)


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
        which = and_(ALERT.c.alert_id == alert_id, not_excluded(actor, ALERT.c.person_id))
        return _first(connection, alert_ways(actor, right, at, each_role=True), ALERT, which)
    which = and_(PERSON.c.person_id == person_id, not_excluded(actor, PERSON.c.person_id))
    return _first(connection, person_ways(actor, right, at, each_role=True), PERSON, which)


def ground_of_protected(connection: Connection, actor: Actor, right: Right, protected_person_id: str, at: datetime) -> Ground | None:
    """Why the officer has the right on what is known of her, in the case of anybody she is to be kept safe from."""
    hers = select(PERSON_PROTECTED.c.person_id).where(PERSON_PROTECTED.c.protected_person_id == protected_person_id)
    which = and_(PERSON.c.person_id.in_(hers), not_excluded(actor, PERSON.c.person_id))
    return _first(connection, person_ways(actor, right, at, each_role=True, her=protected_person_id), PERSON, which)


def named_to(
    connection: Connection, actor: Actor, at: datetime, *, alert_id: str | None = None, person_id: str | None = None
) -> frozenset[str]:
    """The protected people of an alert, else of a person, whom the officer may know by name.

    Those in the case know all of them, an advocate her clients and whom she was told of; nobody else knows any.
    """
    if alert_id is not None:
        why = ground(connection, actor, "alert.read", at, alert_id=alert_id)
        everybody = select(ALERT_PROTECTED.c.protected_person_id).where(ALERT_PROTECTED.c.alert_id == alert_id)
    else:
        why = ground(connection, actor, "people.read", at, person_id=person_id)
        everybody = select(PERSON_PROTECTED.c.protected_person_id).where(PERSON_PROTECTED.c.person_id == person_id)
    if why is None or cell("alert.answer", why.role).never:
        return frozenset()
    named = frozenset(connection.execute(everybody).scalars())
    if why.role != "idva" or why.purpose == "told":
        return named
    return frozenset(her for her in named if ground_of_protected(connection, actor, "people.read", her, at) is not None)


def _any(ways: Iterable[Way]) -> Condition:
    return or_(false(), *(way.where for way in ways))


def _first(connection: Connection, ways: Iterable[Way], table: FromClause, which: Condition) -> Ground | None:
    """The first way that leads there, of all the rows meant."""
    known = tuple(ways)
    asked = select(*(way.where.label(f"way_{number}") for number, way in enumerate(known))).select_from(table).where(which)
    rows = connection.execute(asked).all() if known else ()
    return next((way.ground for number, way in enumerate(known) if any(row[number] for row in rows)), None)
