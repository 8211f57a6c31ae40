"""What a process has seen on the machine's clock: it looks at each turn of the sweep, leaves a mark, and sees when the clock goes back.

Only two things prove that: this process's own clock reads less than it did, or it has just started and the ledger's mark lies ahead.
A mark that lies ahead at any other time is that of another machine, whose clock is wrong while it lives: to move what waits for each
of its marks would let every clock run out at once. A jump forwards cannot be told from an hour asleep: what is due is due.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from alerting.ledger.clock_jumps import TOLERANCE, mark, put_right
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger

MARKS_EVERY = timedelta(seconds=5)
_log = structlog.get_logger("service")


class Seen:
    """One process's. Called by one thread."""

    def __init__(self, ledger: Ledger, terms: Terms) -> None:
        self._ledger, self._terms = ledger, terms
        self._last_at: datetime | None = None
        self._marked_at: datetime | None = None

    def look(self, now: datetime) -> timedelta:
        """How far the clock has gone back, where this has put it right. What fails is tried again at the next look."""
        last_at, back = self._last_at, timedelta()
        if last_at is None or now < last_at - TOLERANCE:
            back = put_right(self._ledger, now, self._terms, last_at)
            if back:
                _log.warning("clock_went_back", by_s=round(back.total_seconds()))
        self._last_at = now
        if self._marked_at is None or not self._marked_at <= now < self._marked_at + MARKS_EVERY:
            mark(self._ledger, now)
            self._marked_at = now
        return back
