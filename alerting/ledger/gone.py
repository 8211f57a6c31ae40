"""Whether an alert that is not an officer's was theirs until one line of its history: then alone it is said to be gone.

Who never could see it must not learn from its going that it is there. Not whether it is theirs now (`alerting.ledger.reach`).
Called by `alerting.ledger.news`; who may see a person's alerts is taken from whom, `alerting.ledger.reaching` writes as `Lost`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, case, func, not_, or_, select, true

from alerting.actor import Actor
from alerting.ledger.one_of import one_of
from alerting.ledger.tables.alerts import ALERT_PROTECTED, HISTORY
from alerting.ledger.tables.told import EXCLUDED, PERSON, PERSON_PROTECTED
from alerting.ledger.ways import turning_keys
from alerting.rights import Where, by_place, cell

read_areas = msgspec.json.Decoder(tuple[str, ...]).decode


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """From whom an alert was taken: the body of a line about reach.

    `officer_ids`: these could see it. `excluded_ids`: these may never more; they could if it was open where they are.
    `client_areas`: so could the advocates on duty there. `shut`: so could whoever sees all there is, anywhere or in its areas.
    """

    officer_ids: tuple[str, ...] = ()
    excluded_ids: tuple[str, ...] = ()
    client_areas: tuple[str, ...] = ()
    shut: bool = False


class Stood(NamedTuple):
    """What decides who sees an alert where it is, as it stood after a line. `awaits`: a second key."""

    areas: tuple[str, ...]
    severity: str
    awaits: bool


class Move(NamedTuple):
    """How it stood before a line and after it. No `before`: the line is its first."""

    before: Stood | None
    after: Stood


class HistoryLine(NamedTuple):
    """A line of a history, as far as it counts here."""

    seq: int
    alert_id: str
    state: str
    severity: str
    areas: str


class Whose(NamedTuple):
    """The alert that a line is of, and whom it is about."""

    seq: int
    alert_id: str
    person_id: str | None


def moves(connection: Connection, lines: Collection[HistoryLine], after: int) -> Mapping[int, Move]:
    """By its number, from where to where each of these lines led. `after`: all of the alerts' lines from there on are among them."""
    if not lines:
        return {}
    last = connection.execute(_LAST, {"names": sorted({one.alert_id for one in lines}), "after": after})
    numbers = sorted({number for row in last for number in row if number is not None})
    earlier = connection.execute(_LINES, {"numbers": numbers}) if numbers else ()  # named, or PostgreSQL looks through all there are
    stand: dict[str, Stood] = {}
    for row in earlier:
        one = HistoryLine._make(row)
        stand[one.alert_id] = _stood(stand.get(one.alert_id), one)
    found: dict[int, Move] = {}
    for one in lines:
        before = stand.get(one.alert_id)
        stand[one.alert_id] = _stood(before, one)
        found[one.seq] = Move(before, stand[one.alert_id])
    return found


def moved_away(connection: Connection, actor: Actor, whose: Whose, move: Move) -> bool:
    """Whether it was theirs by where it was, or by what it waited for, and is not after this line."""
    before, after = move
    if before is None or _open_to(actor, whose, after):
        return False
    clients = _client_areas(actor)
    was_open = _open_to(actor, whose, before)
    was_client = not clients.isdisjoint(before.areas) and clients.isdisjoint(after.areas)
    if not (was_open or was_client) or _is_closed_to(connection, actor, whose):
        return False
    return was_open or _is_client(connection, clients, whose)


def taken_away(connection: Connection, actor: Actor, whose: Whose, lost: Lost, stood: Stood) -> bool:
    """Whether it was theirs until who may see him changed."""
    if actor.officer_id in lost.officer_ids:
        return True
    excluded = actor.officer_id in lost.excluded_ids
    was_client = not _client_areas(actor).isdisjoint(lost.client_areas)
    if not (excluded or was_client or lost.shut) or (not excluded and _is_excluded(connection, actor, whose)):
        return False
    return was_client or ((excluded or lost.shut) and (_open_to(actor, whose, stood) or _has_acted(connection, actor, whose)))


