"""Every way in which an officer may come to an alert or a person, each as one condition of SQL.

The matrix is `alerting.rights`, who asks is `alerting.actor`; `alerting.ledger.reach` puts the ways together and nobody else
calls them. A way by name (assigned, or told of this alert, in a role: that role's row holds there), by area, or by force.
A restricted person is open by name and by force only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, false, not_, or_, select, true, union

from alerting.actor import ACTS_AS, Acting, Actor, Duty, row_of
from alerting.ledger.areas import IN_NONE, in_areas
from alerting.ledger.asking import Asking
from alerting.ledger.one_of import one_of
from alerting.ledger.tables.access import GRANT
from alerting.ledger.tables.alerts import ALERT, ALERT_AREA, ALERT_PROTECTED, HISTORY, TOLD
from alerting.ledger.tables.told import ASSIGNMENT, EXCLUDED, PERSON, PERSON_AREA, PERSON_PROTECTED
from alerting.rights import ROLES, TABLE, Limit, Right, Where, by_place, cell
from alerting.routing import IN_CASE, ON_CALL, fits

Purpose = Literal["told", "assignment", "client", "area", "everywhere", "alert", "acted", "break_glass"]
"""Why somebody may, as the log of readings says it. `alert`: they own it."""

BREAK_GLASS = "break_glass"

OF_AN_OWNER: frozenset[Right] = frozenset({"alert.read", "alert.answer"})
_BY_FORCE: frozenset[Right] = frozenset({"alert.read", "people.read", "location.read", "address.read", "address.reveal", "phone.reveal"})
_AS_ASSIGNED: frozenset[Right] = frozenset({"location.read", "address.read", "address.reveal", "phone.reveal", "intelligence.read"})
"""What an officer who was told because they were assigned, or as deputy, has no longer than they are: a right ends with its reason."""
_TELLABLE = (*ROLES, *ACTS_AS)
_SEVERE = ("critical", "high")
_IN_THE_CASE = frozenset(IN_CASE)
"""Told in one of these by name, they were assigned in it."""
_EVERY_ONE = ""  # of an assignment's protected people
Condition = ColumnElement[bool]
Her = str | ColumnElement[str] | ColumnElement[str | None]
"""A protected person by her id, or the column that names her."""


class Ground(NamedTuple):
    """Why an officer may, and by which row of the table."""

    purpose: Purpose
    role: str


class Way(NamedTuple):
    """One way in."""

    ground: Ground
    where: Condition


def not_excluded(who: Actor | Asking, person_id: ColumnElement[str] | ColumnElement[str | None]) -> Condition:
    """Who may never see a case has no way in at all."""
    return not_(there(EXCLUDED.c.person_id, EXCLUDED.c.person_id == person_id, EXCLUDED.c.officer_id == who.officer_id))


# To an alert -----------------------------------------------------------------


def alert_ways(asking: Asking, right: Right, *, each_role: bool, among: frozenset[str] | None = None) -> Iterator[Way]:
    """`each_role`: a way for each role, to say which it was; else together, which is one question instead of nine.

    `among`: the rows that they are told or assigned by, where that is known (`rows_by_name`): no other needs asking.
    """
    open_to_all = _open_to_all(ALERT.c.person_id)
    readable = or_(*still(asking))
    for roles, limits in _rows(right, each_role=each_role, among=among):
        # Told that he is out, a prison's officer must be able to act on it.
        yield Way(Ground("told", roles[0]), and_(_told(asking, right, roles), readable, _alert_within(limits - {"in_custody"})))
        yield Way(Ground("assignment", roles[0]), and_(_assigned(asking, roles, ALERT.c.person_id), _alert_within(limits)))
        if "idva" in roles:
            yield Way(Ground("client", "idva"), and_(_clients_alert(asking), _alert_within(limits)))
    for acting in asking.actor.acting:
        where, within = by_place(right, acting), and_(open_to_all, _alert_within(cell(right, acting.role).limits))
        if where is Where.EVERYWHERE:
            yield Way(Ground("everywhere", acting.role), within)
        elif where is Where.AREAS:
            yield Way(Ground("area", acting.role), and_(_alert_in(acting), within))
        elif where is Where.CLIENTS:
            yield Way(Ground("area", acting.role), and_(_alert_in(acting), _concerns_her_of(acting), within))
    role = _a_row(asking, right)
    if right in OF_AN_OWNER:  # also after their shift: else nobody could hand it over
        yield Way(Ground("alert", role), ALERT.c.owner_id == asking.officer_id)
    if right == "alert.read":
        yield from _second_keys(asking)
        done = ALERT.c.alert_id.in_(acted(asking).where(HISTORY.c.result == "done"))
        yield Way(Ground("acted", role), and_(done, open_to_all))
    for acting_role, limits in _forced(asking, right):
        granted = or_(ALERT.c.alert_id.in_(grants(asking)), ALERT.c.person_id.in_(grants(asking)))
        yield Way(Ground("break_glass", acting_role), and_(granted, _alert_within(limits)))


def _second_keys(asking: Asking) -> Iterator[Way]:
    """An alert that waits for a second key is read by whoever in the area may turn it, though it is another's case."""
    for acting in turning_keys(asking.actor):
        waits = and_(ALERT.c.awaiting_second_key == true(), _alert_in(acting), _open_to_all(ALERT.c.person_id))
        yield Way(Ground("area", acting.role), and_(waits, _alert_within(cell("alert.confirm", acting.role).limits)))


