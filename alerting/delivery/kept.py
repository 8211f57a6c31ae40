"""Claims that the ledger may have kept without saying so: once it answers it is asked, and what is ours goes out, not two minutes later.

A connection may die between a commit and its answer. PostgreSQL tells by its number what became of a transaction: that the row looks
like our claim is not enough, for another sender may have claimed it at the same instant after ours was taken back. SQLite is in this
process, has no such moment and no such number. What is not surely ours is left to its lease. Called by `alerting.delivery.sending`;
kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, text

from alerting.delivery.under_way import Job
from alerting.ledger import outbox
from alerting.ledger.store import AWAY, Ledger

_NUMBER = text("SELECT CAST(pg_current_xact_id() AS text)")
_CAME_TO = text("SELECT pg_xact_status(CAST(:number AS xid8))")
_log = structlog.get_logger("delivery")


class Claims:
    """One lane's last ones, until it is known whether the ledger has them. `left`: how much of its lease a try still needs."""

    def __init__(self, left: timedelta) -> None:
        self._left = left
        self._jobs: tuple[Job, ...] = ()
        self._number: str | None = None

    def __bool__(self) -> bool:
        """Whether there are any of which it is not known."""
        return self._number is not None

    def taken(self, connection: Connection, jobs: Iterable[Job | None]) -> None:
        """These are claimed in the transaction under way, as the last thing that is done in it."""
        self._jobs = tuple(job for job in jobs if job is not None)
        if self._jobs and connection.dialect.name == "postgresql":
            self._number = connection.execute(_NUMBER).scalar_one()

    def known(self) -> None:
        """The ledger has said what became of them."""
        self._jobs, self._number = (), None

    def found(self, ledger: Ledger, clock: Callable[[], datetime]) -> list[Job]:
        """Those that are ours, and have time enough; raises, and can be asked again, while the ledger is away."""
        if not self:
            return []
        try:
            with ledger.read() as connection:
                kept = connection.execute(_CAME_TO, {"number": self._number}).scalar() == "committed"  # not where it is under way still
                ours = [job for job in self._jobs if kept and outbox.is_as_claimed(connection, job.claimed)]
        except AWAY:
            raise
        except Exception as wrong:  # noqa: BLE001  as of a database that was put back: they are left to their lease
            _log.error("claims_not_found", error=type(wrong).__name__)
            ours = []
        self.known()
        at = clock()
        return [job for job in ours if at + self._left <= job.claimed.leased_until_at]
