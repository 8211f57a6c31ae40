"""A whole simulated run, planned: who is in it, who has which story, which feeds fall silent, and what is therefore true.

Planning touches only the few who have stories; everybody else is made when the stream comes to them. `World.lines` can be read more
than once and gives the same bytes each time. Called by `write`, the demo and the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from ops.simulate.chance import stream
from ops.simulate.feeds import FITTERS, TAGS, Outages, heartbeats, outages, sources
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, to_ms
from ops.simulate.life import life
from ops.simulate.lines import Line
from ops.simulate.people import Person, Profile, opening_ms, person
from ops.simulate.script import Script
from ops.simulate.stage import NoRoom, Stage
from ops.simulate.stories.cast import STORIES
from ops.simulate.stories.handover import ROOM_MS, hand_over
from ops.simulate.stream import arrivals, news
from ops.simulate.truth import Truth

_PERSON_DAYS_A_ROUND = 3_000
_HANDOVERS_EVERY = 60
_SILENT_MS = {True: 5 * MINUTE_MS, False: HOUR_MS}
"""rules.md, feed-silent: for tagging feeds, and for all others."""


@dataclass(frozen=True, slots=True)
class World:
    """See the module. `told`: the people whose life is not ordinary, by number."""

    people: int
    days: int
    seed: int
    starts_ms: int
    outages: Outages
    told: dict[int, tuple[Person, Script]]

    @property
    def ends_ms(self) -> int:
        return self.starts_ms + self.days * DAY_MS

    def lines(self) -> Iterator[Line]:
        """Every line in order of arrival."""
        told = news(self.outages, self.seed, self.people, self.starts_ms, self.ends_ms)
        lives = ((self._opens_ms(number), self._life(number)) for number in range(self.people))
        return arrivals(lives, told, self.starts_ms, self.ends_ms)

    def _opens_ms(self, number: int) -> int:
        return self.told[number][0].opened_ms if number in self.told else opening_ms(number, self.people, self.starts_ms)

    def _life(self, number: int) -> Iterator[list[Line]]:
        script = self.told[number][1] if number in self.told else None
        yield from life(self.seed, self.person(number), script, self.outages, self.ends_ms)

    def person(self, number: int) -> Person:
        """Who has this number, from 0."""
        return self.told[number][0] if number in self.told else _person(self, number)

    def truths(self) -> list[Truth]:
        """What the rules should find, by its beginning."""
        found = [truth for _, script in self.told.values() for truth in script.truths]
        for source, every_ms in sources().items():
            found.extend(self._silences(source, every_ms))
        return sorted(found, key=lambda truth: (truth.began_ms, truth.rule, truth.case_ref or truth.about_id))

    def _silences(self, source: str, every_ms: int) -> Iterator[Truth]:
        limit_ms = _SILENT_MS[source in (TAGS, FITTERS)]
        beats = heartbeats(source, every_ms, self.outages, self.starts_ms, self.ends_ms)
        for before, after in pairwise(beats):
            if after.occurred_ms - before.complete_ms >= limit_ms + MINUTE_MS:
                yield Truth("feed-silent", "feed", source, before.complete_ms, after.occurred_ms)


def plan(people: int, days: int, seed: int, starts_at: datetime) -> World:
    """The run that these four decide. `starts_at` is aware; the run ends `days` times 24 hours later."""
    if people < 1 or days < 1:
        raise ValueError(f"a run of {people} people and {days} days: at least one of each is needed")
    if starts_at.utcoffset() is None:
        raise ValueError(f"starts_at {starts_at.isoformat()} has no offset: an aware datetime is needed")
    starts_ms = to_ms(starts_at)
    ends_ms = starts_ms + days * DAY_MS
    world = World(people, days, seed, starts_ms, outages(seed, days, starts_ms, ends_ms), {})
    return replace(world, told=_cast(world))


def simulate(people: int, days: int, seed: int, starts_at: datetime) -> Iterator[bytes]:
    """The lines of a run in order of arrival, without newlines. Streamed: memory grows with people, not with days."""
    return (text for _, text in plan(people, days, seed, starts_at).lines())


def _cast(world: World) -> dict[int, tuple[Person, Script]]:
    """Stories for a share of the people that a long run does not outgrow, then devices handed from one to the next."""
    rng = stream(world.seed, "cast")
    numbers = rng.sample(range(world.people), world.people)
    rounds = max(1, world.people * world.days // _PERSON_DAYS_A_ROUND)
    wanted = min(rounds * len(STORIES), (world.people + 1) // 2)
    told: dict[int, tuple[Person, Script]] = {}
    for n in range(wanted):
        story, number = STORIES[n % len(STORIES)], numbers.pop()
        stage = Stage(_person(world, number, story.profile), stream(world.seed, "story", number), world.ends_ms, world.outages)
        try:
            story.tell(stage)
        except NoRoom:
            continue
        told[number] = (stage.person, stage.script)
    for _ in range(min(world.people // _HANDOVERS_EVERY, len(numbers) // 2)):
        first, second = numbers.pop(), numbers.pop()
        stage = Stage(_person(world, first, "gps"), stream(world.seed, "handover", first), world.ends_ms - ROOM_MS, world.outages)
        try:
            after = hand_over(stage, _person(world, second, "gps"))
        except NoRoom:
            continue
        told[first], told[second] = (stage.person, stage.script), (after, Script())
    return told


def _person(world: World, number: int, profile: Profile | None = None) -> Person:
    return person(world.seed, number, world.people, world.starts_ms, profile, days=world.days)
