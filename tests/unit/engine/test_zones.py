"""Place, told with a house in Preston (invented) and distances that can be checked with a ruler."""

from __future__ import annotations

import math
import time

import pytest

from streams.engine.zones import BadZone, Zone, circle, compile_zone, far_outside, overlaps, polygon, signed_distance_m, spec_of, where

LATITUDE, LONGITUDE = 53.76, -2.70
NORTH_M, EAST_M = 111_300.5, 65_952.4  # metres a degree at that latitude


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Latitude and longitude so many metres from the house."""
    return LATITUDE + north_m / NORTH_M, LONGITUDE + east_m / EAST_M


def ring(*corners_m: tuple[float, float]) -> list[list[float]]:
    """A closed GeoJSON ring of corners in metres east and north of the house."""
    return [[longitude, latitude] for latitude, longitude in (at(*corner) for corner in (*corners_m, corners_m[0]))]


def square(half_m: float, east_m: float = 0.0, north_m: float = 0.0) -> list[list[float]]:
    return ring(*((east_m + x * half_m, north_m + y * half_m) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))))


def zone_of(*rings: list[list[float]]) -> Zone:
    return polygon({"type": "Polygon", "coordinates": list(rings)})


def zone_of_parts(*parts: list[list[list[float]]]) -> Zone:
    return polygon({"type": "MultiPolygon", "coordinates": list(parts)})


HOUSE_500_M = circle(LATITUDE, LONGITUDE, 500)
SQUARE_400_M = zone_of(square(200))
COURTYARD = zone_of(square(200), square(50))  # a zone with a permitted place in its middle


def test_the_whole_accuracy_circle_decides_inside_outside_or_unsure() -> None:
    for east_m, accuracy_m, place in [(480, 19, "inside"), (480, 21, "unsure"), (520, 19, "outside"), (520, 21, "unsure")]:
        found = where(HOUSE_500_M, *at(east_m, 0), accuracy_m)
        assert (place, east_m < 500) == (found.place, found.centre_inside)
        assert found.edge_distance_m == pytest.approx(500 - east_m, abs=0.05)


@pytest.mark.parametrize("accuracy_m", [None, 0, -5.0, math.nan])
def test_an_accuracy_that_says_nothing_is_unsure_at_any_distance(accuracy_m: float | None) -> None:
    for east_m in (0, 50_000):
        assert where(HOUSE_500_M, *at(east_m, 0), accuracy_m).place == "unsure"
        assert not far_outside(HOUSE_500_M, *at(east_m, 0), accuracy_m)
    assert where(HOUSE_500_M, *at(0, 0), accuracy_m).centre_inside


def test_a_position_that_is_no_number_is_never_certain() -> None:
    found = where(SQUARE_400_M, math.nan, LONGITUDE, 10)
    assert ("unsure", False) == (found.place, found.centre_inside)


def test_the_edge_belongs_to_the_zone() -> None:
    corner_latitude, corner_longitude = at(200, 200)
    for latitude, longitude in [(corner_latitude, corner_longitude), (LATITUDE, corner_longitude), (corner_latitude, LONGITUDE)]:
        found = where(SQUARE_400_M, latitude, longitude, 5)
        assert (0.0, True, "unsure") == (found.edge_distance_m, found.centre_inside, found.place)
    hole_latitude, _ = at(0, 50)
    assert where(COURTYARD, hole_latitude, LONGITUDE, 5).centre_inside


def test_an_accuracy_circle_that_just_touches_from_outside_is_unsure_and_from_inside_is_inside() -> None:
    distance_m = -signed_distance_m(SQUARE_400_M, *at(300, 0))
    assert where(SQUARE_400_M, *at(300, 0), distance_m).place == "unsure"
    depth_m = signed_distance_m(SQUARE_400_M, *at(100, 0))
    assert where(SQUARE_400_M, *at(100, 0), depth_m).place == "inside"


def test_a_hole_is_outside_and_its_edge_is_an_edge() -> None:
    assert signed_distance_m(COURTYARD, *at(0, 0)) == pytest.approx(-50, abs=0.05)
    assert signed_distance_m(COURTYARD, *at(60, 0)) == pytest.approx(10, abs=0.05)
    assert signed_distance_m(COURTYARD, *at(190, 0)) == pytest.approx(10, abs=0.05)
    assert signed_distance_m(COURTYARD, *at(240, 0)) == pytest.approx(-40, abs=0.05)


def test_a_zone_in_two_parts_measures_to_the_nearer_and_not_between_them() -> None:
    two_streets = zone_of_parts([square(100, -500)], [square(100, 500)])
    assert signed_distance_m(two_streets, *at(0, 0)) == pytest.approx(-400, abs=0.1)
    assert signed_distance_m(two_streets, *at(500, 0)) == pytest.approx(100, abs=0.05)
    assert signed_distance_m(two_streets, *at(-610, 0)) == pytest.approx(-10, abs=0.05)


def test_parts_that_overlap_are_one_zone_where_counting_crossings_would_cut_a_hole() -> None:
    overlapping = zone_of_parts([square(100, -50)], [square(100, 50)])
    assert where(overlapping, *at(0, 0), 40).place == "inside"


def test_a_corridor_drawn_beyond_the_zone_takes_out_only_what_lies_in_it() -> None:
    with_corridor = zone_of(square(200), ring((-20, 0), (20, 0), (20, 400), (-20, 400)))
    assert where(with_corridor, *at(0, 100), 15).place == "outside"
    assert where(with_corridor, *at(0, 300), 15).place == "outside"
    assert where(with_corridor, *at(100, 100), 15).place == "inside"


def test_the_direction_of_a_ring_the_place_of_its_first_corner_and_its_closing_do_not_matter() -> None:
    corners = [(-200.0, -200.0), (200.0, -200.0), (300.0, 100.0), (-200.0, 200.0)]
    expected = signed_distance_m(zone_of(ring(*corners)), *at(30, 40))
    turned = ring(*reversed(corners)), ring(*corners[2:], *corners[:2]), ring(*corners)[:-1]
    assert [pytest.approx(expected, abs=1e-6)] * 3 == [signed_distance_m(zone_of(each), *at(30, 40)) for each in turned]


def test_heights_and_repeated_corners_are_read_past() -> None:
    plain = square(200)
    with_more = [[*corner, 31.5] for corner in plain for _ in range(2)]
    assert signed_distance_m(zone_of(with_more), *at(30, 40)) == signed_distance_m(SQUARE_400_M, *at(30, 40))


def test_far_outside_is_only_said_where_the_full_judgement_would_be_outside() -> None:
    for zone in (HOUSE_500_M, SQUARE_400_M, COURTYARD):
        assert far_outside(zone, *at(5_000, 0), 20)
        assert far_outside(zone, *at(0, -5_000), 20)
        assert not far_outside(zone, *at(5_000, 0), 5_000)
        assert not far_outside(zone, *at(0, 0), 20)


def test_one_text_is_one_zone_shared_by_everyone() -> None:
    assert circle(LATITUDE, LONGITUDE, 500) is HOUSE_500_M is compile_zone(HOUSE_500_M.spec)
    assert zone_of(square(200)) is SQUARE_400_M is compile_zone(SQUARE_400_M.spec)
    address = {"radius_m": 500, "longitude": LONGITUDE, "latitude": LATITUDE, "address_id": "invented-1", "street": "1 Example Road"}
    assert compile_zone(spec_of(address)) is HOUSE_500_M
    assert {HOUSE_500_M: "house"}[HOUSE_500_M] == "house"
    assert '{"latitude":53.76,"longitude":-2.7,"radius_m":500.0}' == HOUSE_500_M.spec
    assert repr(HOUSE_500_M) == f"Zone({HOUSE_500_M.spec})"


def test_zones_that_share_ground_or_touch_overlap() -> None:
    assert overlaps(HOUSE_500_M, HOUSE_500_M)
    assert overlaps(HOUSE_500_M, circle(*at(899, 0), 400))
    assert not overlaps(HOUSE_500_M, circle(*at(901, 0), 400))
    assert overlaps(SQUARE_400_M, zone_of(square(100, 300)))  # a shared side
    assert not overlaps(SQUARE_400_M, zone_of(square(100, 301)))
    assert overlaps(SQUARE_400_M, zone_of(ring((-300, -10), (300, -10), (300, 10), (-300, 10))))  # a cross: no corner in the other
    assert overlaps(SQUARE_400_M, zone_of(square(20)))  # one within the other
    assert overlaps(circle(*at(240, 0), 50), SQUARE_400_M)
    assert not overlaps(circle(*at(260, 0), 50), SQUARE_400_M)
    assert not overlaps(circle(*at(230, 230), 40), SQUARE_400_M)  # their boxes do


def test_a_zone_inside_the_hole_of_another_does_not_overlap_it() -> None:
    assert not overlaps(COURTYARD, zone_of(square(40)))
    assert not overlaps(COURTYARD, circle(LATITUDE, LONGITUDE, 49))
    assert overlaps(COURTYARD, circle(LATITUDE, LONGITUDE, 51))
    assert overlaps(zone_of(square(60)), COURTYARD)


BOW_TIE = ring((-200, -200), (200, 200), (200, -200), (-100, 200))


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({"latitude": LATITUDE, "longitude": LONGITUDE, "radius_m": 0}, "radius of 0.0 m: expected more than 0"),
        ({"latitude": LATITUDE, "longitude": LONGITUDE, "radius_m": -1}, "expected more than 0"),
        ({"latitude": LATITUDE, "longitude": LONGITUDE, "radius_m": math.nan}, "nan: expected finite"),
        ({"latitude": math.inf, "longitude": LONGITUDE, "radius_m": 5}, "inf: expected finite"),
        ({"latitude": LATITUDE, "longitude": LONGITUDE}, "missing required field `radius_m`"),
        ({"latitude": "53.76", "longitude": LONGITUDE, "radius_m": 5}, "Expected `float`, got `str` - at `$.latitude`"),
        ({"latitude": 89, "longitude": LONGITUDE, "radius_m": 5}, "latitude 88.99"),
        ({"latitude": LATITUDE, "longitude": 180, "radius_m": 500}, "antimeridian"),
        ({}, "missing required field"),
        ({"type": "Point", "coordinates": [LONGITUDE, LATITUDE]}, "Invalid value 'Point'"),
        ({"type": "Polygon"}, "missing required field `coordinates`"),
        ({"type": "Polygon", "coordinates": []}, "without a ring"),
        ({"type": "MultiPolygon", "coordinates": []}, "without a ring"),
        ({"type": "MultiPolygon", "coordinates": [[square(5)], []]}, "without a ring"),
        ({"type": "Polygon", "coordinates": [[]]}, "without a ring"),
        ({"type": "Polygon", "coordinates": [[[LONGITUDE]]]}, "length >= 2"),
        ({"type": "Polygon", "coordinates": [square(5), []]}, "polygon 1, hole 1 has 0 distinct corners: expected at least 3"),
        ({"type": "Polygon", "coordinates": [ring((0, 0), (10, 0), (0, 0), (10, 0))]}, "outer ring has 2 distinct corners"),
        ({"type": "Polygon", "coordinates": [ring((0, 0), (10, 10), (30, 30))]}, "encloses no area"),
        ({"type": "Polygon", "coordinates": [[[math.nan, 53], [-2, 53], [-2, 54]]]}, "nan: expected finite"),
        ({"type": "Polygon", "coordinates": [BOW_TIE]}, "outer ring crosses itself: side 1 and side 3"),
        ({"type": "MultiPolygon", "coordinates": [[square(5)], [square(500), BOW_TIE]]}, "polygon 2, hole 1 crosses itself"),
        ({"type": "Polygon", "coordinates": [[[179, 1], [-179, 1], [-179, 2], [179, 2]]]}, "antimeridian"),
        ({"type": "Polygon", "coordinates": [[[LATITUDE, 181 + n] for n in range(3)]]}, "latitude"),
        ({"type": "Polygon", "coordinates": [[[n / 1000, 50 + n % 2] for n in range(6_000)]]}, "6000 corners: expected at most 5000"),
    ],
)
def test_geometry_that_cannot_be_judged_is_refused_with_its_reason(geometry: dict[str, object], reason: str) -> None:
    with pytest.raises(BadZone) as refused:
        compile_zone(spec_of(geometry))
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("spec", "reason"), [("not json", "zone is not JSON"), ("[1]", "JSON list: expected an object"), ("null", "expected an object")]
)
def test_a_text_that_is_no_zone_is_refused(spec: str, reason: str) -> None:
    with pytest.raises(BadZone, match=reason):
        compile_zone(spec)


def test_a_polygon_must_say_that_it_is_one() -> None:
    with pytest.raises(BadZone, match="polygon has no `type`"):
        polygon({"coordinates": [square(5)]})


def test_a_ring_that_touches_itself_without_crossing_can_be_judged() -> None:
    hourglass = zone_of(ring((-100, -100), (100, -100), (0, 0), (100, 100), (-100, 100), (0, 0)))
    assert [True, False, True] == [where(hourglass, *at(*spot), 5).centre_inside for spot in ((0, -60), (60, 0), (0, 60))]
    slit = zone_of(
        ring(
            (-200, -200),
            (200, -200),
            (200, 200),
            (0, 200),
            (0, 50),
            (50, 50),
            (50, -50),
            (-50, -50),
            (-50, 50),
            (0, 50),
            (0, 200),
            (-200, 200),
        )
    )
    assert [False, True] == [where(slit, *at(*spot), 5).centre_inside for spot in ((0, 0), (-100, 0))]


def test_a_comb_of_five_thousand_teeth_is_judged_while_an_officer_waits() -> None:
    teeth = [(side * 5_000.0, number * 0.5 - 1_000) for number in range(2_490) for side in ((-1, 1) if number % 2 else (1, -1))]
    began_s = time.process_time()
    comb = zone_of(ring(*teeth, (-6_000.0, 1_000.0), (-6_000.0, -1_100.0), (5_000.0, -1_100.0)))

    assert where(comb, *at(-5_500, 0), 5).centre_inside
    assert time.process_time() - began_s < 6


def test_a_hole_that_takes_up_the_whole_zone_is_said() -> None:
    square = [[-2.61, 51.45], [-2.59, 51.45], [-2.59, 51.47], [-2.61, 51.47], [-2.61, 51.45]]
    with pytest.raises(BadZone, match="nothing is inside"):
        polygon({"type": "Polygon", "coordinates": [square, square]})
