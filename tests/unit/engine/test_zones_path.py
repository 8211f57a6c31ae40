"""Straight paths through zones: where they go in, where they come out, how deep they went."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.zones import Crossing, Zone, circle, crossing, polygon, signed_distance_m

LATITUDE, LONGITUDE = 51.45, -2.58
NORTH_M, EAST_M = 111_256.9, 69_516.5  # metres a degree at that latitude


def at(east_m: float, north_m: float) -> tuple[float, float]:
    return LATITUDE + north_m / NORTH_M, LONGITUDE + east_m / EAST_M


def corners(*corners_m: tuple[float, float]) -> list[list[float]]:
    return [[longitude, latitude] for latitude, longitude in (at(*corner) for corner in corners_m)]


def box(west_m: float, south_m: float, east_m: float, north_m: float) -> list[list[float]]:
    return corners((west_m, south_m), (east_m, south_m), (east_m, north_m), (west_m, north_m))


def walk(zone: Zone, from_m: tuple[float, float], to_m: tuple[float, float]) -> Crossing | None:
    return crossing(zone, *at(*from_m), *at(*to_m))


def crossed(enters: float, leaves: float, depth_m: float) -> tuple[object, object, object]:
    return pytest.approx(enters, abs=2e-4), pytest.approx(leaves, abs=2e-4), pytest.approx(depth_m, abs=0.06)


def told(found: Crossing | None) -> tuple[float, float, float]:
    assert found is not None
    return found.enters_at_fraction, found.leaves_at_fraction, found.depth_m


CIRCLE = circle(LATITUDE, LONGITUDE, 100)
SQUARE = polygon({"type": "Polygon", "coordinates": [box(-100, -100, 100, 100)]})
COURTYARD = polygon({"type": "Polygon", "coordinates": [box(-100, -100, 100, 100), box(-40, -40, 40, 40)]})
TWO = polygon({"type": "MultiPolygon", "coordinates": [[box(-300, -50, -200, 50)], [box(200, -50, 300, 50)]]})


@pytest.mark.parametrize("zone", [CIRCLE, SQUARE])
def test_a_path_straight_through_goes_in_and_out_and_is_as_deep_as_the_middle(zone: Zone) -> None:
    assert crossed(0.25, 0.75, 100) == told(walk(zone, (-200, 0), (200, 0)))
    assert crossed(0.25, 0.75, 100) == told(walk(zone, (0, 200), (0, -200)))


@pytest.mark.parametrize("zone", [CIRCLE, SQUARE])
def test_a_path_that_starts_or_ends_inside_is_inside_from_its_start_or_to_its_end(zone: Zone) -> None:
    assert crossed(0, 0.5, 50) == told(walk(zone, (50, 0), (150, 0)))
    assert crossed(0.5, 1, 50) == told(walk(zone, (150, 0), (50, 0)))
    assert crossed(0, 1, 100) == told(walk(zone, (-20, 0), (20, 0)))


@pytest.mark.parametrize("zone", [CIRCLE, SQUARE, COURTYARD, TWO])
def test_a_path_that_misses_is_none_whether_or_not_its_box_meets_the_zones(zone: Zone) -> None:
    assert walk(zone, (-1_000, 200), (1_000, 200)) is None
    assert walk(zone, (-1_000, -200), (1_000, -1_200)) is None
    assert walk(zone, (-1_000, 0), (-400, 0)) is None
    assert walk(zone, (1_000, 0), (400, 0)) is None
    assert walk(zone, (-390, 20), (20, 800)) is None  # past the corner, box over box


@pytest.mark.parametrize("zone", [CIRCLE, SQUARE])
def test_standing_still_is_a_path_too(zone: Zone) -> None:
    assert crossed(0, 1, 70) == told(walk(zone, (30, 0), (30, 0)))
    assert walk(zone, (101, 0), (101, 0)) is None


def test_a_cut_through_a_corner_is_found_however_short() -> None:
    assert crossed(0.495, 0.5, 0.5) == told(walk(SQUARE, (0, 199), (200, -1)))
    assert walk(SQUARE, (0, 201), (200, 1)) is None


def test_only_the_first_stretch_counts_and_its_own_depth() -> None:
    assert crossed(0.25, 0.4, 30) == told(walk(COURTYARD, (-200, 0), (200, 0)))
    assert crossed(1 / 8, 2 / 8, 50) == told(walk(TWO, (-400, 0), (400, 0)))
    assert crossed(1 / 8, 2 / 8, 50) == told(walk(TWO, (400, 0), (-400, 0)))


def test_a_path_beside_an_edge_has_the_depth_of_that_edge() -> None:
    assert crossed(0.25, 0.75, 7) == told(walk(SQUARE, (-200, 93), (200, 93)))


def test_a_path_along_the_edge_is_inside_with_no_depth_and_a_touch_is_no_crossing() -> None:
    latitude, _ = at(0, 100)
    found = crossing(SQUARE, latitude, at(-200, 0)[1], latitude, at(200, 0)[1])
    assert crossed(0.25, 0.75, 0) == told(found)
    assert walk(SQUARE, (0, 200), (200, 0)) is None
    assert walk(CIRCLE, (-200, 100.01), (200, 100.01)) is None


def test_parts_that_share_a_side_are_walked_through_as_one() -> None:
    side_by_side = polygon({"type": "MultiPolygon", "coordinates": [[box(-100, -50, 0, 50)], [box(0, -30, 100, 50)]]})
    assert crossed(0.25, 0.75, 50) == told(walk(side_by_side, (-200, 0), (200, 0)))


numbers_m = st.floats(-500, 500)
spots = st.tuples(numbers_m, numbers_m)
L_SHAPE = polygon({"type": "Polygon", "coordinates": [corners((-200, -200), (200, -200), (200, -50), (-50, -50), (-50, 200), (-200, 200))]})


@settings(max_examples=150)
@given(start=spots, end=spots, zone=st.sampled_from([CIRCLE, SQUARE, COURTYARD, TWO, L_SHAPE]))
def test_walked_in_small_steps_the_path_is_inside_just_where_the_crossing_says(
    start: tuple[float, float], end: tuple[float, float], zone: Zone
) -> None:
    steps = 400
    found = walk(zone, start, end)
    (from_latitude, from_longitude), (to_latitude, to_longitude) = at(*start), at(*end)

    def depth(fraction: float) -> float:
        return signed_distance_m(
            zone, from_latitude + fraction * (to_latitude - from_latitude), from_longitude + fraction * (to_longitude - from_longitude)
        )

    walked = [(step / steps, depth(step / steps)) for step in range(steps + 1)]
    if found is None:
        assert all(depth_m < 0.01 for _, depth_m in walked)
        return
    enters, leaves = found.enters_at_fraction, found.leaves_at_fraction
    assert all(depth_m < 0.01 for fraction, depth_m in walked if fraction < enters)
    on_stretch = [depth_m for fraction, depth_m in walked if enters <= fraction <= leaves]
    assert all(depth_m > -0.01 for depth_m in on_stretch)
    assert all(depth_m <= found.depth_m + 0.06 for depth_m in on_stretch)
    length_m = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    assert found.depth_m <= max([*on_stretch, 0.0]) + length_m / steps + 0.06
