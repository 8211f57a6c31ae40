"""A connection to PostgreSQL that says nothing is let go: a firewall forgets it, a server freezes, and no error ever comes.

Who waited sees a database that is away, and what follows makes a connection of its own. Loaded by `alerting.ledger.store` with the
first connection: the driver costs a start half a second where the ledger is a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import psycopg
import structlog
from psycopg import errors

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_Said = TypeVar("_Said")
_log = structlog.get_logger("ledger")


class Patient(psycopg.Connection[tuple[object, ...]]):
    """Waits so long for one answer, and no longer."""

    answers_within_s: float | None = None
    """None: for ever, as a migration of many rows must."""

    def wait(self, gen: PQGen[_Said], interval: float = 0.1, timeout: float | None = None) -> _Said:
        """As the driver does; raises `psycopg.OperationalError` when the time is over, and the connection is closed."""
        if timeout is not None or self.answers_within_s is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answers_within_s)
        except errors._WaitTimeout:  # noqa: SLF001  the driver's word for it, to be turned into a public one
            self.pgconn.finish()
            _log.error("postgresql_gave_no_answer", seconds=self.answers_within_s)
            said = f"PostgreSQL gave no whole answer within {self.answers_within_s:g} s; the connection is closed"
            raise psycopg.OperationalError(said) from None
