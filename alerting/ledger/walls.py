"""The walls of control rooms as the ledger has them: shifts that were started, and when their screens were last live.

Whether nobody watches is `alerting.nobody_watching`; here it is asked. `watch` is a turn of the service.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from alerting.ledger.own_findings import look, standing
from alerting.ledger.statements import directory
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import SHIFT
from alerting.nobody_watching import SLUG, Wall, changes
from schemas.finding import FindingChange


def watch(ledger: Ledger, now: datetime, terms: Terms, looking_since_at: datetime) -> int:
    """Look once, and raise and close what is due; how many changes that was.

    `looking_since_at`: since when this process looks.
    """

    def new(connection: Connection) -> Sequence[FindingChange]:
        known = walls(connection)
        return tuple(changes(known, directory(connection), standing(connection, SLUG), now, looking_since_at)) if known else ()

    return look(ledger, now, terms, new)


def walls(connection: Connection) -> tuple[Wall, ...]:
    """Of every area that ever started a shift, when a wall of it was last live."""
    until = func.max(func.coalesce(SHIFT.c.live_at, SHIFT.c.began_at))
    rows = connection.execute(select(SHIFT.c.area, until).group_by(SHIFT.c.area).order_by(SHIFT.c.area))
    return tuple(Wall(area, live_at) for area, live_at in rows)
