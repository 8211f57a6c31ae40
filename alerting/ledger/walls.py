"""The walls of control rooms as the ledger has them: shifts that were started, and when their screens were last live.

Whether nobody watches is `alerting.nobody_watching`; here it is asked, and what is new is told as any finding is. A turn of the
service, which may run in two processes: the second finds nothing new.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from alerting.ledger.statements import directory
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import SHIFT
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.telling import Change, tell
from alerting.nobody_watching import SLUG, Wall, changes
from schemas.finding import Finding, FindingChange


def watch(ledger: Ledger, now: datetime, terms: Terms, looking_since_at: datetime) -> int:
    """Look once, and raise and close what is due; how many changes that was. It writes only when there are any.

    `looking_since_at`: since when this process looks.
    """
    with ledger.read() as connection:
        if not _new(connection, now, looking_since_at):
            return 0
    with ledger.write(now) as writing:
        new = _new(writing.connection, now, looking_since_at)
        tell(writing, [Change(change, None) for change in new], terms)
    return len(new)


def walls(connection: Connection) -> tuple[Wall, ...]:
    """Of every area that ever started a shift, when a wall of it was last live."""
    until = func.max(func.coalesce(SHIFT.c.live_at, SHIFT.c.began_at))
    rows = connection.execute(select(SHIFT.c.area, until).group_by(SHIFT.c.area).order_by(SHIFT.c.area))
    return tuple(Wall(area, live_at) for area, live_at in rows)


def _new(connection: Connection, now: datetime, looking_since_at: datetime) -> tuple[FindingChange, ...]:
    known = walls(connection)
    return tuple(changes(known, directory(connection), _unwatched(connection), now, looking_since_at)) if known else ()


def _unwatched(connection: Connection) -> dict[str, Finding]:
    open_ = select(ALERT.c.finding).where(ALERT.c.person_id.is_(None), ALERT.c.living, ALERT.c.rule == SLUG, ALERT.c.status == "open")
    findings = (Finding.model_validate_json(said) for said in connection.execute(open_).scalars())
    return {finding.subject: finding for finding in findings}
