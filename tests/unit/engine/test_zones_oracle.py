"""Zones against two judges that share nothing with them: GEOS for polygons, Vincenty's geodesic on WGS84 for metres."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon
from shapely.affinity import affine_transform, scale

from streams.engine.zone_metres import metres_per_degree_east, metres_per_degree_north
from streams.engine.zones import BadZone, circle, distance_m, far_outside, overlaps, polygon, signed_distance_m, where

latitudes = st.floats(50, 60)
longitudes = st.floats(-8, 2)


def geodesic_m(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Vincenty's inverse formula, to a tenth of a millimetre."""
    major, flattening = 6_378_137.0, 1 / 298.257223563
    minor = major * (1 - flattening)
    u1 = math.atan((1 - flattening) * math.tan(math.radians(from_latitude)))
    u2 = math.atan((1 - flattening) * math.tan(math.radians(to_latitude)))
    difference = math.radians(to_longitude - from_longitude)
    angle = difference
    for _ in range(200):
        sin_s = math.hypot(math.cos(u2) * math.sin(angle), math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * math.cos(angle))
        if sin_s == 0:
            return 0.0
        cos_s = math.sin(u1) * math.sin(u2) + math.cos(u1) * math.cos(u2) * math.cos(angle)
        s = math.atan2(sin_s, cos_s)
        sin_a = math.cos(u1) * math.cos(u2) * math.sin(angle) / sin_s
        cos2_a = 1 - sin_a**2
        cos_2m = cos_s - 2 * math.sin(u1) * math.sin(u2) / cos2_a if cos2_a else 0.0
        c = flattening / 16 * cos2_a * (4 + flattening * (4 - 3 * cos2_a))
        before = angle
        angle = difference + (1 - c) * flattening * sin_a * (s + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m**2 - 1)))
        if abs(angle - before) < 1e-13:
            break
    squared = cos2_a * (major**2 - minor**2) / minor**2
    a = 1 + squared / 16384 * (4096 + squared * (-768 + squared * (320 - 175 * squared)))
    b = squared / 1024 * (256 + squared * (-128 + squared * (74 - 47 * squared)))
    turn = b * sin_s * (cos_2m + b / 4 * (cos_s * (2 * cos_2m**2 - 1) - b / 6 * cos_2m * (4 * sin_s**2 - 3) * (4 * cos_2m**2 - 3)))
    return minor * a * (s - turn)


def test_the_geodesic_judge_itself_knows_a_published_distance() -> None:
    # Flinders Peak to Buninyong, Geocentric Datum of Australia technical manual (GRS80, the same to a millimetre here).
    assert geodesic_m(-37.95103341666667, 144.42486788888889, -37.65282113888889, 143.92649552777777) == pytest.approx(
        54_972.271, abs=0.002
    )


@given(latitude=latitudes, longitude=longitudes, bearing=st.floats(0, 2 * math.pi), length_m=st.floats(0, 500_000))
def test_distances_are_right_to_a_metre_up_to_500_km(latitude: float, longitude: float, bearing: float, length_m: float) -> None:
    other = latitude + length_m * math.cos(bearing) / 111_300, longitude + length_m * math.sin(bearing) / 64_000
    assert geodesic_m(latitude, longitude, *other) == pytest.approx(distance_m(latitude, longitude, *other), abs=1.0)


def test_no_distance_anywhere_on_earth_fails() -> None:
    assert distance_m(53.0, -2.0, 53.0, -2.0) == 0.0
    for latitude, longitude in [(-53.0, 178.0), (90.0, 0.0), (-90.0, 0.0), (0.0, 0.0), (53.0, 178.0)]:
        assert 3_000_000 < distance_m(53.0, -2.0, latitude, longitude) < 20_100_000


@given(
    latitude=latitudes,
    longitude=longitudes,
    radius_m=st.floats(5, 20_000),
    bearing=st.floats(0, 2 * math.pi),
    times=st.floats(0, 3),
)
def test_a_circle_is_right_to_a_centimetre_at_500_m_and_to_a_metre_at_20_km(
    latitude: float, longitude: float, radius_m: float, bearing: float, times: float
) -> None:
    length_m = min(radius_m * times, 20_000)
    spot = (
        latitude + length_m * math.cos(bearing) / metres_per_degree_north(latitude),
        longitude + length_m * math.sin(bearing) / metres_per_degree_east(latitude),
    )
    expected = radius_m - geodesic_m(latitude, longitude, *spot)
    assert expected == pytest.approx(signed_distance_m(circle(latitude, longitude, radius_m), *spot), abs=max(0.011, length_m / 20_000))


