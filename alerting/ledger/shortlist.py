"""What may be an officer's at all: found over indexes alone, and some that is not theirs, for lists that need not look at the rest.

Who may see what is `alerting.ledger.ways`, which is asked of each alert afterwards; nothing is open to anybody because it is in
here. Put together by `alerting.ledger.reach`; `alerting.ledger.queue` chooses between these lists and the walk past all alerts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Select, and_, or_, select, true

from alerting.ledger.areas import ACROSS, ids_in, in_areas
from alerting.ledger.asking import Asking
from alerting.ledger.queue import STANDING, Shortlist, Standing
from alerting.ledger.tables.alerts import ALERT, TOLD
from alerting.ledger.tables.told import ASSIGNMENT, PERSON
from alerting.ledger.wanted import Narrow
from alerting.ledger.ways import Condition, acted, grants, seen_areas, still, there, turning_keys
from alerting.rights import ROLES, cell

_OF_THE_SYSTEM: Condition = ALERT.c.person_id.is_(None)  # in no area, most of them
_SOON_MET = 1_000
"""Where so many are open in an area, who walks past all that is open meets one of them soon."""
_OF_CUSTODY = tuple(role for role in ROLES if "in_custody" in cell("alert.read", role).limits)
_WAITS: Condition = ALERT.c.awaiting_second_key == true()


def shortlists(asking: Asking, areas: Collection[str]) -> Mapping[Standing, Shortlist]:
    """What the officer may see by name or in these areas, and some that they may not."""
    if not areas:
        return _lists(asking, ())
    open_in = and_(ALERT.c.only_area.in_(sorted(areas)), STANDING["open"])
    of_open = (Narrow(open_in, select(ALERT.c.alert_id).where(open_in), _SOON_MET), _across(areas))
    return _lists(asking, (_by_id(ids_in(areas)),), of_open)


def named(asking: Asking, areas: Collection[str]) -> Mapping[Standing, Shortlist]:
    """The same without what stands in these areas and in no other: for who looks elsewhere."""
    return _lists(asking, (_across(areas),) if areas else ())


def _across(areas: Collection[str]) -> Narrow:
    return Narrow(and_(ACROSS, in_areas(areas)), select(ALERT.c.alert_id).where(ACROSS))


def _lists(asking: Asking, by_area: Sequence[Narrow], of_open: Sequence[Narrow] = ()) -> Mapping[Standing, Shortlist]:
    """`of_open`: the same by area for what is open alone, if there is a better way."""
    shorter = {"open": of_open or by_area}
    return {standing: Shortlist((*_by_name(asking, standing), *shorter.get(standing, by_area))) for standing in STANDING}


def _by_name(asking: Asking, standing: Standing) -> Iterator[Narrow]:
    for condition in _by_row_of_alert(asking):
        yield Narrow(condition, select(ALERT.c.alert_id).where(condition, STANDING[standing]))
    keys = _turned_in(asking)
    if keys:
        yield Narrow(_waits_in(keys), select(ALERT.c.alert_id).where(_WAITS))
    yield from (_by_id(ids) for ids in (acted(asking), grants(asking), _told_still(asking, standing)))


def perhaps(asking: Asking, areas: Collection[str]) -> Condition:
    """The same as a condition on an alert, which most of what is not theirs fails at once."""
    named = (ALERT.c.alert_id.in_(acted(asking)), ALERT.c.alert_id.in_(grants(asking)))
    keys = _turned_in(asking)
    waiting = (_waits_in(keys),) if keys else ()
    return or_(
        *_by_row_of_alert(asking),
        *waiting,
        *((in_areas(areas),) if areas else ()),
        and_(or_(*still(asking)), _told_at_all(asking)),
        *named,
    )


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
    """About people to whom they are assigned: in a role that has them only while in custody, those who are."""
    theirs = select(ASSIGNMENT.c.person_id).where(ASSIGNMENT.c.officer_id == asking.officer_id)
    if asking.actor.roles.isdisjoint(_OF_CUSTODY):
        return ALERT.c.person_id.in_(theirs)
    inside = there(PERSON.c.person_id, PERSON.c.person_id == ASSIGNMENT.c.person_id, PERSON.c.in_custody == true())
    return ALERT.c.person_id.in_(theirs.where(or_(ASSIGNMENT.c.role.not_in(_OF_CUSTODY), inside)))


def _waits_in(areas: Collection[str]) -> Condition:
    return and_(_WAITS, or_(in_areas(areas), _OF_THE_SYSTEM))


def _told_still(asking: Asking, standing: Standing) -> Select[tuple[str]]:
    """What they were told of and may still read: as `still` says of the alert, from what stands beside their name."""
    unended, lately = TOLD.c.over_at.is_(None), TOLD.c.over_at >= asking.readable_since_at
    which = {"open": unended, "closed": lately, "all": or_(unended, lately)}[standing]
    return select(TOLD.c.alert_id).where(TOLD.c.officer_id == asking.officer_id, which)


def _told_at_all(asking: Asking) -> Condition:
    return there(TOLD.c.alert_id, TOLD.c.alert_id == ALERT.c.alert_id, TOLD.c.officer_id == asking.officer_id)
