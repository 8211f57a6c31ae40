"""What may be an officer's at all: found over indexes alone, and some that is not theirs, for lists that need not look at the rest.

Who may see what is `alerting.ledger.ways`, which is asked of each alert afterwards; nothing is open to anybody because it is in
here. Put together by `alerting.ledger.reach`; `alerting.ledger.queue` chooses between these lists and the walk past all alerts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import get_args

from sqlalchemy import Select, and_, except_, or_, select, true

from alerting.ledger.asking import Asking
from alerting.ledger.queue import Narrow, Shortlist, ids_in, in_areas
from alerting.ledger.tables.alerts import ALERT, TOLD
from alerting.ledger.tables.told import ASSIGNMENT
from alerting.ledger.ways import Condition, acted, grants, seen_areas, still, there, turning_keys
from schemas.envelope import MessageStatus

_EVERY_KIND: Condition = ALERT.c.message_status.in_(get_args(MessageStatus))
"""First in the indexes of the orders."""
_OF_THE_SYSTEM: Condition = ALERT.c.person_id.is_(None)  # in no area, most of them
_WAITS: Condition = ALERT.c.awaiting_second_key == true()
_ACROSS: Condition = ALERT.c.in_several_areas == true()


def shortlists(asking: Asking, areas: Collection[str]) -> tuple[Shortlist, ...]:
    """What the officer may see by name or in these areas, and some that they may not.

    First with all that they were ever told of; then with what is open or has just changed, for who was told of very much in years.
    """
    return _lists(asking, (_by_id(ids_in(sorted(areas))),) if areas else ())


def named(asking: Asking, areas: Collection[str]) -> tuple[Shortlist, ...]:
    """The same without what stands in these areas and in no other: for who looks elsewhere."""
    across = Narrow(and_(_ACROSS, in_areas(sorted(areas))), select(ALERT.c.alert_id).where(_ACROSS))
    return _lists(asking, (across,) if areas else ())


def _lists(asking: Asking, by_area: Iterable[Narrow]) -> tuple[Shortlist, ...]:
    others = [*(_by_row(condition) for condition in _by_row_of_alert(asking)), *by_area]
    keys = _turned_in(asking)
    others += [Narrow(_waits_in(keys), select(ALERT.c.alert_id).where(_WAITS))] if keys else []
    others += [_by_id(ids) for ids in (acted(asking), grants(asking))]
    told = select(TOLD.c.alert_id).where(TOLD.c.officer_id == asking.officer_id)
    beside = except_(told, select(ALERT.c.alert_id).where(_of_assigned(asking))).subquery()  # most of it is in both
    in_them = ALERT.c.alert_id.in_(select(beside.c.alert_id))
    ever = (*others, Narrow(and_(in_them, or_(*still(asking))), told))
    of_late = (*others, *(_by_row(and_(_EVERY_KIND, one, _told_at_all(asking))) for one in still(asking)))
    return Shortlist(ever), Shortlist(of_late)


def perhaps(asking: Asking, areas: Collection[str]) -> Condition:
    """The same as a condition on an alert, which most of what is not theirs fails at once."""
    named = (ALERT.c.alert_id.in_(acted(asking)), ALERT.c.alert_id.in_(grants(asking)))
    keys = _turned_in(asking)
    waiting = (_waits_in(keys),) if keys else ()
    return or_(
        *_by_row_of_alert(asking),
        *waiting,
        *((in_areas(sorted(areas)),) if areas else ()),
        and_(or_(*still(asking)), _told_at_all(asking)),
        *named,
    )


def _by_row(condition: Condition) -> Narrow:
    return Narrow(condition, select(ALERT.c.alert_id).where(condition))


def _by_id(ids: Select[tuple[str]]) -> Narrow:
    return Narrow(ALERT.c.alert_id.in_(ids), ids)


def _by_row_of_alert(asking: Asking) -> Iterator[Condition]:
    """What the row of the alert says: the cheapest to ask."""
    yield _of_assigned(asking)
    yield ALERT.c.owner_id == asking.officer_id
    yield ALERT.c.person_id.in_(grants(asking))
    if seen_areas(asking.actor):
        yield _OF_THE_SYSTEM


def _turned_in(asking: Asking) -> frozenset[str]:
    """The areas where they may turn the second key of any case."""
    return frozenset(area for acting in turning_keys(asking.actor) for area in acting.areas)


def _of_assigned(asking: Asking) -> Condition:
    return ALERT.c.person_id.in_(select(ASSIGNMENT.c.person_id).where(ASSIGNMENT.c.officer_id == asking.officer_id))


def _waits_in(areas: Collection[str]) -> Condition:
    return and_(_WAITS, or_(in_areas(sorted(areas)), _OF_THE_SYSTEM))


def _told_at_all(asking: Asking) -> Condition:
    return there(TOLD.c.alert_id, TOLD.c.alert_id == ALERT.c.alert_id, TOLD.c.officer_id == asking.officer_id)
