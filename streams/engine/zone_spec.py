"""From an order's geometry to a compiled zone, or `BadZone` with the reason: what, where, and what was expected.

Not a repair shop: geometry that cannot be judged is refused, and the engine says `not-being-judged` about its order. Only an unclosed ring
is closed, for that has one meaning. Called by `zones` (which gives these names to everyone) when an order begins or is loaded.

A zone is kept as its `spec`, a canonical JSON text: the same geometry gives the same text, and so one compiled zone for all who share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from math import dist, isfinite
from typing import Annotated, Final

import msgspec

from streams.engine.zone_metres import metres_per_degree_east, metres_per_degree_north
from streams.engine.zone_shape import ON_EDGE_M, Edge, Part, Ring, Zone, ring_distance, sides_cross

Corner = tuple[float, float]  # longitude, latitude, as GeoJSON writes them; in `_compile_ring` metres east, north
Box = tuple[float, float, float, float]  # south, west, north, east in degrees

MOST_CORNERS: Final = 5_000
FARTHEST_LATITUDE: Final = 85.0  # beyond it a degree of longitude shrinks to nothing

HALF_TURN: Final = 180.0  # degrees of longitude either way
FEWEST_CORNERS: Final = 3

_BOX_SLACK: Final = 1.001  # a degree's length changes a little inside the circle
_SMALLEST_AREA_M2: Final = 0.01
_COMPILED_ZONES: Final = 16_384  # about 2 KB each; those in use are held by whoever uses them


class BadZone(ValueError):
    """This geometry cannot be judged. The sender was wrong, not us."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason: Final = reason


