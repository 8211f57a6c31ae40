"""What a list of alerts is asked for, and each filter as a condition; some leave few, and say so (`narrow`).

Not how a page is found (`alerting.ledger.queue`) and not who may see what (`alerting.ledger.reach`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, not_, or_, select, true

from alerting.ledger.areas import ids_in, in_areas
from alerting.ledger.tables.alerts import ALERT, ALERT_PROTECTED, TOLD
from alerting.lifecycle.handling import State
from schemas.envelope import MessageStatus
from schemas.finding import MatterStatus, Severity

Sort = Literal["risk", "raised", "changed"]
FEW = 5_000
"""Sorting so many takes a few milliseconds; walking past a million that are not wanted takes seconds."""
LATE = ALERT.c.late_by_s > literal_column("60")
"""Told so many seconds after it could have been known: late, and said so on the screen. In the words of its index."""
WITHDRAWN = ALERT.c.status == literal_column("'withdrawn'")
UNFILLED = ALERT.c.unfilled == true()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; an empty tuple or None asks nothing. `officer_id`: who asks, for `me`. Times: from, and before."""

    officer_id: str
    incident_id: str | None = None
    status: tuple[MatterStatus, ...] = ()
    handling: tuple[State, ...] = ()
    severity: tuple[Severity, ...] = ()
    rule: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    person_id: str | None = None
    protected_person_id: str | None = None
    owner: str | None = None
    recipient: Literal["me"] | None = None
    unfilled: bool | None = None
    late: bool | None = None
    message_status: MessageStatus = "actual"
    raised_from_at: datetime | None = None
    raised_to_at: datetime | None = None
    sort: Sort = "risk"


class Narrow(NamedTuple):
    """A way to few alerts: as a condition on an alert that leads to them, and as a select of their ids over an index alone.

    `few`: with more than so many another way is shorter.
    """

    where: ColumnElement[bool]
    ids: Select[tuple[str]]
    few: int = FEW


_AXES = ("acknowledged", "actioned", "awaiting_second_key", "challenged", "shelved", "closed")
"""In the order of `Handling.state`: the last that holds is the state."""


def in_state(state: State) -> ColumnElement[bool]:
    """`Handling.state` as a condition: its own axis holds, and none after it."""
    place = -1 if state == "unanswered" else _AXES.index(state)
    later = (ALERT.c[axis] == false() for axis in _AXES[place + 1 :])
    return and_(*later) if place < 0 else and_(ALERT.c[_AXES[place]] == true(), *later)


def conditions(wanted: Wanted, *, walks: bool) -> Iterator[ColumnElement[bool]]:
    """Every filter but reach. `walks`: along the index of the order; else the planner is kept from it."""
    yield _read(ALERT.c.message_status, walks=walks) == wanted.message_status
    for column, words in ((ALERT.c.status, wanted.status), (ALERT.c.severity, wanted.severity)):
        if words:
            yield column.in_(words)
    if wanted.handling:
        yield or_(*(in_state(state) for state in wanted.handling))
        if walks and "closed" not in wanted.handling:
            yield ALERT.c.closed == false()
        elif walks and set(wanted.handling) == {"closed"}:
            yield ALERT.c.closed == true()
    if wanted.owner == "none":
        yield ALERT.c.owner_id.is_(None) if walks else _read(ALERT.c.owner_id, walks=walks) == ""  # nearly all that is closed has none
    if wanted.unfilled is not None:
        yield ALERT.c.unfilled == wanted.unfilled
    if wanted.late is False:
        yield not_(LATE)
    yield from (one.where for one in narrow(wanted, walks=walks))


def _read(column: ColumnElement[str] | ColumnElement[str | None], *, walks: bool) -> ColumnElement[str] | ColumnElement[str | None]:
    """Unless it `walks`, in words that no index of the column answers."""
    return column if walks else func.coalesce(column, "")


def narrow(wanted: Wanted, *, walks: bool = True) -> Iterator[Narrow]:
    """Filters that may leave few."""
    owner_id = wanted.officer_id if wanted.owner == "me" else wanted.owner if wanted.owner != "none" else None
    for column, name in ((ALERT.c.incident_id, wanted.incident_id), (ALERT.c.person_id, wanted.person_id), (ALERT.c.owner_id, owner_id)):
        if name is not None:
            yield Narrow(_read(column, walks=walks) == name, select(ALERT.c.alert_id).where(column == name))
    if wanted.rule:
        yield Narrow(_read(ALERT.c.rule, walks=walks).in_(wanted.rule), select(ALERT.c.alert_id).where(ALERT.c.rule.in_(wanted.rule)))
    rare = ((bool(wanted.late), LATE), (bool(wanted.unfilled), UNFILLED), (wanted.status == ("withdrawn",), WITHDRAWN))
    yield from (Narrow(where, select(ALERT.c.alert_id).where(where)) for is_asked, where in rare if is_asked)
    if wanted.area:
        yield Narrow(in_areas(wanted.area), ids_in(wanted.area))
    if wanted.protected_person_id is not None:
        hers = select(ALERT_PROTECTED.c.alert_id).where(ALERT_PROTECTED.c.protected_person_id == wanted.protected_person_id)
        yield Narrow(hers.where(ALERT_PROTECTED.c.alert_id == ALERT.c.alert_id).exists(), hers)
    if wanted.recipient is not None:
        told = select(TOLD.c.alert_id).where(TOLD.c.officer_id == wanted.officer_id)
        yield Narrow(told.where(TOLD.c.alert_id == ALERT.c.alert_id).exists(), told)
    if wanted.raised_from_at is not None or wanted.raised_to_at is not None:
        yield Narrow(
            # in another order its index is of no use, and SQLite would sort a million by it
            _raised_within(wanted, ALERT.c.raised_at if wanted.sort == "raised" else func.coalesce(ALERT.c.raised_at, ALERT.c.changed_at)),
            select(ALERT.c.alert_id).where(ALERT.c.message_status == wanted.message_status, _raised_within(wanted, ALERT.c.raised_at)),
        )


def _raised_within(wanted: Wanted, raised_at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(
        true() if wanted.raised_from_at is None else raised_at >= wanted.raised_from_at,
        true() if wanted.raised_to_at is None else raised_at < wanted.raised_to_at,
    )
