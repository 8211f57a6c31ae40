"""Stories of where he goes: into her zone, through it, out in curfew hours.

Rules: exclusion-zone-entry, curfew-absence, and breach-unanswered where nobody decides.
On these days he is at home but for the story's one outing, whose legs are straight and whose speeds are even, so that the fix which
first proves the matter can be named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import atan2, cos, pi

from ops.simulate.battery import first_fix_at
from ops.simulate.geography import Place
from ops.simulate.instants import HOUR_MS, MINUTE_MS, SECOND_MS, local_date
from ops.simulate.movement import DRIVE_KMH, WALK_KMH, Track, trip
from ops.simulate.people import ADDRESS_RADIUS_M
from ops.simulate.script import Outing
from ops.simulate.stage import DECISION_MS, Stage

_FAST_KMH = 50.0
_NARROW_ZONE_M = 150
_APPROACH_MS = 25 * MINUTE_MS
_CLEAR_M = 60
"""Farther outside a circle than noise and accuracy together can hide."""


def walks_in(stage: Stage, at_ms: int | None = None) -> int:
    """He drives to within a mile of her, walks to her door, and stays twenty minutes. Gives the instant of the first fix inside."""
    person = stage.person
    at_ms = at_ms or stage.moment((11 * 60, 15 * 60), before_ms=HOUR_MS, after_ms=6 * HOUR_MS)
    hers, home_bearing = person.her.place, _bearing(person.her.place, person.home)
    near = hers.towards(home_bearing, person.zone_radius_m + 1_200)
    inside = hers.towards(home_bearing, person.zone_radius_m * 0.3)
    outing = trip(at_ms, person.home, ((near, DRIVE_KMH, 0), (inside, WALK_KMH, 20 * MINUTE_MS), (near, DRIVE_KMH, 0)))
    stage.script.outings.append(outing)
    reach_m = person.zone_radius_m / cos(pi / person.zone_corners) if person.zone_corners else person.zone_radius_m
    began_ms = _first_fix(stage, outing, outing.leaves_ms, lambda place: place.metres_to(hers) < person.zone_radius_m)
    ended_ms = _first_fix(stage, outing, began_ms, lambda place: place.metres_to(hers) > reach_m)
    stage.truth("exclusion-zone-entry", stage.her, began_ms, ended_ms)
    stage.truth("exclusion-zone-approach", stage.her, began_ms - _APPROACH_MS, began_ms, implied=True, certain=False)
    return began_ms


def walks_in_and_is_warned(stage: Stage) -> None:
    stage.decide(walks_in(stage) + DECISION_MS)


def walks_in_and_nobody_decides(stage: Stage) -> None:
    """A critical finding without a decision for nine hours."""
    began_ms = walks_in(stage, stage.moment((11 * 60, 14 * 60), before_ms=HOUR_MS, after_ms=11 * HOUR_MS))
    stage.decide(began_ms + 9 * HOUR_MS)
    stage.truth("breach-unanswered", ("finding", stage.person.order_id), began_ms + 4 * HOUR_MS, began_ms + 9 * HOUR_MS)


def drives_through(stage: Stage) -> None:
    """He drives straight through a narrow zone between two fixes: no fix is inside, only the path."""
    stage.person = person = replace(stage.person, zone_radius_m=_NARROW_ZONE_M, zone_corners=0)
    at_ms = stage.moment((10 * 60, 15 * 60), before_ms=HOUR_MS, after_ms=4 * HOUR_MS)
    hers, across = person.her.place, _bearing(person.her.place, person.home) + pi / 2
    legs = ((hers.towards(across, 3_000), DRIVE_KMH, 0), (hers.towards(across, -3_000), _FAST_KMH, 0))
    _, enters, leaves, _ = trip(at_ms, person.home, legs).waypoints
    middle_ms = (enters.at_ms + leaves.at_ms) // 2
    between_fixes_ms = first_fix_at(person, middle_ms) + 30 * SECOND_MS
    middle_ms, at_ms = between_fixes_ms, at_ms + between_fixes_ms - middle_ms
    stage.script.outings.append(trip(at_ms, person.home, legs))
    crossing_ms = round(_NARROW_ZONE_M / (_FAST_KMH / 3_600))
    ended_ms = middle_ms + 30 * SECOND_MS
    stage.decide(ended_ms + DECISION_MS)
    stage.truth("exclusion-zone-entry", stage.her, middle_ms - crossing_ms, ended_ms)
    stage.truth("exclusion-zone-approach", stage.her, middle_ms - _APPROACH_MS, middle_ms, implied=True, certain=False)


def out_at_night(stage: Stage) -> None:
    """He leaves after the curfew began and comes back before it ends: on the night of the clock change, where the run has one."""
    person = stage.person
    at_ms = stage.moment((22 * 60, 23 * 60), before_ms=4 * HOUR_MS, after_ms=12 * HOUR_MS, prefer_clock_change=True)
    away = person.home.towards(_bearing(person.her.place, person.home), 1_300)
    outing = trip(at_ms, person.home, ((away, WALK_KMH, stage.rng.randrange(90, 150) * MINUTE_MS),), WALK_KMH)
    stage.script.outings.append(outing)
    began_ms, ended_ms = outing.leaves_ms, outing.returns_ms
    if person.has_gps:
        began_ms = _first_fix(stage, outing, began_ms, lambda place: place.metres_to(person.home) > ADDRESS_RADIUS_M + _CLEAR_M)
        ended_ms = first_fix_at(person, ended_ms)
    stage.decide(began_ms + 9 * HOUR_MS)
    night = f"{person.order_id}:curfew:{local_date(at_ms).isoformat()}"
    stage.truth("curfew-absence", ("curfew_night", night), began_ms, ended_ms)


def _bearing(from_: Place, to: Place) -> float:
    return atan2(to.east_m - from_.east_m, to.north_m - from_.north_m)


def _first_fix(stage: Stage, outing: Outing, after_ms: int, proves: Callable[[Place], bool]) -> int:
    """The first fix after an instant at whose place something is so."""
    track = Track(stage.person.home, iter((outing,)))
    at_ms = first_fix_at(stage.person, after_ms)
    while not proves(Place(*track.at(at_ms)[:2])):
        at_ms += MINUTE_MS
    return at_ms
