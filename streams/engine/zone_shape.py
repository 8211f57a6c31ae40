"""What a zone is once compiled, and the one measurement that everything else is made of: the signed distance to its edge.

Not where zones come from (`zone_spec` reads and judges the geometry), nor what a fix means (`zones`). Called by those two and `zone_path`.

Local metres: east and north of the zone's centre, one length of a degree each. A polygon's edge is straight between its corners in
degrees, as GeoJSON has it, and this frame keeps it straight; so inside and outside are exact at any size, and only distances stretch, by
0.2 % some 10 km from the centre. A circle has no corners to keep: there the length of a degree follows the latitude, and 20 km stay 20 km.

A polygon part is its outer ring less its holes; a zone is its parts together. Rings are combined by distance, not by counting crossings, so
a corridor drawn too long, or two parts that overlap, mean what was meant. Where rings do touch or overlap, a distance may be understated,
never overstated: what is called certain is certain.
"""

from __future__ import annotations

from math import hypot, inf, sqrt
from typing import Final

# x1, y1, y2, dx, dy in metres; 1 / squared length; dx / dy (0 for a level edge, where it is never read).
Edge = tuple[float, float, float, float, float, float, float]
Ring = tuple[Edge, ...]
Part = tuple[Ring, ...]  # the outer ring, then its holes

# A millimetre from the edge is on it: floating point cannot tell, and no receiver ever will.
ON_EDGE_M: Final = 0.001

# A circle's degree of longitude changes within the margin round it; 5 % covers a fix with an accuracy of 100 km.
_MARGIN: Final = 1.05


class Zone:
    """A compiled zone. Equal only to itself, so it can be a key at no cost; `spec` is its text, and compiling that gives this very zone."""

    __slots__ = (
        "centre_latitude",
        "centre_longitude",
        "degrees_east_per_m",
        "degrees_north_per_m",
        "east",
        "east_slope",
        "metres_east",
        "metres_north",
        "north",
        "north_slope",
        "parts",
        "radius_m",
        "south",
        "spec",
        "west",
    )

    def __init__(
        self,
        *,
        spec: str,
        centre: tuple[float, float],
        scale: tuple[float, float],
        slope: tuple[float, float],
        box: tuple[float, float, float, float],
        radius_m: float = 0.0,
        parts: tuple[Part, ...] = (),
    ) -> None:
        self.spec: Final = spec
        self.centre_latitude: Final = centre[0]
        self.centre_longitude: Final = centre[1]
        self.metres_north: Final = scale[0]
        self.metres_east: Final = scale[1]
        self.north_slope: Final = slope[0]
        self.east_slope: Final = slope[1]
        self.south: Final = box[0]
        self.west: Final = box[1]
        self.north: Final = box[2]
        self.east: Final = box[3]
        self.degrees_north_per_m: Final = _MARGIN / scale[0]
        self.degrees_east_per_m: Final = _MARGIN / scale[1]
        self.radius_m: Final = radius_m
        self.parts: Final = parts

    def __repr__(self) -> str:
        return f"Zone({self.spec})"


def local_metres(zone: Zone, latitude: float, longitude: float) -> tuple[float, float]:
    """Metres east and north of the zone's centre."""
    up = latitude - zone.centre_latitude
    return (
        (longitude - zone.centre_longitude) * (zone.metres_east + up * zone.east_slope),
        up * (zone.metres_north + up * zone.north_slope),
    )


def signed_distance_m(zone: Zone, latitude: float, longitude: float) -> float:
    """Metres to the zone's edge, positive inside, negative outside; exactly 0.0 on the edge (within a millimetre)."""
    x, y = local_metres(zone, latitude, longitude)
    return signed_distance_at(zone, x, y)


def signed_distance_at(zone: Zone, x: float, y: float) -> float:
    """The same for local metres."""
    distance_m = max([part_distance(part, x, y) for part in zone.parts]) if zone.parts else zone.radius_m - hypot(x, y)
    return 0.0 if -ON_EDGE_M <= distance_m <= ON_EDGE_M else distance_m


def sides_cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    """Whether the stretches ab and cd pass through one another, by more than a millimetre: a touch is no crossing."""
    return _apart(a, b, c, d) and _apart(c, d, a, b)


def _apart(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    """Whether c and d lie on either side of the line through a and b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    reach = ON_EDGE_M * hypot(dx, dy)
    left = dx * (c[1] - a[1]) - dy * (c[0] - a[0])
    right = dx * (d[1] - a[1]) - dy * (d[0] - a[0])
    return (left > reach and right < -reach) or (left < -reach and right > reach)


def part_distance(part: Part, x: float, y: float) -> float:
    distance_m = ring_distance(part[0], x, y)
    for hole in part[1:]:
        distance_m = min(distance_m, -ring_distance(hole, x, y))
    return distance_m


def ring_distance(ring: Ring, x: float, y: float) -> float:
    """Even-odd parity and the nearest edge in one pass. This loop is the engine's hottest: hence no calls in it."""
    nearest = inf
    inside = False
    for x1, y1, y2, dx, dy, inverse, slope in ring:
        px = x - x1
        py = y - y1
        if (y1 > y) is not (y2 > y) and px < py * slope:
            inside = not inside
        along = (px * dx + py * dy) * inverse
        if along > 0.0:
            if along < 1.0:
                px -= along * dx
                py -= along * dy
            else:
                px -= dx
                py -= dy
        squared = px * px + py * py
        if not squared >= nearest:  # so written that a position that is no number has a distance that is none
            nearest = squared
    return sqrt(nearest) if inside else -sqrt(nearest)