def turning_keys(actor: Actor) -> Iterator[Acting]:
    """As whom they may turn the second key of a case that they are not in."""
    for acting in actor.acting:
        if cell("alert.confirm", acting.role).where is Where.AREAS and cell("alert.read", acting.role).where is Where.CASES:
            yield acting


def seen_areas(actor: Actor) -> frozenset[str] | None:
    """The areas whose alerts the officer sees, whoever they are about; None: all there are."""
    if any(cell("alert.read", acting.role).where is Where.EVERYWHERE for acting in actor.acting):
        return None
    return frozenset(area for acting in actor.acting if _whole_area(acting) for area in acting.areas)


def acted(asking: Asking) -> Select[tuple[str]]:
    """The alerts on which they did, or tried, anything of late."""
    return select(HISTORY.c.alert_id).where(HISTORY.c.by_id == asking.officer_id, HISTORY.c.at >= asking.readable_since_at)


def _whole_area(acting: Acting) -> bool:
    """Whether the role opens alerts by where they are."""
    return by_place("alert.read", acting) is not Where.NEVER


def still(asking: Asking) -> tuple[Condition, Condition]:
    """While either holds, whoever was told of it may read it."""
    return ALERT.c.closed == false(), ALERT.c.changed_at >= asking.readable_since_at


def _told(asking: Asking, right: Right, roles: tuple[str, ...]) -> Condition:
    """Asked for each alert: a control room is told of hundreds of thousands, which no list should have to gather first."""
    return there(
        TOLD.c.alert_id, TOLD.c.alert_id == ALERT.c.alert_id, TOLD.c.officer_id == asking.officer_id, _told_as(asking, right, roles)
    )


def _clients_alert(asking: Asking) -> Condition:
    """An advocate's: her client is at risk, or nobody in particular is."""
    client = or_(ASSIGNMENT.c.protected_person_id == _EVERY_ONE, _at_risk(ASSIGNMENT.c.protected_person_id), not_(_anybody_at_risk()))
    return and_(
        ALERT.c.person_id.in_(select(ASSIGNMENT.c.person_id).where(*_as_idva(asking))),  # few, over its index; then which of them
        there(ASSIGNMENT.c.person_id, *_as_idva(asking), ASSIGNMENT.c.person_id == ALERT.c.person_id, client),
    )


def _concerns_her_of(acting: Acting) -> Condition:
    """Of a duty advocate: somebody who is looked after in their area is at risk, or nobody in particular is."""
    here = or_(PERSON_PROTECTED.c.area.in_(acting.areas), PERSON_PROTECTED.c.area.is_(None))
    concerned = or_(_at_risk(PERSON_PROTECTED.c.protected_person_id), not_(_anybody_at_risk()))
    return there(PERSON_PROTECTED.c.person_id, PERSON_PROTECTED.c.person_id == ALERT.c.person_id, here, concerned)


def _at_risk(protected_person_id: Her) -> Condition:
    return there(
        ALERT_PROTECTED.c.alert_id,
        ALERT_PROTECTED.c.alert_id == ALERT.c.alert_id,
        ALERT_PROTECTED.c.protected_person_id == protected_person_id,
    )


