"""`tagging.*`: electronic monitoring. Devices are reused between people: everything hangs on the activation.

`TaggingPosition` is the source of the reference and of the precise error; events carry its msgspec twin, `schemas.fix.Fix`.
"""

from __future__ import annotations

from typing import Literal

from schemas.fields import Count, Degrees, Flag, Id, KilometresPerHour, Latitude, Longitude, Metres, Percent, Text, Value
from schemas.fix import Mechanism
from schemas.order import TagMode


class TaggingFitted(Value):
    """A device is fitted to the person: an activation begins."""

    device_id: Id
    activation_id: Id
    modes: tuple[TagMode, ...]


class TaggingRemoved(Value):
    """A device is taken off by the supplier: the activation ends."""

    device_id: Id
    activation_id: Id
    reason: Literal["end_of_order", "replaced", "custody", "hospital", "other"]


class TaggingFitFailed(Value):
    """The supplier came and could not fit."""

    reason: Text
    attempt: Count


class TaggingPosition(Value):
    """A position fix. `accuracy_m` is a radius; absent is unknown, not perfect."""

    device_id: Id
    activation_id: Id | None = None
    latitude: Latitude
    longitude: Longitude
    accuracy_m: Metres | None = None
    mechanism: Mechanism
    speed_kmh: KilometresPerHour | None = None
    direction_deg: Degrees | None = None
    battery_percent: Percent | None = None


class TaggingStatus(Value):
    """The device is alive; it proves nothing about where a GPS tag is."""

    device_id: Id
    battery_percent: Percent | None = None
    charging: Flag | None = None


class TaggingShutdown(Value):
    """The device says that it goes off."""

    device_id: Id
    reason: Literal["battery_flat", "unknown"]


class TaggingStrap(Value):
    """The strap was cut or opened, or is whole again."""

    device_id: Id
    state: Literal["tampered", "restored"]


class TaggingSignal(Value):
    """The device lost its signal, or has it again."""

    device_id: Id
    state: Literal["lost", "restored"]


class TaggingHomeUnit(Value):
    """The unit at the curfew address hears the tag, or does not."""

    device_id: Id
    present: Flag


class TaggingHomeUnitFault(Value):
    """The unit itself was moved, unplugged or opened."""

    device_id: Id | None = None
    kind: Literal["moved", "power_lost", "tampered"]


class TaggingAlcohol(Value):
    """A reading of an alcohol tag; it carries no level."""

    device_id: Id
    result: Literal["positive", "negative", "interference"]
