"""Whether an alert is in some areas: nearly all are in one, which their row says, and so do the indexes of the lists.

Who may see what there is `alerting.ledger.ways`. Called wherever a list, or a right, depends on where an alert is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from alerting.ledger.tables.alerts import ALERT, ALERT_AREA

NOWHERE = ""
ACROSS: ColumnElement[bool] = ALERT.c.only_area.is_(None)
"""In several areas; few are."""
IN_NONE: ColumnElement[bool] = ALERT.c.only_area == NOWHERE


def only(areas: Sequence[str]) -> str | None:
    """The one area of an alert; `NOWHERE` where it has none, None where it has several."""
    return NOWHERE if not areas else areas[0] if len(set(areas)) == 1 else None


def in_areas(areas: Collection[str]) -> ColumnElement[bool]:
    """An alert that is in any of these areas."""
    among = sorted(areas)
    there = select(ALERT_AREA.c.alert_id).where(ALERT_AREA.c.alert_id == ALERT.c.alert_id, ALERT_AREA.c.area.in_(among))
    return or_(ALERT.c.only_area.in_(among), and_(ACROSS, exists(there.correlate_except(ALERT_AREA))))


def ids_in(areas: Collection[str]) -> Select[tuple[str]]:
    """The ids of all that are."""
    return select(ALERT_AREA.c.alert_id).where(ALERT_AREA.c.area.in_(sorted(areas)))
