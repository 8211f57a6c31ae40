"""Where a person is: at home, or on an outing of straight legs between invented points.

Ordinary days are work or errands, sometimes an evening out, never in curfew hours and never towards a protected person: his
work and leisure lie on the other side of his home, so no noise of a fix reaches her zone. A story replaces whole days.
Read by `tracker` (fixes) and `home_unit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from ops.simulate.geography import Place
from ops.simulate.instants import HOUR_MS, MINUTE_MS, local_dates, local_ms
from ops.simulate.people import SETTLING_MS, Person
from ops.simulate.script import FOR_EVER_MS, Outing, Script, Waypoint

_METRES_PER_MS_AT_1_KMH = 1 / 3_600
WALK_KMH = 5.0
DRIVE_KMH = 30.0
_LONGEST_RF_ERRAND_MINUTES = 150
"""A radio tag is heard only at home; 4 hours unheard would be an untagged window."""


def trip(start_ms: int, home: Place, legs: tuple[tuple[Place, float, int], ...], back_kmh: float = DRIVE_KMH) -> Outing:
    """An outing from home through places, each reached at a speed in km/h and stayed at for some milliseconds, and back."""
    points = [Waypoint(start_ms, home)]
    for place, speed_kmh, stay_ms in (*legs, (home, back_kmh, 0)):
        last = points[-1]
        arrives_ms = last.at_ms + max(round(last.place.metres_to(place) / (speed_kmh * _METRES_PER_MS_AT_1_KMH)), MINUTE_MS)
        points.append(Waypoint(arrives_ms, place))
        if stay_ms:
            points.append(Waypoint(arrives_ms + stay_ms, place))
    return Outing(tuple(points))


def outings(person: Person, script: Script, rng: Random, ends_ms: int) -> Iterator[Outing]:
    """All his outings in order, a day at a time."""
    told = sorted(script.outings)
    for day in local_dates(person.opened_ms, ends_ms):
        midnight_ms = local_ms(day, 0)
        while told and told[0].leaves_ms < midnight_ms + 24 * HOUR_MS:
            yield told.pop(0)
        if day not in script.story_days:
            for outing in _ordinary(person, rng, day):
                if outing.leaves_ms > person.opened_ms + SETTLING_MS:
                    yield outing


def _ordinary(person: Person, rng: Random, day: date) -> Iterator[Outing]:
    speed_kmh = rng.uniform(18, 40)
    if person.profile == "rf_curfew":
        start_ms = local_ms(day, 9 * 60 + rng.randrange(180))
        stay_ms = rng.randrange(40, _LONGEST_RF_ERRAND_MINUTES - 60) * MINUTE_MS
        yield trip(start_ms, person.home, ((person.leisure, speed_kmh, stay_ms),), speed_kmh)
        return
    leaves = max(person.curfew[1] + 25, 7 * 60 + 30) if person.has_curfew else 7 * 60
    start_ms = local_ms(day, leaves + rng.randrange(50))
    if day.weekday() < 5 or rng.random() < 0.3:  # noqa: PLR2004 -- Monday to Friday; a share
        bend = Place((person.home.east_m + person.work.east_m) / 2 + rng.uniform(-250, 250),
                     (person.home.north_m + person.work.north_m) / 2 + rng.uniform(-250, 250))  # fmt: skip
        legs = ((bend, speed_kmh, 0), (person.work, speed_kmh, rng.randrange(6 * 60, 8 * 60 + 30) * MINUTE_MS))
        yield trip(start_ms, person.home, legs, speed_kmh)
    elif rng.random() < 0.7:  # noqa: PLR2004 -- a share
        yield trip(start_ms + 2 * HOUR_MS, person.home, ((person.leisure, WALK_KMH, rng.randrange(30, 150) * MINUTE_MS),), WALK_KMH)
    if not person.has_curfew and rng.random() < 0.2:  # noqa: PLR2004 -- a share
        evening_ms = local_ms(day, 18 * 60 + 45 + rng.randrange(30))
        yield trip(evening_ms, person.home, ((person.leisure, speed_kmh, rng.randrange(40, 120) * MINUTE_MS),), speed_kmh)


class Track:
    """Follows his outings forward in time. Ask for instants that never decrease."""

    def __init__(self, home: Place, outings: Iterator[Outing]) -> None:
        self._at_home = (home.east_m, home.north_m, 0.0)
        self._outings = outings
        self._leg = 0
        self._next()

    def _next(self) -> None:
        outing = next(self._outings, None)
        self._points = outing.waypoints if outing else ()
        self.leaves_ms = outing.leaves_ms if outing else FOR_EVER_MS
        self._returns_ms = outing.returns_ms if outing else FOR_EVER_MS
        self._leg = 0

    def at(self, at_ms: int) -> tuple[float, float, float]:
        """Metres east and north of the town, and the speed in km/h."""
        while at_ms >= self._returns_ms:
            self._next()
        if at_ms < self.leaves_ms:
            return self._at_home
        points = self._points
        while at_ms >= points[self._leg + 1].at_ms:
            self._leg += 1
        before, after = points[self._leg], points[self._leg + 1]
        past = (at_ms - before.at_ms) / (after.at_ms - before.at_ms)
        east_m = before.place.east_m + past * (after.place.east_m - before.place.east_m)
        north_m = before.place.north_m + past * (after.place.north_m - before.place.north_m)
        speed_kmh = before.place.metres_to(after.place) / (after.at_ms - before.at_ms) / _METRES_PER_MS_AT_1_KMH
        return (east_m, north_m, speed_kmh)
