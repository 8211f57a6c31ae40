"""The tag as the engine keeps it: what is fitted, the last proof of life, the last fixes and whether they can be trusted.

A fix without accuracy, by `lbs`, or whose implied speed is over 250 km/h is unsure (rules.md, word 6). Implied speed
is measured from the last plausible fix and from the fix before: one wild fix must not poison the next (Traccar's
filter does), and two that agree with each other are believed.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.event import Event, EvidenceRef
from schemas.fix import Fix
from streams.engine.stay import Stay
from streams.engine.zones import distance_m

MAX_SPEED_KMH = 250.0


class Activation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A device on this person. Devices are reused between people, so everything hangs on the activation."""

    activation_id: str
    device_id: str
    modes: tuple[str, ...]
    fitted_at: datetime
    ref: EvidenceRef


class TrackedFix(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fix in its place among its neighbours. `trusted`: it can be certainly inside or outside."""

    at: datetime
    source: str
    id: str
    latitude: float
    longitude: float
    accuracy_m: float | None
    trusted: bool
    plausible: bool

    @property
    def ref(self) -> EvidenceRef:
        """How it is quoted as evidence."""
        return EvidenceRef(self.source, self.id)

    @property
    def radius_m(self) -> float | None:
        """The accuracy to judge with: None (unsure) when the fix is not trusted."""
        return self.accuracy_m if self.trusted else None


class HomeUnit(msgspec.Struct, frozen=True, gc=False):
    """The last word of the home unit."""

    at: datetime
    ref: EvidenceRef
    present: bool


class Tag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Electronic monitoring of one person."""

    first_fitted_at: datetime | None = None
    fitted: tuple[Activation, ...] = ()
    """Open activations, in the order of fitting."""
    worn: tuple[Stay, ...] = ()
    """The times with a device on that are over."""
    proof_at: datetime | None = None
    """The last proof of life: a position by any mechanism, or the home unit saying present."""
    proof_source: str = ""
    proof_id: str = ""
    fix: TrackedFix | None = None
    fix_before: TrackedFix | None = None
    plausible_fix: TrackedFix | None = None
    home_unit: HomeUnit | None = None
    battery_percent: float | None = None
    """The last reading, by a fix or a status."""

    @property
    def proof_ref(self) -> EvidenceRef | None:
        """The last proof of life as evidence."""
        return EvidenceRef(self.proof_source, self.proof_id) if self.proof_at is not None else None

    def modes(self) -> frozenset[str]:
        """All modes that are fitted now."""
        return frozenset(mode for one in self.fitted for mode in one.modes)

    def activation_of(self, device_id: str) -> str:
        """The open activation of a device; the device's own id when it was never fitted in our sight."""
        return next((one.activation_id for one in self.fitted if one.device_id == device_id), device_id)


def _too_fast(before: TrackedFix | None, at: datetime, fix: Fix) -> bool:
    if before is None:
        return False
    # A first look in degrees: 0.0003 degrees a second is at most 33 m/s, so no distance need be worked out.
    seconds = max((at - before.at).total_seconds(), 1.0)
    if abs(before.latitude - fix.latitude) + abs(before.longitude - fix.longitude) < 0.0003 * seconds:
        return False
    metres = distance_m(before.latitude, before.longitude, fix.latitude, fix.longitude)
    return metres > MAX_SPEED_KMH / 3.6 * seconds


def track(tag: Tag, event: Event, fix: Fix) -> Tag:
    """The tag after a fix: proof of life, neighbours, trust."""
    at = event.occurred_at
    too_fast = _too_fast(tag.plausible_fix, at, fix) and _too_fast(tag.fix, at, fix)
    tracked = TrackedFix(
        at=at,
        source=event.source,
        id=event.id,
        latitude=fix.latitude,
        longitude=fix.longitude,
        accuracy_m=fix.accuracy_m,
        trusted=fix.accuracy_m is not None and fix.accuracy_m > 0 and fix.mechanism != "lbs" and not too_fast,
        plausible=not too_fast,
    )
    return Tag(
        first_fitted_at=tag.first_fitted_at,
        fitted=tag.fitted,
        proof_at=at,
        proof_source=event.source,
        proof_id=event.id,
        fix=tracked,
        fix_before=tag.fix,
        plausible_fix=tag.plausible_fix if too_fast else tracked,
        home_unit=tag.home_unit,
        battery_percent=tag.battery_percent if fix.battery_percent is None else fix.battery_percent,
    )
