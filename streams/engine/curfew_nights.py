"""Curfew periods that are running, the absence in each, and whether he is bound to be at home (curfew-absence).

Values and questions about them; what is told of an absence, and when it has lasted, is for the rule. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec

from schemas.event import EvidenceRef
from streams.engine.calendar import occurrence_at
from streams.engine.person import Person
from streams.engine.zone_watch import WatchedZone, windows


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """Away since `since_at`, by proofs that hold until `until_at`. `told`: the finding is open."""

    since_at: datetime
    until_at: datetime
    ref: EvidenceRef
    told: bool = False


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """A curfew period that is running."""

    home: WatchedZone
    night: date
    absence: Absence | None = None

    @property
    def subject(self) -> str:
        """Its natural key: the condition and the local date on which the period starts."""
        return f"{self.home.key}:{self.night.isoformat()}"


def bound(person: Person, home: WatchedZone, at: datetime) -> bool:
    """Whether he must be at home: at liberty, and no permission lifts the curfew."""
    return not person.custody.inside and not any(window.covers(at) for window in windows(person, home))


def runs(night: Night, person: Person, homes: Mapping[str, WatchedZone], at: datetime) -> bool:
    """Whether the period still runs under the orders as they are now, at the same address."""
    home = homes.get(night.home.key)
    order = person.orders.get(night.home.order_id)
    condition = order.condition(night.home.condition_id) if order is not None and order.in_force(at) else None
    running = occurrence_at(condition.periods, at) if condition is not None else None
    return home is not None and home.zone is night.home.zone and running is not None and running.night == night.night


def permission_changes_at(person: Person, nights: Iterable[Night], at: datetime) -> datetime | None:
    """When a permission that lifts one of these next begins or ends."""
    lifted = (window for night in nights for window in windows(person, night.home))
    return min((one for window in lifted for one in (window.from_at, window.to_at) if one > at), default=None)
