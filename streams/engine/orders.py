"""Orders and their conditions as the engine keeps them: when each is in force, whom it protects, where it holds.

Made from `schemas.order` models by `streams.engine.facts`. A condition that cannot be judged is kept, with its
`fault` (rules.md, word 16). Zones are compiled once and shared by spec (`streams.engine.zones`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from schemas.event import EvidenceRef
from streams.engine.calendar import Period, occurrence_at
from streams.engine.zones import Zone

OFFENDER_MANAGER_ORDERS = ("licence", "hdc", "community_order", "suspended_sentence_order")
"""Kinds under which an offender manager is owed (rules.md B)."""


class Window(msgspec.Struct, frozen=True, gc=False):
    """A span of permission: court, an appointment, an authorised absence."""

    from_at: datetime
    to_at: datetime

    def covers(self, at: datetime) -> bool:
        """Half open: the instant `to_at` is outside."""
        return self.from_at <= at < self.to_at


class Condition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One condition. `zone` is the exclusion or inclusion zone, or the circle of a curfew or residence address."""

    condition_id: str
    kind: str
    protected_person_id: str | None = None
    zone: Zone | None = None
    periods: tuple[Period, ...] = ()
    permitted: tuple[Window, ...] = ()
    modes: tuple[str, ...] = ()
    station: str | None = None
    text: str | None = None
    fault: str | None = None
    """Why it cannot be judged, in words; None when it can."""

    def active(self, at: datetime) -> bool:
        """Whether the timetable holds at `at` and no permission lifts it. The order must be in force besides."""
        if any(window.covers(at) for window in self.permitted):
            return False
        return not self.periods or occurrence_at(self.periods, at) is not None


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One instrument with conditions. In force from `starts_at` until `ends_at` or `ended_at` (rules.md, word 1)."""

    order_id: str
    kind: str
    made_at: datetime
    """When it was made known (`occurred_at` of `order.made`): its duties run from the later of this and `starts_at`."""
    starts_at: datetime
    ref: EvidenceRef
    ends_at: datetime | None = None
    surrender_at: datetime | None = None
    ended_at: datetime | None = None
    varied_at: datetime | None = None
    varied_ref: EvidenceRef | None = None
    conditions: tuple[Condition, ...] = ()
    past: tuple[tuple[datetime, tuple[Condition, ...]], ...] = ()
    """Earlier lists of conditions, each with the instant at which the next one replaced it."""
    absences: tuple[tuple[str, Window], ...] = ()
    """Authorised absences: condition id and span."""
    fault: str | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it ends or has ended; None when no end is known."""
        if self.ended_at is None or self.ends_at is None:
            return self.ended_at or self.ends_at
        return min(self.ended_at, self.ends_at)

    @property
    def duties_at(self) -> datetime:
        """From when the duties that it creates run."""
        return max(self.starts_at, self.made_at)

    def in_force(self, at: datetime) -> bool:
        """Half open: at `over_at` it holds no more."""
        over_at = self.over_at
        return self.starts_at <= at and (over_at is None or at < over_at)

    def held(self, at: datetime) -> tuple[Condition, ...]:
        """The conditions as they stood at an earlier instant (an incident is reported after it happened)."""
        return next((conditions for until_at, conditions in self.past if at < until_at), self.conditions)

    def condition(self, condition_id: str) -> Condition | None:
        """The condition with this id, in the present version."""
        return next((one for one in self.conditions if one.condition_id == condition_id), None)

    def authorised(self, condition_id: str) -> tuple[Window, ...]:
        """Authorised absences from one condition."""
        return tuple(window for of, window in self.absences if of == condition_id)


PROTECTIVE_KINDS = ("no_contact", "not_to_approach", "exclusion_zone")


def protects(order: Order, protected_person_id: str, linked: Iterable[str]) -> bool:
    """Whether the order protects her (protection-gap): a protective condition that names her or nobody.

    An occupation order always; a condition that names nobody protects all who are linked.
    """
    if protected_person_id not in linked:
        return False
    if order.kind == "occupation_order":
        return True
    hers = {None, protected_person_id}
    return any(condition.kind in PROTECTIVE_KINDS and condition.protected_person_id in hers for condition in order.conditions)
