"""A position fix on the fast path: the msgspec twin of the pydantic model `schemas.tagging.TaggingPosition`.

A tagging feed is nearly all fixes, so they are decoded by msgspec; a test proves both decoders equal.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Mechanism = Literal["gps", "wifi", "rf", "lbs"]

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Metres = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
_KilometresPerHour = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
_Degrees = Annotated[float, msgspec.Meta(ge=0, le=360)]
_Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Fix(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Data of `tagging.position`. WGS84 degrees; `accuracy_m` is a radius in metres, None is unknown (not perfect).

    The ranges bind in decoding alone: msgspec does not check what Python code constructs. A line with a field that is not
    here takes the slow path, which lets it through and drops it: a fix keeps 26 bytes in the store, and no extras.
    """

    device_id: _Id
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    mechanism: Mechanism
    activation_id: _Id | None = None
    accuracy_m: _Metres | None = None
    speed_kmh: _KilometresPerHour | None = None
    direction_deg: _Degrees | None = None
    battery_percent: _Percent | None = None
