"""A straight path through a zone: where it goes in, where it comes out, and how deep it went.

It answers for the straight line between two positions and for nothing else: whether the person walked it, and how long two fixes may be
apart for the line to mean anything, is for the rule. Called through `zones`.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot, sqrt
from operator import add
from typing import Final

import msgspec

from streams.engine.zone_shape import ON_EDGE_M, Edge, Part, Zone, local_metres, part_distance, signed_distance_at

# The depth is found to within 5 cm; it is compared with accuracies of metres.
_DEPTH_STEP_M: Final = 0.05

Path = tuple[float, float, float, float]  # x, y, dx, dy in local metres
Stretch = tuple[float, float]  # from and to, as fractions of the path


class Crossing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The first stretch of a path that lies inside, as fractions (0 to 1) of the path, and the deepest distance inside the edge on it."""

    enters_at_fraction: float
    leaves_at_fraction: float
    depth_m: float


def crossing(zone: Zone, from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> Crossing | None:
    """The first stretch inside, or None. A path that starts inside enters at 0.0, one that ends inside leaves at 1.0.

    A path along the edge is inside, with depth 0.0; one that only touches a corner is not.
    """
    if (
        (from_latitude < zone.south and to_latitude < zone.south)
        or (from_latitude > zone.north and to_latitude > zone.north)
        or (from_longitude < zone.west and to_longitude < zone.west)
        or (from_longitude > zone.east and to_longitude > zone.east)
    ):
        return None
    x, y = local_metres(zone, from_latitude, from_longitude)
    to_x, to_y = local_metres(zone, to_latitude, to_longitude)
    path = (x, y, to_x - x, to_y - y)
    return _through_parts(zone, path) if zone.parts else _through_circle(zone, path)


def _through_circle(zone: Zone, path: Path) -> Crossing | None:
    x, y, dx, dy = path
    squared_m2 = dx * dx + dy * dy
    if squared_m2 <= ON_EDGE_M * ON_EDGE_M:
        return _standing(zone, path)
    nearest = -(x * dx + y * dy) / squared_m2
    offset_m = abs(x * dy - y * dx) / sqrt(squared_m2)
    if offset_m >= zone.radius_m:
        return None
    half_chord = sqrt((zone.radius_m**2 - offset_m**2) / squared_m2)
    enters, leaves = max(0.0, nearest - half_chord), min(1.0, nearest + half_chord)
    if enters >= leaves:
        return None
    deepest = min(max(nearest, enters), leaves)
    depth_m = max(0.0, signed_distance_at(zone, *_along(path, deepest)))
    return Crossing(enters_at_fraction=enters, leaves_at_fraction=leaves, depth_m=depth_m)


def _through_parts(zone: Zone, path: Path) -> Crossing | None:
    length_m = hypot(path[2], path[3])
    if length_m <= ON_EDGE_M:
        return _standing(zone, path)
    stretches = sorted((*stretch, part) for part in zone.parts for stretch in _inside(part, path))
    if not stretches:
        return None
    enters, leaves, _ = stretches[0]
    depth_m = 0.0
    for start, end, part in stretches:
        if (start - leaves) * length_m > ON_EDGE_M:
            break
        leaves = max(leaves, end)
        depth_m = max(depth_m, _deepest([edge for ring in part for edge in ring], path, start, end))
    return Crossing(enters_at_fraction=enters, leaves_at_fraction=leaves, depth_m=depth_m)


def _inside(part: Part, path: Path) -> list[Stretch]:
    """The stretches of the path inside one part, in order: cut wherever it meets an edge, each piece judged in its middle."""
    length_m = hypot(path[2], path[3])
    cuts = sorted({0.0, 1.0, *(cut for ring in part for edge in ring for cut in _cuts(path, edge))})
    found: list[Stretch] = []
    for start, end in pairwise(cuts):
        if (end - start) * length_m <= ON_EDGE_M:
            continue  # two edges that meet on the path
        if part_distance(part, *_along(path, (start + end) / 2)) >= -ON_EDGE_M:
            if found and (start - found[-1][1]) * length_m <= ON_EDGE_M:
                start = found.pop()[0]  # noqa: PLW2901 - the stretch goes on
            found.append((start, end))
    return found


def _standing(zone: Zone, path: Path) -> Crossing | None:
    depth_m = signed_distance_at(zone, path[0], path[1])
    return Crossing(enters_at_fraction=0.0, leaves_at_fraction=1.0, depth_m=depth_m) if depth_m >= 0.0 else None


def _along(path: Path, fraction: float) -> tuple[float, float]:
    return path[0] + fraction * path[2], path[1] + fraction * path[3]


def _cuts(path: Path, edge: Edge) -> tuple[float, ...]:
    """Fractions of the path where it meets this edge; both ends of the shared stretch when it runs along it."""
    x, y, dx, dy = path
    edge_x, edge_y, _, edge_dx, edge_dy, _, _ = edge
    across = dx * edge_dy - dy * edge_dx
    gap_x, gap_y = edge_x - x, edge_y - y
    squared_m2 = dx * dx + dy * dy
    edge_length_m = hypot(edge_dx, edge_dy)
    if abs(across) <= 1e-9 * sqrt(squared_m2) * edge_length_m:
        ends = ((gap_x * dx + gap_y * dy) / squared_m2, ((gap_x + edge_dx) * dx + (gap_y + edge_dy) * dy) / squared_m2)
        return tuple(end for end in ends if 0.0 < end < 1.0)
    on_path = (gap_x * edge_dy - gap_y * edge_dx) / across
    on_edge = (gap_x * dy - gap_y * dx) / across
    slack = ON_EDGE_M / edge_length_m
    return (on_path,) if 0.0 < on_path < 1.0 and -slack <= on_edge <= 1.0 + slack else ()


def _deepest(edges: list[Edge], path: Path, start: float, end: float) -> float:
    """The largest distance to the nearest of these edges, on a stretch that lies inside them.

    The distance to one edge is convex along a straight path: between two points it is never more than at the worse of them. So the smallest
    such bound over all edges limits the depth in between, and a stretch that cannot beat the best found is dropped: a path beside an edge,
    where plain halving would crawl, is decided at once. An edge too far to be the nearest anywhere on a stretch is not asked again.
    """
    length_m = hypot(path[2], path[3])
    at_start, at_end = _distances(edges, path, start), _distances(edges, path, end)
    best_m = max(min(at_start), min(at_end))
    waiting = [(start, end, edges, at_start, at_end)]
    while waiting:
        low, high, near, at_low, at_high = waiting.pop()
        bound_m = min(map(max, at_low, at_high))
        if bound_m <= best_m + _DEPTH_STEP_M:
            continue
        reach_m = 2 * bound_m + (high - low) * length_m
        kept = [place for place, both in enumerate(map(add, at_low, at_high)) if both <= reach_m]
        near, at_low, at_high = [near[place] for place in kept], [at_low[place] for place in kept], [at_high[place] for place in kept]
        middle = (low + high) / 2
        at_middle = _distances(near, path, middle)
        best_m = max(best_m, min(at_middle))
        waiting += [(low, middle, near, at_low, at_middle), (middle, high, near, at_middle, at_high)]
    return best_m


def _distances(edges: list[Edge], path: Path, fraction: float) -> list[float]:
    x, y = _along(path, fraction)
    return [_edge_distance(edge, x, y) for edge in edges]


def _edge_distance(edge: Edge, x: float, y: float) -> float:
    x1, y1, _, dx, dy, inverse, _ = edge
    along = min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) * inverse))
    return hypot(x - x1 - along * dx, y - y1 - along * dy)
