"""Metres on the WGS84 ellipsoid without a library: the length of a degree, and the distance between two positions.

Not a projection of the country (the National Grid stretches by up to 4 parts in 10,000). Called by the zone modules and, through
`zones`, by whoever needs a distance. Checked against an independent geodesic in the tests.
"""

from __future__ import annotations

from math import asin, atan, cos, radians, sin, sqrt, tan
from typing import Final

EARTH_RADIUS_M: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257223563


def metres_per_degree_north(latitude: float) -> float:
    """Length of one degree along the meridian at this latitude (111.3 km in England)."""
    phi = radians(latitude)
    return 111_132.954 - 559.822 * cos(2 * phi) + 1.175 * cos(4 * phi) - 0.0023 * cos(6 * phi)


def metres_per_degree_east(latitude: float) -> float:
    """Length of one degree along the parallel at this latitude (71.5 km in Penzance, 62.1 km in Berwick)."""
    phi = radians(latitude)
    return 111_412.84 * cos(phi) - 93.5 * cos(3 * phi) + 0.118 * cos(5 * phi)


def distance_m(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Distance over ground, Lambert's formula: within a metre up to 500 km. A sphere would be wrong by up to 0.5 %."""
    north = atan((1 - FLATTENING) * tan(radians(from_latitude)))
    south = atan((1 - FLATTENING) * tan(radians(to_latitude)))
    half_sum, half_difference = (north + south) / 2, (south - north) / 2
    chord = sin(half_difference) ** 2 + cos(north) * cos(south) * sin(radians(to_longitude - from_longitude) / 2) ** 2
    if chord == 0.0:
        return 0.0
    angle = 2 * asin(min(1.0, sqrt(chord)))
    # The far side of the earth: never ours, but a receiver can say anything, and it must not divide by nothing.
    opposite = max(1 - chord, 1e-12)
    stretch = (angle - sin(angle)) * (sin(half_sum) * cos(half_difference)) ** 2 / opposite
    squeeze = (angle + sin(angle)) * (cos(half_sum) * sin(half_difference)) ** 2 / chord
    return EARTH_RADIUS_M * (angle - FLATTENING / 2 * (stretch + squeeze))