def _anybody_at_risk() -> Condition:
    return there(ALERT_PROTECTED.c.alert_id, ALERT_PROTECTED.c.alert_id == ALERT.c.alert_id)


def _alert_in(acting: Acting) -> Condition:
    """In one of the areas; an alert about the system that names no area is everybody's."""
    return or_(in_areas(acting.areas), and_(ALERT.c.person_id.is_(None), IN_NONE))


def _alert_within(limits: frozenset[Limit]) -> Condition:
    """Those limits that depend on the alert; the others are the answer's (`alerting.redaction`) or the lifecycle's."""
    return and_(true(), *(condition for limit, condition in _OF_THE_ALERT.items() if limit in limits))


# To a person -----------------------------------------------------------------


def person_ways(
    asking: Asking, right: Right, *, each_role: bool, her: Her | None = None, among: frozenset[str] | None = None
) -> Iterator[Way]:
    """`her`: one protected person whom it is about; an advocate comes to her only as her client. `among`: as of `alert_ways`."""
    open_to_all = PERSON.c.restricted == false()
    for roles, limits in _rows(right, each_role=each_role, among=among):
        within = _person_within(limits)
        yield Way(Ground("assignment", roles[0]), and_(_assigned(asking, roles, PERSON.c.person_id), within))
        if "idva" in roles:
            hers = true() if her is None else ASSIGNMENT.c.protected_person_id.in_((_EVERY_ONE, her))
            yield Way(Ground("client", "idva"), and_(_client(asking, hers), within))
        told = and_(_told_of(asking, right, roles, her), open_to_all, _person_within(limits - {"in_custody"}))
        yield Way(Ground("told", roles[0]), told)
    for acting in asking.actor.acting:
        where, within = by_place(right, acting), and_(open_to_all, _person_within(cell(right, acting.role).limits))
        if where is Where.EVERYWHERE:
            yield Way(Ground("everywhere", acting.role), within)
        elif where is not Where.NEVER:
            yield Way(Ground("area", acting.role), and_(_person_in(acting, her, clients=where is Where.CLIENTS), within))
    for role, limits in _forced(asking, right):
        granted = PERSON.c.person_id.in_(grants(asking))
        yield Way(Ground("break_glass", role), and_(granted, _person_within(limits)))


def _told_of(asking: Asking, right: Right, roles: tuple[str, ...], her: Her | None) -> Condition:
    """Told of an alert of his that is not closed; about her, where it is about one. However much else they were told of."""
    told = there(
        TOLD.c.alert_id, TOLD.c.alert_id == ALERT.c.alert_id, TOLD.c.officer_id == asking.officer_id, _told_as(asking, right, roles, her)
    )
    about_her = true() if her is None else _at_risk(her)
    return there(ALERT.c.alert_id, ALERT.c.person_id == PERSON.c.person_id, ALERT.c.closed == false(), about_her, told)


def _person_in(acting: Acting, her: Her | None, *, clients: bool) -> Condition:
    """His case is in one of the areas, or somebody is looked after there whom he may harm."""
    case = there(PERSON_AREA.c.person_id, PERSON_AREA.c.person_id == PERSON.c.person_id, PERSON_AREA.c.area.in_(acting.areas))
    linked = PERSON_PROTECTED.c.person_id == PERSON.c.person_id
    which = true() if her is None else PERSON_PROTECTED.c.protected_person_id == her
    here = PERSON_PROTECTED.c.area.in_(acting.areas)
    if clients:
        unsaid = and_(PERSON_PROTECTED.c.area.is_(None), case)
        return there(PERSON_PROTECTED.c.person_id, linked, which, or_(here, unsaid))
    return or_(case, there(PERSON_PROTECTED.c.person_id, linked, which, here))


def _person_within(limits: frozenset[Limit]) -> Condition:
    unclosed = (ALERT.c.person_id == PERSON.c.person_id, ALERT.c.closed == false())
    conditions = {
        "in_custody": PERSON.c.in_custody == true(),
        "alert_not_closed": there(ALERT.c.alert_id, *unclosed),
        "critical_or_high": there(ALERT.c.alert_id, *unclosed, ALERT.c.severity.in_(_SEVERE)),
    }
    return and_(true(), *(condition for limit, condition in conditions.items() if limit in limits))


# To both ---------------------------------------------------------------------


