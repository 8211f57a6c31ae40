"""How the tests of the rules about tags, zones and curfews tell an evening: metres on a map, and minutes of fixes.

The shell's `Judge` judges, as in a replay, from the start each time; what it tells is all that a test looks at. Not a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from schemas.event import Event
from schemas.finding import Finding
from streams.embedded.judge import Judge
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.zone_metres import metres_per_degree_east, metres_per_degree_north
from tests.unit.rules.telling import Telling, at, said, turns

Json = dict[str, object]
MINUTE = timedelta(minutes=1)
LATITUDE, LONGITUDE = 51.4701, -2.6002
"""The middle of the map: places are so many metres north and east of it."""
NORTH_M, EAST_M = metres_per_degree_north(LATITUDE), metres_per_degree_east(LATITUDE)
GPS: Json = {"condition_id": "tag-1", "kind": "tag", "modes": ["gps"]}
RADIO: Json = {"condition_id": "tag-1", "kind": "tag", "modes": ["rf_curfew"]}


def circle(east: float = 0.0, radius_m: float = 200.0) -> Json:
    """A circle whose centre lies so many metres east of the middle of the map."""
    return {"latitude": LATITUDE, "longitude": LONGITUDE + east / EAST_M, "radius_m": radius_m}


def zone(condition_id: str = "ez-1", hers: str | None = "pp-77", *, east: float = 0.0, **more: object) -> Json:
    """An exclusion zone of 200 m, so many metres east of the middle of the map."""
    whose = {} if hers is None else {"protected_person_id": hers}
    return {"condition_id": condition_id, "kind": "exclusion_zone", "zone": circle(east), **whose, **more}


class Movements(Telling):
    """One person's evening."""

    def __init__(self, *rules: object) -> None:
        super().__init__(rules)
        self._found: dict[str, Finding] = {}
        self.link("pp-77")

    def fitted(self, when: str, mode: str = "gps", device_id: str = "de-1", activation_id: str = "ac-1") -> Event:
        """A tag is fitted."""
        return self.tell(when, "tagging.fitted", device_id=device_id, activation_id=activation_id, modes=[mode])

    def fix(
        self,
        when: str,
        east: float = 0.0,
        north: float = 0.0,
        *,
        accuracy: float | None = 10.0,
        by: str = "gps",
        arrives: str | None = None,
        battery: float | None = None,
        device: tuple[str, str | None] = ("de-1", "ac-1"),
    ) -> Event:
        """A fix so many metres east and north of the middle of the map. `device`: with its activation."""
        place = {"latitude": LATITUDE + north / NORTH_M, "longitude": LONGITUDE + east / EAST_M, "accuracy_m": accuracy}
        worn = {"device_id": device[0], "activation_id": device[1], "battery_percent": battery}
        return self.tell(when, "tagging.position", arrives=arrives, source=None, mechanism=by, **place, **worn)

    def fixes(self, first: str, last: str, east: float = 0.0, north: float = 0.0) -> None:
        """A certain fix a minute, the last one included."""
        reached = at(first)
        while reached <= at(last):
            self.fix(said(reached), east, north)
            reached += MINUTE

    def tag_beats(self, first: str, last: str) -> None:
        """An honest heartbeat of the tagging feed each minute."""
        self.beats("em/allied", first, last, MINUTE)

    def play(self, until: str) -> Movements:
        """Everything from the start, in its turn, up to an instant; it may be played again when more has been told."""
        self._found = self._final(self.events, at(until))
        return self

    def found(self, *, withdrawn: bool = False) -> list[Finding]:
        """Findings of the tested rule as they stand, by beginning."""
        failed = [one.because for one in self._found.values() if one.about.kind == "rule"]
        assert not failed, failed
        chosen = [one for one in self._found.values() if one.rule == self.slug and (one.status == "withdrawn") is withdrawn]
        return sorted(chosen, key=lambda one: (one.began_at, one.finding_id))

    def only(self) -> Finding:
        """The one finding of the rule."""
        found = self.found()
        assert len(found) == 1, found
        return found[0]

    def in_any_order(self, until: str, *, times: int = 8) -> list[Finding]:
        """Whatever the order of arrival, the same findings stand in the end (rules.md, word 15)."""
        expected = self.play(until).found()
        for seed in range(times):
            chance = Random(seed)
            late = [(arrives + (at(until) - arrives) * chance.choice([0, 0, chance.random()]), event) for arrives, event in self.events]
            self._found = self._final(late, at(until))
            assert expected == self.found(), f"seed {seed}"
        return expected

    def _final(self, arrivals: Iterable[tuple[datetime, Event]], until: datetime) -> dict[str, Finding]:
        judge = Judge(Rulebook(self.rules), MemoryJournal())
        heard = [told for arrives, events in turns(arrivals) if arrives <= until for told in judge.arrive(arrives, events)]
        heard += judge.advance(until)
        # `supersedes` tells of what was thought before, which the order of arrival may change (design 4.1).
        return {one.finding.finding_id: one.finding.model_copy(update={"supersedes": ()}) for told in heard for one in told.changes}
