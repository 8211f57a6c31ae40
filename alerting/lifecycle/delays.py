"""The three delays of an alert: happened to known, known to acknowledged, acknowledged to acted (design 8). Pure.

None while the second of the two instants has not come. A forecast is known before it happens: that is no delay. Called by
whatever shows an alert, and by the figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alerting.lifecycle.handling import Handling
from schemas.alert import Alert


class Delays(NamedTuple):
    """In whole seconds."""

    happened_to_known_s: int
    known_to_acknowledged_s: int | None
    acknowledged_to_acted_s: int | None


def delays(alert: Alert, handling: Handling) -> Delays:
    """Of one alert, counted to the first time that somebody acknowledged, and acted."""
    acknowledged_at, acted_at = handling.first_acknowledged_at, handling.first_acted_at
    return Delays(
        happened_to_known_s=_seconds(alert.began_at, alert.raised_at),
        known_to_acknowledged_s=None if acknowledged_at is None else _seconds(alert.raised_at, acknowledged_at),
        acknowledged_to_acted_s=None if acknowledged_at is None or acted_at is None else _seconds(acknowledged_at, acted_at),
    )


def _seconds(earlier_at: datetime, later_at: datetime) -> int:
    return max(0, int((later_at - earlier_at).total_seconds()))
