"""Where the shell takes the time from: one object, handed in. Real time here; the demo brings a faster one of its own.

Nothing below the shell reads it: instants are arguments there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class RealTime:
    """The machine's clock."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)
