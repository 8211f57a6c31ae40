"""Proof that a person is at an address, or is not: by a fix or by the home unit, and which outweighs which (curfew-absence).

A proof holds until the next one, at most for the silence limit (rules.md, word 7); the limits are the rule's parameters.
Pure functions of the engine's facts; what follows from a proof is for the rule.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from schemas.event import EvidenceRef
from streams.engine.tag import HomeUnit, TrackedFix
from streams.engine.zones import Zone, far_outside, signed_distance_m


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Where he was proved to be at `at`, and until when that holds."""

    home: bool
    at: datetime
    until_at: datetime
    ref: EvidenceRef

    def holds(self, at: datetime) -> bool:
        """Whether it speaks for an instant after it: at most for the limit."""
        return at <= self.until_at


def proves(zone: Zone, fix: TrackedFix, coarsest_m: float) -> bool | None:
    """Whether a fix proves presence (True) or absence (False). None: nothing, for it is unsure or coarser than that."""
    radius_m = fix.radius_m
    if radius_m is None or radius_m > coarsest_m:
        return None
    if far_outside(zone, fix.latitude, fix.longitude, radius_m):
        return False
    edge_m = signed_distance_m(zone, fix.latitude, fix.longitude)
    if edge_m >= radius_m:
        return True
    return False if -edge_m > radius_m else None


def by_fix(zone: Zone, fix: TrackedFix | None, coarsest_m: float, limit: timedelta) -> Proof | None:
    """What a fix proves."""
    home = None if fix is None else proves(zone, fix, coarsest_m)
    return None if fix is None or home is None else Proof(home=home, at=fix.at, until_at=fix.at + limit, ref=fix.ref)


def by_unit(unit: HomeUnit | None, fault_at: datetime | None, limit: timedelta) -> Proof | None:
    """What the home unit's last word proves. One that was moved, opened or unplugged since proves presence no more."""
    if unit is None or (unit.present and fault_at is not None and fault_at >= unit.at):
        return None
    return Proof(home=unit.present, at=unit.at, until_at=unit.at + limit, ref=unit.ref)


def away(fix: Proof | None, unit: Proof | None, at: datetime) -> Proof | None:
    """The proof that he is away at an instant. None: either says that he is at home and still holds, or neither says anything.

    `present` of the unit outweighs fixes; a certain fix inside outweighs `not present`.
    """
    holding = [proof for proof in (fix, unit) if proof is not None and proof.holds(at)]
    if not holding or any(proof.home for proof in holding):
        return None
    return max(holding, key=lambda proof: proof.until_at)