def rows_by_name(connection: Connection, actor: Actor, alert_ids: Collection[str]) -> frozenset[str]:
    """The rows of the table by which they are in any case, or were told of any of these alerts."""
    roles = connection.execute(_ROLES_BY_NAME, {"officer": actor.officer_id, "names": sorted(alert_ids)}).scalars()
    return frozenset(row_of(role) for role in roles)


_ROLES_BY_NAME = union(
    select(TOLD.c.role).where(TOLD.c.officer_id == bindparam("officer"), one_of(TOLD.c.alert_id, "names")),
    select(ASSIGNMENT.c.role).where(ASSIGNMENT.c.officer_id == bindparam("officer")),
)


def alike(right: Right) -> object:
    """What is the same for two rights whose ways are: their line of the table, and what sets a right apart here."""
    apart = right if right in OF_AN_OWNER else ""
    return apart, right in _BY_FORCE, right in _AS_ASSIGNED, tuple(sorted(TABLE[right].items()))


def _rows(right: Right, *, each_role: bool, among: frozenset[str] | None = None) -> Iterator[tuple[tuple[str, ...], frozenset[Limit]]]:
    """The rows that have the right at all for somebody in the case, those that are narrowed alike together."""
    rows = [
        (role, cell(right, role).limits)
        for role in ROLES
        if cell(right, role).where in {Where.AREAS, Where.CASES, Where.CLIENTS} and (among is None or role in among)
    ]
    if each_role:
        yield from (((role,), limits) for role, limits in sorted(rows, key=lambda row: len(row[1])))
        return
    for limits in dict.fromkeys(limits for _, limits in rows):
        yield tuple(role for role, narrowed in rows if narrowed == limits), limits


def _told_as(asking: Asking, right: Right, roles: tuple[str, ...], her: Her | None = None) -> Condition:
    """Told in a role of these rows: a duty role only while on duty, or in the place of somebody who is away.

    Of the alert in question around it. Told because they were assigned, they have what is gravest while they still are, or own
    the alert; and the rest while they hold that role at all. Told as a deputy: while they stand in, or own it (`_in_place`). Told as
    a case's supervisor: while their own roles allow it.
    """
    names = [name for name in _TELLABLE if row_of(name) in roles]
    held = [name for name in names if name not in ON_CALL or name in {duty.role for duty in asking.actor.duty}]
    as_said = or_(TOLD.c.role.in_(held), and_(TOLD.c.role.in_(names), TOLD.c.reason == "deputy"))
    if right in _AS_ASSIGNED:  # an alert that was handed over to another area takes no address, number or place with it
        on_duty = [_duty_there(duty) for duty in asking.actor.duty if duty.role in names]
        as_said = and_(as_said, or_(TOLD.c.role.not_in(ON_CALL), TOLD.c.reason == "deputy", *on_duty))
    gone = _IN_THE_CASE.intersection(names) - asking.actor.roles
    kept = _IN_THE_CASE.intersection(names) - gone
    in_it = [ASSIGNMENT.c.person_id == ALERT.c.person_id, ASSIGNMENT.c.role == TOLD.c.role]
    if right in _AS_ASSIGNED and her is not None:  # told of an alert about two women, an advocate has what is of her own client alone
        in_it.append(or_(ASSIGNMENT.c.role != "idva", ASSIGNMENT.c.protected_person_id.in_((_EVERY_ONE, her))))
        kept -= {"idva"}
    theirs = there(ASSIGNMENT.c.person_id, *in_it, ASSIGNMENT.c.officer_id == asking.officer_id)
    holds = [TOLD.c.reason != "named", TOLD.c.role.not_in(_IN_THE_CASE), theirs]
    if kept:  # also whoever was given the alert by somebody else, and is in no case
        holds.append(
            TOLD.c.role.in_(kept) if right not in _AS_ASSIGNED else and_(TOLD.c.role.in_(kept), ALERT.c.owner_id == asking.officer_id)
        )
    if right in _AS_ASSIGNED:
        as_said = and_(as_said, or_(TOLD.c.reason != "deputy", *on_duty, *_in_place(asking, names, in_it, her)))
        posts = set(names) - _IN_THE_CASE - ON_CALL  # a case's supervisor may be a line manager of any role
        as_said = and_(as_said, TOLD.c.role.not_in(sorted(name for name in posts if not fits(name, asking.actor.roles))))
    return and_(as_said, or_(*holds))


