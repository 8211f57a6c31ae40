"""Where he is, in words and on a grid; the oracle for the distance to an edge is an independent geometry library."""

from __future__ import annotations

from datetime import UTC, datetime
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from alerting.local_time import clock
from alerting.whereabouts import in_words, on_grid
from schemas import place

AT = datetime(2026, 11, 22, 20, 12, tzinfo=UTC)
LATITUDE, LONGITUDE = 51.44, -2.6
M_PER_DEG_EAST = 111_320 * cos(radians(LATITUDE))


def square(half_m: float, latitude: float = LATITUDE, longitude: float = LONGITUDE) -> place.Polygon:
    north, east = half_m / 111_320, half_m / M_PER_DEG_EAST
    ring = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return place.Polygon(type="Polygon", coordinates=(tuple((longitude + x * east, latitude + y * north) for x, y in ring),))


def test_an_advocate_reads_how_far_inside_the_edge_and_when() -> None:
    assert "240 m inside the edge, 20:12" == in_words([square(240)], LATITUDE, LONGITUDE, AT)


def test_outside_a_circle_is_said_too() -> None:
    circle = place.Address(latitude=LATITUDE, longitude=LONGITUDE, radius_m=500)

    assert "500 m outside the edge, 20:12" == in_words([circle], LATITUDE + 1000 / 111_320, LONGITUDE, AT)


def test_of_several_zones_the_one_he_is_deepest_in_counts() -> None:
    far = square(100, latitude=LATITUDE + 0.1)

    assert "50 m inside the edge, 20:12" == in_words([far, square(50)], LATITUDE, LONGITUDE, AT)


def test_without_an_edge_there_is_nothing_to_say() -> None:
    assert in_words([], LATITUDE, LONGITUDE, AT) is None
    assert in_words([place.OddZone()], LATITUDE, LONGITUDE, AT) is None
    assert in_words([place.Polygon(type="Polygon", coordinates=())], LATITUDE, LONGITUDE, AT) is None


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 7, 1, 19, 12, tzinfo=UTC), "20:12"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "01:30 BST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "01:30 GMT"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "02:30"),
    ],
)
def test_the_time_is_londons_and_the_doubled_hour_says_which(at: datetime, said: str) -> None:
    assert said == clock(at)


offsets_m = st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000))


@given(st.lists(offsets_m, min_size=3, max_size=8), offsets_m)
def test_the_distance_to_the_edge_is_that_of_an_independent_library(corners: list[tuple[float, float]], him: tuple[float, float]) -> None:
    exact = Polygon(corners)
    if not exact.is_valid or exact.area < 1:
        return
    ring = tuple((LONGITUDE + x / M_PER_DEG_EAST, LATITUDE + y / 111_320) for x, y in [*corners, corners[0]])
    zone = place.MultiPolygon(type="MultiPolygon", coordinates=((ring,),))

    said = in_words([zone], LATITUDE + him[1] / 111_320, LONGITUDE + him[0] / M_PER_DEG_EAST, AT)

    away_m = exact.exterior.distance(Point(him))
    assert said is not None
    assert abs(int(said.split(" ")[0]) - away_m) <= 5 + away_m / 1000 + 3
    if away_m > 10:
        assert ("inside" in said) == exact.contains(Point(him))


def test_a_grid_gives_one_point_for_everywhere_in_a_square_kilometre() -> None:
    assert on_grid(51.4412, -2.6011) == on_grid(51.4479, -2.6089)
    assert on_grid(51.4412, -2.6011) != on_grid(51.4512, -2.6011)
    assert (51.445, -2.6025) == on_grid(51.4412, -2.6011)
