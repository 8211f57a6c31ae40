"""How the tests of the rules about tags, zones and curfews tell an evening: one invented person, judged for real.

Envelopes go through the codec and the shell's `Judge`, as in a replay; what the judge tells is all that a test looks at.
Day 0 is Monday 2 March 2026, so local time is UTC. Not a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from schemas.codec import decode_object
from schemas.event import Event
from schemas.finding import Finding
from streams.embedded.judge import Judge
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.zone_metres import metres_per_degree_east, metres_per_degree_north

Json = dict[str, object]
DAY_0 = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SAM = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}, {"type": "CASE", "value": "avon-and-somerset:c-1"}]}
LATITUDE, LONGITUDE = 51.4701, -2.6002
"""The middle of the map: places are so many metres north and east of it."""
NORTH_M, EAST_M = metres_per_degree_north(LATITUDE), metres_per_degree_east(LATITUDE)
GPS: Json = {"condition_id": "tag-1", "kind": "tag", "modes": ["gps"]}
RADIO: Json = {"condition_id": "tag-1", "kind": "tag", "modes": ["rf_curfew"]}


def at(said: str) -> datetime:
    """`20:14`, `20:14 +2d` or `20:14:30 -1d`, counted from day 0."""
    clock, _, days = said.partition(" ")
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return DAY_0 + timedelta(days=int(days.rstrip("d") or 0), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def circle(east: float = 0.0, radius_m: float = 200.0) -> Json:
    """A circle whose centre lies so many metres east of the middle of the map."""
    return {"latitude": LATITUDE, "longitude": LONGITUDE + east / EAST_M, "radius_m": radius_m}


def zone(condition_id: str = "ez-1", hers: str | None = "pp-77", *, east: float = 0.0, **more: object) -> Json:
    """An exclusion zone of 200 m, so many metres east of the middle of the map."""
    whose = {} if hers is None else {"protected_person_id": hers}
    return {"condition_id": condition_id, "kind": "exclusion_zone", "zone": circle(east), **whose, **more}


class Movements:
    """One person's evening. The last of the rules is the one that is tested."""

    def __init__(self, *rules: object) -> None:
        self._rules = rules
        self._slug = str(getattr(rules[-1], "slug", ""))
        self._told: list[tuple[datetime, Event]] = []
        self._found: dict[str, Finding] = {}
        self.tell(
            "00:00", "case.opened", case_ref="avon-and-somerset:c-1", risk_level="medium", areas=["avon-and-somerset"], name="Sam Field"
        )
        self.link("pp-77")

    def tell(self, when: str, kind: str, /, *, arrives: str | None = None, source: str | None = None, **data: object) -> Event:
        """Something happens, and arrives at once or later. A name's last underscore is for Python alone."""
        word = kind.split(".", 1)[0]
        said = {key.rstrip("_"): value for key, value in data.items() if value is not None}
        event = decode_object(
            {
                "id": f"e{len(self._told)}",
                "source": source or {"tagging": "em/allied", "custody": "custody/hmpps"}.get(word, f"{word}/avon"),
                "type": kind,
                "occurred_at": at(when),
                "data": said,
                **({} if word == "feed" else {"person": SAM}),
            }
        )
        self._told.append((at(arrives or when), event))
        return event

    def link(self, protected_person_id: str) -> Event:
        """A protected person is linked."""
        return self.tell("00:00", "case.protected_person_linked", protected_person_id=protected_person_id, relationship="ex_partner")

    def order(self, when: str, *conditions: Json, order_id: str = "or-1", starts: str | None = None, ends: str | None = None) -> Event:
        """An order is made."""
        over = {} if ends is None else {"ends_at": at(ends)}
        made = {"order_id": order_id, "kind": "court_bail", "starts_at": at(starts or when), "conditions": list(conditions)}
        return self.tell(when, "order.made", arrives=None, source=None, **made, **over)

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
            self.fix(_said(reached), east, north)
            reached += MINUTE

    def beats(self, first: str, last: str) -> None:
        """An honest heartbeat of the tagging feed each minute."""
        reached = at(first)
        while reached <= at(last):
            self.tell(_said(reached), "feed.heartbeat", source="em/allied", complete_to=reached)
            reached += MINUTE

    def play(self, until: str) -> Movements:
        """Everything from the start, in its turn, up to an instant; it may be played again when more has been told."""
        self._found = self._final(self._told, at(until))
        return self

    def found(self, *, withdrawn: bool = False) -> list[Finding]:
        """Findings of the tested rule as they stand, by beginning."""
        failed = [one.because for one in self._found.values() if one.about.kind == "rule"]
        assert not failed, failed
        chosen = [one for one in self._found.values() if one.rule == self._slug and (one.status == "withdrawn") is withdrawn]
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
            late = [(arrives + (at(until) - arrives) * chance.choice([0, 0, chance.random()]), event) for arrives, event in self._told]
            self._found = self._final(late, at(until))
            assert expected == self.found(), f"seed {seed}"
        return expected

    def _final(self, arrivals: Iterable[tuple[datetime, Event]], until: datetime) -> dict[str, Finding]:
        judge = Judge(Rulebook(self._rules), MemoryJournal())
        together: dict[datetime, list[Event]] = {}
        for arrives, event in arrivals:
            together.setdefault(arrives, []).append(event)
        heard = [told for arrives in sorted(together) if arrives <= until for told in judge.arrive(arrives, together[arrives])]
        heard += judge.advance(until)
        # `supersedes` tells of what was thought before, which the order of arrival may change (design 4.1).
        return {one.finding.finding_id: one.finding.model_copy(update={"supersedes": ()}) for told in heard for one in told.changes}


def _said(instant: datetime) -> str:
    passed = instant - DAY_0
    return f"00:00:{int(passed.total_seconds())}"