class _Circle(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    radius_m: float


Position = Annotated[list[float], msgspec.Meta(min_length=2)]  # longitude, latitude; a height is allowed and not read


class _Polygon(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Polygon"):
    coordinates: list[list[Position]]


class _MultiPolygon(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[list[Position]]]


def circle(latitude: float, longitude: float, radius_m: float) -> Zone:
    """A circle on the ground."""
    return compile_zone(spec_of({"latitude": latitude, "longitude": longitude, "radius_m": radius_m}))


def polygon(geojson: Mapping[str, object]) -> Zone:
    """A GeoJSON Polygon or MultiPolygon, holes and all."""
    if "type" not in geojson:
        raise BadZone("polygon has no `type`: expected Polygon or MultiPolygon")
    return compile_zone(spec_of(geojson))


def spec_of(geometry: Mapping[str, object]) -> str:
    """The canonical text of the contract's `zone` or `address`: same numbers, same text. Other members (a street, an id) are left out."""
    return msgspec.json.encode(_read(geometry), order="sorted").decode()


@lru_cache(maxsize=_COMPILED_ZONES)
def compile_zone(spec: str) -> Zone:
    """The zone of a text from `spec_of`. One and the same object for the same text, shared by all persons and order versions."""
    try:
        geometry = msgspec.json.decode(spec)
    except msgspec.DecodeError as wrong:
        raise BadZone(f"zone is not JSON: {wrong}") from wrong
    if not isinstance(geometry, dict):
        raise BadZone(f"zone is a JSON {type(geometry).__name__}: expected an object")
    form = _read(geometry)
    if isinstance(form, _Circle):
        return _compile_circle(spec, form)
    polygons = [form.coordinates] if isinstance(form, _Polygon) else form.coordinates
    return _compile_polygons(spec, [[[(corner[0], corner[1]) for corner in ring] for ring in rings] for rings in polygons])


def _read(geometry: Mapping[str, object]) -> _Circle | _Polygon | _MultiPolygon:
    try:
        form = msgspec.convert(geometry, _Polygon | _MultiPolygon) if "type" in geometry else msgspec.convert(geometry, _Circle)
    except msgspec.ValidationError as wrong:
        raise BadZone(f"zone is neither latitude, longitude, radius_m nor a GeoJSON Polygon or MultiPolygon: {wrong}") from wrong
    for number in _numbers(form):
        if not isfinite(number):
            raise BadZone(f"zone contains {number}: expected finite numbers")
    return form


def _numbers(form: _Circle | _Polygon | _MultiPolygon) -> Iterator[float]:
    if isinstance(form, _Circle):
        yield from (form.latitude, form.longitude, form.radius_m)
        return
    for rings in [form.coordinates] if isinstance(form, _Polygon) else form.coordinates:
        for ring in rings:
            for corner in ring:
                yield from corner


def _compile_circle(spec: str, form: _Circle) -> Zone:
    if form.radius_m <= 0:
        raise BadZone(f"circle has a radius of {form.radius_m} m: expected more than 0")
    half_high = _BOX_SLACK * form.radius_m / metres_per_degree_north(form.latitude)
    half_wide = _BOX_SLACK * form.radius_m / metres_per_degree_east(min(FARTHEST_LATITUDE, abs(form.latitude) + half_high))
    box = (form.latitude - half_high, form.longitude - half_wide, form.latitude + half_high, form.longitude + half_wide)
    _check_box(box)
    return _placed(spec, (form.latitude, form.longitude), box, radius_m=form.radius_m)


def _compile_polygons(spec: str, polygons: list[list[list[Corner]]]) -> Zone:
    corners = [corner for rings in polygons for ring in rings for corner in ring]
    if len(corners) > MOST_CORNERS:
        raise BadZone(f"zone has {len(corners)} corners: expected at most {MOST_CORNERS}")
    if not polygons or not all(polygons) or not corners:
        raise BadZone("zone has a polygon without a ring: expected an outer ring first")
    longitudes, latitudes = zip(*corners, strict=True)
    box = (min(latitudes), min(longitudes), max(latitudes), max(longitudes))
    _check_box(box)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    north, east = metres_per_degree_north(centre[0]), metres_per_degree_east(centre[0])
    parts: list[Part] = []
    for part_number, rings in enumerate(polygons, start=1):
        compiled: list[Ring] = []
        outer: list[Corner] = []
        for ring_number, ring in enumerate(rings):
            name = f"polygon {part_number}, {f'hole {ring_number}' if ring_number else 'outer ring'}"
            metres = [((longitude - centre[1]) * east, (latitude - centre[0]) * north) for longitude, latitude in ring]
            compiled.append(_compile_ring(name, metres))
            if ring_number and all(ring_distance(compiled[-1], x, y) >= 0 for x, y in outer):
                raise BadZone(f"{name} takes up the whole polygon: nothing is inside")
            outer = outer if ring_number else metres
        parts.append(tuple(compiled))
    return _placed(spec, centre, box, parts=tuple(parts))


def _placed(spec: str, centre: Corner, box: Box, *, radius_m: float = 0.0, parts: tuple[Part, ...] = ()) -> Zone:
    """The zone with its frame: one length of a degree for a polygon; for a circle, the length half-way to the position."""
    north, east = metres_per_degree_north(centre[0]), metres_per_degree_east(centre[0])
    slope = (0.0, 0.0)
    if not parts:
        above, below = centre[0] + 0.01, centre[0] - 0.01
        slope = (
            (metres_per_degree_north(above) - metres_per_degree_north(below)) / 0.04,
            (metres_per_degree_east(above) - metres_per_degree_east(below)) / 0.04,
        )
    return Zone(spec=spec, centre=centre, scale=(north, east), slope=slope, box=box, radius_m=radius_m, parts=parts)


def _check_box(box: Box) -> None:
    south, west, north, east = box
    if south < -FARTHEST_LATITUDE or north > FARTHEST_LATITUDE:
        raise BadZone(f"zone reaches from latitude {south:.6f} to {north:.6f}: expected {-FARTHEST_LATITUDE} to {FARTHEST_LATITUDE}")
    if west < -HALF_TURN or east > HALF_TURN or east - west >= HALF_TURN:
        raise BadZone(f"zone reaches from longitude {west:.6f} to {east:.6f}: expected -180 to 180, and not across the antimeridian")


def _compile_ring(name: str, metres: list[Corner]) -> Ring:
    corners = _without_repeats(metres)
    if len(set(corners)) < FEWEST_CORNERS:
        raise BadZone(f"{name} has {len(set(corners))} distinct corners: expected at least {FEWEST_CORNERS}")
    sides = list(pairwise([*corners, corners[0]]))
    if crossed := _first_crossing(sides):
        raise BadZone(f"{name} crosses itself: side {crossed[0] + 1} and side {crossed[1] + 1}")
    if abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in sides)) / 2 < _SMALLEST_AREA_M2:
        raise BadZone(f"{name} encloses no area: its corners lie on one line, or it goes back on itself")
    return tuple(_edge(*side) for side in sides)


def _without_repeats(metres: list[Corner]) -> list[Corner]:
    """Corners within a millimetre of the one before are that one; so is the last, when it closes the ring."""
    kept: list[Corner] = []
    for corner in metres:
        if not kept or dist(kept[-1], corner) > ON_EDGE_M:
            kept.append(corner)
    while len(kept) > 1 and dist(kept[0], kept[-1]) <= ON_EDGE_M:
        kept.pop()
    return kept


def _first_crossing(sides: list[tuple[Corner, Corner]]) -> tuple[int, int] | None:
    """Sides are tried in order of their western end, each only with those that begin before it ends, and beside it: nearly linear.

    Five thousand long sides of a comb lie all beside one another, so each pair must cost next to nothing.
    """
    boxes = [(min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2), number) for number, ((x1, y1), (x2, y2)) in enumerate(sides)]
    boxes.sort(key=lambda box: (box[0], box[4]))
    for place, (_, eastern, southern, northern, first) in enumerate(boxes, 1):
        for other in range(place, len(boxes)):
            western, _, south, north, second = boxes[other]
            if western > eastern:
                break
            if south <= northern and north >= southern and sides_cross(*sides[first], *sides[second]):
                return min(first, second), max(first, second)
    return None


def _edge(start: Corner, end: Corner) -> Edge:
    (x1, y1), (x2, y2) = start, end
    dx, dy = x2 - x1, y2 - y1
    return (x1, y1, y2, dx, dy, 1 / (dx * dx + dy * dy), dx / dy if dy else 0.0)
