"""Place: whether a position, with its accuracy, is inside a zone; whether a path went through it; how far it is.

It does not say what is a breach, nor which fixes belong together: it answers one question about one geometry. Called by the engine and the
rules; the other `zone_*` modules are its parts, and everything public has its name here.

Edge policy: the edge belongs to the zone. A position on it (within a millimetre) is inside, with distance 0.0.
Accuracy policy: the accuracy is a radius; the position may be anywhere within it. Certainly inside or outside is when that whole circle is;
all else is unsure. No accuracy is unsure, and so is 0: a receiver that reports perfection has not measured.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import msgspec

from streams.engine.zone_metres import distance_m
from streams.engine.zone_path import Crossing, crossing
from streams.engine.zone_shape import Zone, local_metres, sides_cross, signed_distance_at, signed_distance_m
from streams.engine.zone_spec import BadZone, circle, compile_zone, polygon, spec_of

__all__ = [
    "BadZone",
    "Crossing",
    "Where",
    "Zone",
    "circle",
    "compile_zone",
    "crossing",
    "distance_m",
    "far_outside",
    "overlaps",
    "polygon",
    "signed_distance_m",
    "spec_of",
    "where",
]

_NEIGHBOURS_CACHED: Final = 4_096


class Where(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a position lies. `edge_distance_m` is signed: positive inside. It is the distance of the centre, whatever the accuracy."""

    place: Literal["inside", "outside", "unsure"]
    centre_inside: bool
    edge_distance_m: float


def where(zone: Zone, latitude: float, longitude: float, accuracy_m: float | None) -> Where:
    """Inside, outside or unsure, by the whole accuracy circle. Always exact: for the many fixes far away ask `far_outside` first."""
    edge_m = signed_distance_m(zone, latitude, longitude)
    place: Literal["inside", "outside", "unsure"] = "unsure"
    if accuracy_m is not None and accuracy_m > 0:
        if edge_m >= accuracy_m:
            place = "inside"
        elif -edge_m > accuracy_m:
            place = "outside"
    return Where(place=place, centre_inside=edge_m >= 0.0, edge_distance_m=edge_m)


def far_outside(zone: Zone, latitude: float, longitude: float, accuracy_m: float | None) -> bool:
    """True only where `where` would say outside, decided by the zone's box alone, with no distance. False says nothing: ask `where`.

    Without an accuracy it is never True, for such a fix is unsure at any distance.
    """
    if accuracy_m is None or not accuracy_m > 0:
        return False
    margin = accuracy_m * zone.degrees_north_per_m
    if latitude < zone.south - margin or latitude > zone.north + margin:
        return True
    margin = accuracy_m * zone.degrees_east_per_m
    return longitude < zone.west - margin or longitude > zone.east + margin


@lru_cache(maxsize=_NEIGHBOURS_CACHED)
def overlaps(one: Zone, other: Zone) -> bool:
    """Whether two zones share any ground; touching counts. Where rings of one zone overlap each other it may say so too readily."""
    if one is other:
        return True
    if one.north < other.south or other.north < one.south or one.east < other.west or other.east < one.west:
        return False
    if not other.parts:
        reach_m = -other.radius_m
        if not one.parts:
            apart_m = distance_m(one.centre_latitude, one.centre_longitude, other.centre_latitude, other.centre_longitude)
            return apart_m <= one.radius_m - reach_m
        return signed_distance_m(one, other.centre_latitude, other.centre_longitude) >= reach_m
    if not one.parts:
        return overlaps(other, one)
    mine, others = _sides(one, one), _sides(one, other)
    return (
        any(signed_distance_at(one, *start) >= 0.0 for start, _ in others)
        or any(signed_distance_at(other, *start) >= 0.0 for start, _ in _sides(other, one))
        or any(sides_cross(*side, *another) for side in mine for another in others)
    )


def _sides(frame: Zone, zone: Zone) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The sides of a polygon in another zone's local metres."""

    def moved(x: float, y: float) -> tuple[float, float]:
        return local_metres(frame, zone.centre_latitude + y / zone.metres_north, zone.centre_longitude + x / zone.metres_east)

    return [(moved(x1, y1), moved(x1 + dx, y2)) for part in zone.parts for ring in part for x1, y1, y2, dx, _, _, _ in ring]
