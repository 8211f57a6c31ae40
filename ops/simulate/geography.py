"""An invented country of a few towns: places as metres east and north of a town's centre, and their degrees.

Towns, streets and addresses are invented; only the names of the police force areas are real. A point is jitter around a town
that does not exist, and never an address. Not the engine's geometry: planning a walk needs no series of metres per degree.
"""

from __future__ import annotations

from math import cos, hypot, pi, radians, sin
from typing import NamedTuple

_METRES_PER_DEGREE_LATITUDE = 111_240.0
_METRES_PER_DEGREE_LONGITUDE_AT_EQUATOR = 111_320.0


class Place(NamedTuple):
    """Metres from the centre of the area's town."""

    east_m: float
    north_m: float

    def towards(self, bearing_rad: float, distance_m: float) -> Place:
        return Place(self.east_m + distance_m * sin(bearing_rad), self.north_m + distance_m * cos(bearing_rad))

    def metres_to(self, other: Place) -> float:
        return hypot(self.east_m - other.east_m, self.north_m - other.north_m)


class Area(NamedTuple):
    """A police force area with its invented town."""

    slug: str
    town: str
    latitude: float
    longitude: float

    @property
    def degrees_per_metre_north(self) -> float:
        return 1 / _METRES_PER_DEGREE_LATITUDE

    @property
    def degrees_per_metre_east(self) -> float:
        return 1 / (_METRES_PER_DEGREE_LONGITUDE_AT_EQUATOR * cos(radians(self.latitude)))

    def degrees(self, place: Place) -> tuple[float, float]:
        """Latitude and longitude of a place, to a tenth of a metre."""
        return (
            round(self.latitude + place.north_m * self.degrees_per_metre_north, 6),
            round(self.longitude + place.east_m * self.degrees_per_metre_east, 6),
        )

    def address(self, place: Place, radius_m: int) -> dict[str, object]:
        """The place in the form that every address of contract.md has."""
        latitude, longitude = self.degrees(place)
        return {"latitude": latitude, "longitude": longitude, "radius_m": radius_m}

    def polygon(self, centre: Place, radius_m: int, corners: int) -> dict[str, object]:
        """A regular GeoJSON polygon whose inner circle has the radius."""
        reach_m = radius_m / cos(pi / corners)
        ring = []
        for corner in range(corners, -1, -1):  # counter-clockwise, as RFC 7946 wants it, and closed
            latitude, longitude = self.degrees(centre.towards(2 * pi * (corner % corners) / corners, reach_m))
            ring.append([longitude, latitude])
        return {"type": "Polygon", "coordinates": [ring]}


AREAS = (
    Area("avon-and-somerset", "Withycombe Cross", 51.243, -2.871),
    Area("kent", "Marrowden", 51.152, 0.742),
    Area("lancashire", "Aldersyke", 53.962, -2.583),
    Area("northumbria", "Hethermoor", 55.163, -2.062),
    Area("devon-and-cornwall", "Tressington", 50.771, -3.942),
)