def _in_place(asking: Asking, names: Collection[str], in_it: Collection[Condition], her: Her | None) -> Iterator[Condition]:
    """A deputy, whose own roles allow it: of whoever is away from that role now, or who owns the alert."""
    fit = {name for name in names if fits(name, asking.actor.roles)}
    owning = fit - {"idva"} if her is not None else fit
    yield and_(TOLD.c.role.in_(sorted(owning)), ALERT.c.owner_id == asking.officer_id)
    if asking.actor.stands_for:
        away = there(ASSIGNMENT.c.person_id, *in_it, ASSIGNMENT.c.officer_id.in_(asking.actor.stands_for))
        yield and_(TOLD.c.role.in_(sorted(fit & _IN_THE_CASE)), away)
        yield TOLD.c.role.in_(sorted(fit - _IN_THE_CASE - ON_CALL))  # a case's supervisor need not be assigned


def _duty_there(duty: Duty) -> Condition:
    """Told in a duty role that they hold in an area of the alert."""
    of_it = (ALERT_AREA.c.alert_id == TOLD.c.alert_id, ALERT_AREA.c.area == duty.area)
    return and_(TOLD.c.role == duty.role, there(ALERT_AREA.c.alert_id, *of_it))


def _assigned(asking: Asking, roles: tuple[str, ...], person_id: ColumnElement[str] | ColumnElement[str | None]) -> Condition:
    as_said = [role for role in roles if role != "idva"]
    his = select(ASSIGNMENT.c.person_id).where(ASSIGNMENT.c.officer_id == asking.officer_id, ASSIGNMENT.c.role.in_(as_said))
    return person_id.in_(his) if as_said else false()


def _as_idva(asking: Asking) -> tuple[Condition, Condition]:
    return ASSIGNMENT.c.officer_id == asking.officer_id, ASSIGNMENT.c.role == "idva"


def _client(asking: Asking, hers: Condition) -> Condition:
    """Asked for each person: who is at risk may be named by the row around it."""
    return there(ASSIGNMENT.c.person_id, ASSIGNMENT.c.person_id == PERSON.c.person_id, *_as_idva(asking), hers)


def _forced(asking: Asking, right: Right) -> Iterator[tuple[str, frozenset[Limit]]]:
    """Emergency access opens what the role's row has for somebody; never what the row does not have."""
    if right in _BY_FORCE:
        for acting in asking.actor.acting:
            found = cell(right, acting.role)
            if not found.never and not cell("access.break_glass", acting.role).never:
                yield acting.role, found.limits - {"in_custody"}


def grants(asking: Asking) -> Select[tuple[str]]:
    """The alerts and people that are open to them by force now."""
    return select(GRANT.c.subject).where(
        GRANT.c.officer_id == asking.officer_id, GRANT.c.kind == BREAK_GLASS, GRANT.c.at <= asking.at, GRANT.c.until_at > asking.at
    )


def _open_to_all(person_id: ColumnElement[str] | ColumnElement[str | None]) -> Condition:
    return not_(there(PERSON.c.person_id, PERSON.c.person_id == person_id, PERSON.c.restricted == true()))


def _a_row(asking: Asking, right: Right) -> str:
    rows = [acting.role for acting in asking.actor.acting]
    return next((role for role in rows if not cell(right, role).never), rows[0] if rows else "")


def there(column: ColumnElement[str], *conditions: Condition) -> Condition:
    """Whether there is such a row of that column's table, for the row in question of every table around it."""
    return exists(select(column).where(*conditions).correlate_except(column.table))


_ANOTHER = ALERT.alias("another")
_OF_THE_ALERT: Mapping[Limit, Condition] = {
    "in_custody": there(PERSON.c.person_id, PERSON.c.person_id == ALERT.c.person_id, PERSON.c.in_custody == true()),
    "alert_not_closed": or_(
        ALERT.c.closed == false(),
        there(_ANOTHER.c.alert_id, _ANOTHER.c.person_id == ALERT.c.person_id, _ANOTHER.c.closed == false()),
    ),
    "critical_or_high": ALERT.c.severity.in_(_SEVERE),
    "not_critical": ALERT.c.severity != "critical",
}
"""Made once: putting a condition together costs more than asking it."""