@given(latitude=latitudes, longitude=longitudes, bearing=st.floats(0, 2 * math.pi), length_m=st.floats(0, 500))
def test_a_polygon_measures_to_its_corner_to_a_centimetre_at_500_m(
    latitude: float, longitude: float, bearing: float, length_m: float
) -> None:
    """A small square's corner is the nearest point of it from any spot on that side."""
    north, east = 20 / metres_per_degree_north(latitude), 20 / metres_per_degree_east(latitude)
    ring = [[longitude + x * east, latitude + y * north] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    zone = polygon({"type": "Polygon", "coordinates": [ring]})
    spot = latitude + north + length_m * abs(math.cos(bearing)) / 111_300, longitude + east + length_m * abs(math.sin(bearing)) / 60_000
    expected = -geodesic_m(*spot, latitude + north, longitude + east)
    assert expected == pytest.approx(signed_distance_m(zone, *spot), abs=0.02)


Shape = tuple[float, float, MultiPolygon]  # latitude and longitude of the middle, and the parts in metres round it


@st.composite
def stars(draw: st.DrawFn, east_m: float, size_m: float) -> Polygon:
    """A star-shaped ring, sometimes with a like hole inside."""
    corners = draw(st.integers(3, 14))
    reaches = draw(st.lists(st.floats(0.25, 1), min_size=corners, max_size=corners))
    turn = draw(st.floats(0, 6.28))
    angles = [turn + 2 * math.pi * number / corners for number in range(corners)]
    outer = Polygon([(east_m + size_m * r * math.cos(a), size_m * r * math.sin(a)) for r, a in zip(reaches, angles, strict=True)])
    if not draw(st.booleans()):
        return outer
    hole = scale(outer, 0.5, 0.5, origin=(east_m, 0))
    return Polygon(outer.exterior.coords, [hole.exterior.coords]) if outer.contains_properly(hole) else outer


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    size_m = draw(st.floats(20, 1_500))
    parts = [draw(stars(east_m=3 * size_m * number, size_m=size_m)) for number in range(draw(st.integers(1, 3)))]
    shape = MultiPolygon(parts)
    assume(shape.is_valid and shape.area > 1)
    return draw(latitudes), draw(longitudes), shape


def placed(latitude: float, longitude: float, shape: MultiPolygon) -> MultiPolygon:
    """From metres to degrees, stretched alike in all of the shape."""
    return affine_transform(shape, [1 / metres_per_degree_east(latitude), 0, 0, 1 / metres_per_degree_north(latitude), longitude, latitude])


@settings(max_examples=200)
@given(
    shape=shapes(), spots=st.lists(st.tuples(st.floats(-2, 8), st.floats(-2, 2)), min_size=5, max_size=5), accuracy_m=st.floats(0.5, 300)
)
def test_geos_agrees_on_inside_on_the_distance_and_on_the_whole_accuracy_circle(
    shape: Shape, spots: list[tuple[float, float]], accuracy_m: float
) -> None:
    latitude, longitude, metres = shape
    degrees = placed(latitude, longitude, metres)
    zone = polygon(degrees.__geo_interface__)
    reach_m = (metres.bounds[3] - metres.bounds[1]) / 2
    # The zone's frame lies at the middle of its box: give GEOS the same two scales.
    _, south, _, north = degrees.bounds
    middle = (south + north) / 2
    scales = [metres_per_degree_east(middle), 0, 0, metres_per_degree_north(middle), 0, 0]
    flat = affine_transform(degrees, scales)
    for across, up in spots:
        at = latitude + up * reach_m / metres_per_degree_north(latitude), longitude + across * reach_m / metres_per_degree_east(latitude)
        spot = affine_transform(Point(at[1], at[0]), scales)
        distance = flat.boundary.distance(spot)
        expected = distance if flat.contains(spot) else -distance
        found = where(zone, *at, accuracy_m)
        assert expected == pytest.approx(found.edge_distance_m, abs=0.002)
        if distance > 0.01:
            assert flat.contains(spot) == found.centre_inside
        whole = spot.buffer(accuracy_m, quad_segs=64)
        if abs(distance - accuracy_m) > 0.01 + accuracy_m * 0.001:
            assert ("inside" if flat.contains(whole) else "unsure" if flat.intersects(whole) else "outside") == found.place
        if far_outside(zone, *at, accuracy_m):
            assert found.place == "outside"


@given(
    radius_m=st.floats(10, 20_000),
    latitude=latitudes,
    longitude=longitudes,
    accuracy_m=st.floats(1, 20_000),
    spot=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_far_outside_never_says_so_of_a_fix_that_is_not(
    radius_m: float, latitude: float, longitude: float, accuracy_m: float, spot: tuple[float, float]
) -> None:
    zone = circle(latitude, longitude, radius_m)
    reach = 1.2 * (radius_m + accuracy_m)
    at = latitude + spot[0] * reach / 111_300, longitude + spot[1] * reach / metres_per_degree_east(latitude)
    assert not far_outside(zone, *at, accuracy_m) or where(zone, *at, accuracy_m).place == "outside"


@given(one=shapes(), other=shapes(), shift=st.tuples(st.floats(-1, 1), st.floats(-1, 1)))
def test_geos_agrees_on_which_zones_overlap(one: Shape, other: Shape, shift: tuple[float, float]) -> None:
    latitude, longitude, metres = one
    reach_m = metres.bounds[2] - metres.bounds[0]
    first = placed(latitude, longitude, metres)
    second = placed(latitude + shift[0] * reach_m / 111_300, longitude + shift[1] * reach_m / 62_000, other[2])
    if first.intersects(second):
        assert overlaps(polygon(first.__geo_interface__), polygon(second.__geo_interface__))
    elif first.distance(second) > 1e-7:
        assert not overlaps(polygon(first.__geo_interface__), polygon(second.__geo_interface__))


@given(one=shapes(), radius_m=st.floats(10, 2_000), spot=st.tuples(st.floats(-2, 8), st.floats(-2, 2)))
def test_geos_agrees_on_which_circles_overlap_a_polygon(one: Shape, radius_m: float, spot: tuple[float, float]) -> None:
    latitude, longitude, metres = one
    reach_m = (metres.bounds[3] - metres.bounds[1]) / 2
    centre = Point(spot[0] * reach_m, spot[1] * reach_m)
    distance = metres.distance(centre)
    assume(abs(distance - radius_m) > 0.002 * (distance + radius_m + reach_m))
    drawn = circle(
        latitude + centre.y / metres_per_degree_north(latitude), longitude + centre.x / metres_per_degree_east(latitude), radius_m
    )
    zone = polygon(placed(latitude, longitude, metres).__geo_interface__)
    assert (distance < radius_m) == overlaps(zone, drawn) == overlaps(drawn, zone)


@settings(max_examples=300)
@given(corners=st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=3, max_size=9))
def test_what_geos_finds_valid_is_taken_and_what_crosses_itself_is_refused(corners: list[tuple[int, int]]) -> None:
    """Corners on a coarse grid: touches, spikes, repeated corners and sides that overlap are common here."""
    ring = Polygon([(10 * x, 10 * y) for x, y in corners])
    geojson = placed(53.0, -2.0, MultiPolygon([ring])).__geo_interface__
    taken = True
    try:
        polygon(geojson)
    except BadZone:
        taken = False
    if ring.is_valid:
        assert taken
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    if any(_strictly_cross(one, other) for one in sides for other in sides):
        assert not taken


def _strictly_cross(one: tuple[tuple[int, int], tuple[int, int]], other: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    """In whole numbers, so without rounding."""

    def side(start: tuple[int, int], end: tuple[int, int], spot: tuple[int, int]) -> int:
        turn = (end[0] - start[0]) * (spot[1] - start[1]) - (end[1] - start[1]) * (spot[0] - start[0])
        return (turn > 0) - (turn < 0)

    return side(*one, other[0]) * side(*one, other[1]) < 0 and side(*other, one[0]) * side(*other, one[1]) < 0


def test_a_county_of_5000_corners_compiles() -> None:
    county = Polygon(
        [(9_000 * math.cos(a) * (1 + 0.1 * math.sin(90 * a)), 9_000 * math.sin(a)) for a in (math.tau * n / 4_990 for n in range(4_990))]
    )
    assert county.is_valid
    zone = polygon(placed(54.0, -3.0, MultiPolygon([county])).__geo_interface__)
    assert where(zone, 54.0, -3.0, 20).place == "inside"
