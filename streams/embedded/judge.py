"""The judge: events in arrival order go in, changes of findings come out. The one shell of the pure core.

It owns the clock (an argument of every call), the people's logs, the feeds and the identity registry, and follows
design 4.6: all events of a person with one arrival are one judgement, then the heartbeats of that instant, then
wake-ups; before the clock moves on, wake-ups due before it fire, each at its own due. Used alike by `vigil replay`
and `vigil run`; it writes nothing and asks no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from schemas.event import Event
from schemas.feed import FeedHeartbeat
from streams.embedded import rising, wire
from streams.embedded.alarms import Alarms
from streams.embedded.logs import Logs
from streams.embedded.named import Named
from streams.embedded.people import People
from streams.embedded.told import Told
from streams.engine.diff import diff
from streams.engine.feed_actor import FeedActor
from streams.engine.feeds import Feeds
from streams.engine.journal import Journal
from streams.engine.rulebook import Rulebook
from streams.engine.state import NEVER
from streams.engine.timeline import place_of
from streams.engine.verdict import Finding
from streams.identity.question import Decision
from streams.identity.registry import Registry
from streams.intake.rise import Rise, Rises, Tally
from streams.rules import feed_silent

START = datetime.min.replace(tzinfo=UTC)


class Standing(NamedTuple):
    """What a shell saves of a judge beside its people, feeds and registry. `held`: events ahead of the clock, in order."""

    clock_at: datetime
    held: tuple[Event, ...]
    rises: bytes


class Judge:
    """One world: every person, every feed, one clock."""

    def __init__(
        self,
        rulebook: Rulebook,
        journal: Journal,
        feeds: Feeds | None = None,
        registry: Registry | None = None,
        logs: Logs | None = None,
        named: Named | None = None,
    ) -> None:
        self.rulebook = rulebook
        self.feeds = feeds or Feeds(rulebook.feed_limits or feed_silent.Parameters())
        self.registry = registry or Registry()
        self.alarms = Alarms()
        self.named = Named() if named is None else named
        self.people = People(rulebook, self.feeds, self.registry, journal, self.alarms, self.named.finding_of, logs)
        self.actors: dict[str, FeedActor] = {}
        self.rises = Rises()
        self.clock = START
        self._actors_at = NEVER
        self._expires_at = NEVER
        self.forgot = False
        """Something was let go of since the shell last asked: what is saved of identity is to be written anew."""
        self._held: list[tuple[datetime, int, Event]] = []
        self._count = 0

    @property
    def held(self) -> int:
        """Events ahead of the clock, waiting for it."""
        return len(self._held)

    def arrive(self, at: datetime, events: Sequence[Event]) -> list[Told]:
        """Everything that arrives at one instant, never before the clock. Directory events are the caller's."""
        self._before(at)
        if self._expires_at is NEVER:
            self._expires_at = _next_day(at)
        clock = self.clock = max(self.clock, at)
        now: list[Event] = []
        for event in events:
            if event.occurred_at > clock:
                self._count += 1
                heappush(self._held, (event.occurred_at, self._count, event))
            else:
                now.append(event)
        self._together(now)
        return self._take()

    def rising(self, at: datetime, tallies: Mapping[str, Tally]) -> None:
        """What each source sent at an instant, taken or set aside; said before those taken `arrive`, which tells what comes of it."""
        self._before(at)
        self.clock = max(self.clock, at)
        self._about_rises(self.rises.count(self.clock, tallies))

    def advance(self, to: datetime) -> list[Told]:
        """Let the clock come to an instant, everything due up to and at it fired."""
        self._before(to)
        self.clock = max(self.clock, to)
        self._together([])
        return self._take()

    def before(self, at: datetime) -> list[Told]:
        """Everything due before an instant, fired: what arrives at it, a rota too, cannot have been known then."""
        self._before(at)
        return self._take()

    def rejudge(self, key: str) -> list[Told]:
        """Judge one person's whole stored history again, at the clock as it stands."""
        self.people.rejudge(key, self.clock)
        return self._take()

    def answer(self, decision: Decision) -> list[Told]:
        """A human has answered a question of the identity desk; at the clock as it stands."""
        self.people.answer(decision, self.clock)
        return self._take()

    def standing(self) -> Standing:
        """See `Standing`."""
        return Standing(self.clock, tuple(event for _, _, event in sorted(self._held)), self.rises.dump())

    def resume(self, standing: Standing) -> None:
        """Go on where a saved judge stood; its people, feeds, actors and registry are here already."""
        self.clock = standing.clock_at
        self._expires_at = NEVER if self.clock == START else _next_day(self.clock)
        self.rises = Rises.load(standing.rises)
        self._count = len(standing.held)
        self._held = [(event.occurred_at, number, event) for number, event in enumerate(standing.held, 1)]
        self._actors_at = min((one.due_at() for one in self.actors.values()), default=NEVER)

    def next_at(self) -> datetime:
        """When the clock next makes something due."""
        at = min(self.alarms.next_at(), self._actors_at, self.rises.next_at(), self._expires_at)
        return min(at, self._held[0][0]) if self._held else at

    def _take(self) -> list[Told]:
        told = self.people.told
        if told:
            self.people.told = []
            for one in told:
                self.named.hear(one.changes)
        return told

    def _before(self, to: datetime) -> None:
        """Wake-ups due and held events reached before an instant, each at its own."""
        while (due := self.next_at()) < to:
            self.clock = max(self.clock, due)
            self._together([])

    def _together(self, now: list[Event]) -> None:
        """One instant of the clock: events, then heartbeats, then what is due. A rise ends or begins first: it holds a heartbeat back."""
        if self._expires_at <= self.clock:
            self.forgot |= self.people.expire(self.clock)
            self._expires_at = _next_day(self.clock)
        if self.rises.next_at() <= self.clock:
            self._about_rises(self.rises.reach(self.clock))
        while self._held and self._held[0][0] <= self.clock:
            now.append(heappop(self._held)[2])
        if now:
            beats = [event for event in now if event.type == "feed.heartbeat"]
            if not beats:
                self.people.receive(now, self.clock)
            elif len(beats) < len(now):
                self.people.receive([event for event in now if event.type != "feed.heartbeat"], self.clock)
            for beat in sorted(beats, key=place_of) if beats else ():
                self._beat(beat)
        if self._actors_at <= self.clock:
            for source in sorted(self.actors):
                actor = self.actors[source]
                before = actor.state.findings
                actor.reach(self.clock)
                self._about_feed(actor, before)
        while self.alarms.next_at() <= self.clock:
            self.people.advance(self.alarms.pop(), self.clock)

    def _beat(self, event: Event) -> None:
        if not isinstance(event.data, FeedHeartbeat) or event.message_status != "actual":
            return
        source = event.source
        heard = self.feeds.hear(source, event.occurred_at, event.data.complete_to)
        if (rise := self.rises.open().get(source)) is not None and source in self.feeds.known:
            self.feeds.known[source].held_before = rising.held_before(rise)
        if heard.rejudge_from is not None:
            self.people.again_from(heard.rejudge_from, self.clock)
        if heard.advanced:
            actor = self.actors.get(source)
            if actor is None:
                actor = self.actors[source] = FeedActor(source, self.rulebook)
            before = actor.state.findings
            actor.heard(event, self.clock)
            self._about_feed(actor, before)
            self.people.completed(source, self.feeds.known[source].judged_to, self.clock)

    def _about_rises(self, changed: Sequence[Rise]) -> None:
        for rise in changed:
            found = rising.finding(rise)
            before = {} if rise.ended_at is None else {found.id: rising.finding(msgspec.structs.replace(rise, ended_at=None))}
            areas = self.people.areas_relying_on(rise.source)
            said = tuple(one for change in diff(before, {found.id: found}, self.clock) for one in wire.system(change, areas, self.clock))
            self.people.told.append(Told(said, None))
            feed = self.feeds.known.get(rise.source)
            if feed is not None:
                feed.held_before = rising.held_before(rise) if rise.ended_at is None else None
                self.people.completed(rise.source, feed.judged_to, self.clock)

    def _about_feed(self, actor: FeedActor, before: Mapping[str, Finding]) -> None:
        self._actors_at = min(one.due_at() for one in self.actors.values())
        found = diff(before, actor.state.findings, self.clock)
        if found:
            areas = self.people.areas_relying_on(actor.source)
            said = tuple(one for change in found for one in wire.system(change, areas, self.clock))
            self.people.told.append(Told(said, None))


def _next_day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
