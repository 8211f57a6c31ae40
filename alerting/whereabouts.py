"""Where he is, in the form that a role may know it: in words against the edge of a zone, or on a grid of a kilometre.

Not whether he is in breach: the engine judges, with accuracy and time; this only says. An advocate reads "240 m inside the edge,
20:12" and no position leaves. Local metres around the position are right to a few metres within a few kilometres. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from math import cos, hypot, inf, radians

from alerting.local_time import clock
from schemas.place import Address, MultiPolygon, Polygon, Ring, Zone

LATITUDE_STEP_DEG, LONGITUDE_STEP_DEG = 0.01, 0.015
"""About a kilometre each in England and Wales."""
ROUNDED_TO_M = 10
_M_PER_DEG = 111_320.0
Point = tuple[float, float]


def on_grid(latitude: float, longitude: float) -> tuple[float, float]:
    """The middle of the square kilometre that the position lies in."""
    north = (latitude // LATITUDE_STEP_DEG + 0.5) * LATITUDE_STEP_DEG
    east = (longitude // LONGITUDE_STEP_DEG + 0.5) * LONGITUDE_STEP_DEG
    return round(north, 4), round(east, 4)


def in_words(zones: Iterable[Zone], latitude: float, longitude: float, at: datetime) -> str | None:
    """How far inside or outside the zone he was and when, as `240 m inside the edge, 20:12`; of several, the one he is deepest in.

    None where no zone has an edge: then there is nothing to say but the sentence of the alert.
    """
    depth_m = max((_depth_m(zone, latitude, longitude) for zone in zones), default=-inf)
    if depth_m == -inf:
        return None
    metres = round(abs(depth_m) / ROUNDED_TO_M) * ROUNDED_TO_M
    return f"{metres} m {'inside' if depth_m >= 0 else 'outside'} the edge, {clock(at)}"


def _depth_m(zone: Zone, latitude: float, longitude: float) -> float:
    """Metres inside the edge, negative outside; minus infinity where there is no edge."""
    if isinstance(zone, Address):
        east_m, north_m = _metres((zone.longitude, zone.latitude), latitude, longitude)
        return zone.radius_m - hypot(east_m, north_m)
    polygons = zone.coordinates if isinstance(zone, MultiPolygon) else (zone.coordinates,) if isinstance(zone, Polygon) else ()
    return max((_depth_in(rings, latitude, longitude) for rings in polygons), default=-inf)


def _depth_in(rings: tuple[Ring, ...], latitude: float, longitude: float) -> float:
    sides = [side for ring in rings for side in _sides(ring, latitude, longitude)]
    if not sides:
        return -inf
    inside = sum(_crosses(start, end) for start, end in sides) % 2 == 1
    edge_m = min(_from_side(start, end) for start, end in sides)
    return edge_m if inside else -edge_m


def _sides(ring: Ring, latitude: float, longitude: float) -> Iterator[tuple[Point, Point]]:
    corners = [_metres(position, latitude, longitude) for position in ring]
    return zip(corners, [*corners[1:], *corners[:1]], strict=True)


def _metres(position: tuple[float, ...], latitude: float, longitude: float) -> Point:
    """East and north of the position asked about, which is (0, 0)."""
    return (position[0] - longitude) * _M_PER_DEG * cos(radians(latitude)), (position[1] - latitude) * _M_PER_DEG


def _crosses(start: Point, end: Point) -> bool:
    """Whether the line from (0, 0) to the east crosses the side."""
    (from_x, from_y), (to_x, to_y) = start, end
    return (from_y > 0) != (to_y > 0) and from_x + (to_x - from_x) * -from_y / (to_y - from_y) > 0


def _from_side(start: Point, end: Point) -> float:
    (from_x, from_y), (to_x, to_y) = start, end
    along_x, along_y = to_x - from_x, to_y - from_y
    length_2 = along_x**2 + along_y**2
    share = 0.0 if length_2 == 0 else max(0.0, min(1.0, -(from_x * along_x + from_y * along_y) / length_2))
    return hypot(from_x + share * along_x, from_y + share * along_y)