def _stood(before: Stood | None, one: HistoryLine) -> Stood:
    """A challenge hides in the state whether the second key is still waited for, and changes nothing of it."""
    awaits = one.state == "awaiting_second_key" or (one.state == "challenged" and before is not None and before.awaits)
    return Stood(read_areas(one.areas), one.severity, awaits)


def _open_to(actor: Actor, whose: Whose, stood: Stood) -> bool:
    """Whether it was open to them by where it was, whoever it was about; an alert about the system in no area is everybody's."""
    for acting in actor.acting:
        where = by_place("alert.read", acting)
        if where is Where.EVERYWHERE or (where is Where.AREAS and _within(acting.areas, whose, stood)):
            return True
    return stood.awaits and any(
        _within(acting.areas, whose, stood)
        and not (stood.severity == "critical" and "not_critical" in cell("alert.confirm", acting.role).limits)
        for acting in turning_keys(actor)
    )


def _within(areas: Iterable[str], whose: Whose, stood: Stood) -> bool:
    return not set(areas).isdisjoint(stood.areas) or (whose.person_id is None and not stood.areas)


def _client_areas(actor: Actor) -> frozenset[str]:
    """Where they are on duty for those who are looked after there."""
    held = (acting for acting in actor.acting if by_place("alert.read", acting) is Where.CLIENTS)
    return frozenset(area for acting in held for area in acting.areas)


def _is_client(connection: Connection, areas: Collection[str], whose: Whose) -> bool:
    """Whether somebody whom it concerns is looked after in these areas."""
    at_risk = select(ALERT_PROTECTED.c.protected_person_id).where(ALERT_PROTECTED.c.alert_id == whose.alert_id)
    concerned = or_(PERSON_PROTECTED.c.protected_person_id.in_(at_risk), not_(at_risk.exists()))
    here = or_(PERSON_PROTECTED.c.area.in_(sorted(areas)), PERSON_PROTECTED.c.area.is_(None))
    hers = select(PERSON_PROTECTED.c.person_id).where(PERSON_PROTECTED.c.person_id == whose.person_id, here, concerned)
    return connection.execute(hers.limit(1)).first() is not None


def _is_closed_to(connection: Connection, actor: Actor, whose: Whose) -> bool:
    """Where he is is no way to him: restricted, or they are never to see him. The line that made it so has said what was lost."""
    restricted = select(PERSON.c.person_id).where(PERSON.c.person_id == whose.person_id, PERSON.c.restricted == true())
    return connection.execute(restricted).first() is not None or _is_excluded(connection, actor, whose)


def _is_excluded(connection: Connection, actor: Actor, whose: Whose) -> bool:
    excluded = select(EXCLUDED.c.person_id).where(EXCLUDED.c.person_id == whose.person_id, EXCLUDED.c.officer_id == actor.officer_id)
    return connection.execute(excluded).first() is not None


def _has_acted(connection: Connection, actor: Actor, whose: Whose) -> bool:
    """What they acted on stays readable to them, until he is restricted or they are excluded."""
    theirs = (HISTORY.c.alert_id == whose.alert_id, HISTORY.c.by_id == actor.officer_id, HISTORY.c.seq < whose.seq)
    return connection.execute(select(HISTORY.c.seq).where(*theirs, HISTORY.c.result == "done").limit(1)).first() is not None


_KEY_SAID = case((HISTORY.c.state != "challenged", HISTORY.c.seq))
_LAST = (
    select(func.max(HISTORY.c.seq), func.max(_KEY_SAID))
    .where(one_of(HISTORY.c.alert_id, "names"), HISTORY.c.seq <= bindparam("after"))
    .group_by(HISTORY.c.alert_id)
)
"""Of each alert its last line until then, and the last that says whether it awaited a second key."""
_LINES = (
    select(HISTORY.c.seq, HISTORY.c.alert_id, HISTORY.c.state, HISTORY.c.severity, HISTORY.c.areas)
    .where(HISTORY.c.seq.in_(bindparam("numbers", expanding=True)))
    .order_by(HISTORY.c.seq)
)
