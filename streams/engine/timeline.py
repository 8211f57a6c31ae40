"""Judging a stretch of one person's event time: events, edges and wake-ups in the one order of design 4.1.

Pure: the clock is an argument, and the feeds are only asked. A wake-up that may not fire yet, because a feed that it
reads is not complete to its due, is passed over: it stands on the list of waits, and the person is judged again from
there when the feed completes, even if later evidence has cancelled it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from schemas.event import Event
from streams.engine.edges import edge_order
from streams.engine.feeds import Feeds
from streams.engine.state import EDGES, EVENTS, NEVER, WAKES, Pending, Place, State
from streams.engine.step import Stepper
from streams.engine.take import BrokenPromise, counted_from, due_at_least
from streams.engine.verdict import Wake

RESTLESS = 20_000
"""So many edges and wake-ups between two events are a rule that wakes itself for ever."""

Wait = tuple[datetime, str]
"""(due, source): a wake-up that this feed keeps from being judged."""


def place_of(event: Event) -> Place:
    """Where an event stands."""
    return (event.occurred_at, EVENTS, event.rank, event.source, event.id)


class Stretch(msgspec.Struct):
    """Where judging has come to. Lives only while a stretch is judged."""

    state: State
    place: Place
    waits: set[Wait]


class Timeline:
    """Judges stretches for one rulebook and one set of feeds."""

    def __init__(self, stepper: Stepper, feeds: Feeds) -> None:
        self.stepper = stepper
        self.feeds = feeds

    def judge(self, stretch: Stretch, case: str, events: Iterable[Event], passed: Callable[[Stretch], None]) -> None:
        """Judge events in their order, with the edges and wake-ups that lie before each. `passed`: after each event."""
        step = self.stepper.event
        for event in events:
            if stretch.state.next_at <= event.occurred_at:
                self._reach(stretch, case, event.occurred_at, before_events=True)
                stretch.state = step(stretch.state, case, event, self._due_at(stretch, event.occurred_at))
            else:
                stretch.state = step(stretch.state, case, event)
            stretch.place = place_of(event)
            passed(stretch)

    def reach(self, stretch: Stretch, case: str, clock: datetime) -> None:
        """Let the clock come to an instant at which all events are judged: edges and wake-ups up to and at it."""
        if stretch.state.next_at <= clock:
            self._reach(stretch, case, clock, before_events=False)

    def due(self, pending: Pending, state: State) -> tuple[datetime, tuple[str, ...]]:
        """When a wake-up is due, outages counted, and whose silence it reads. NEVER: nothing to count from yet."""
        wake_up = pending.wake_up
        sources = self.feeds.read_by(state.person.carried_by, wake_up.feeds) if wake_up.feeds else ()
        if wake_up.due is not None:
            return max(wake_up.due, pending.set_at), sources
        since = counted_from(wake_up, state.person)
        if since is None:
            return NEVER, sources
        return max(self.feeds.due(sources, since, wake_up.limit), pending.set_at), sources

    def _due_at(self, stretch: Stretch, at: datetime) -> frozenset[tuple[str, str]]:
        """The wake-ups that come after the events of this instant, for which a limit is nevertheless reached at it."""
        found: list[tuple[str, str]] = []
        for pending in stretch.state.pending:
            due, sources = self.due(pending, stretch.state)
            if due == at and pending.set_at < at:
                behind = self.feeds.behind(sources, due)
                stretch.waits.update((due, source) for source in behind)
                if not behind:
                    found.append((self.stepper.rulebook.rules[pending.rule].slug, pending.wake_up.key))
        return frozenset(found)

    def _reach(self, stretch: Stretch, case: str, limit: datetime, *, before_events: bool) -> None:
        for _ in range(RESTLESS):
            state = stretch.state
            first: tuple[Place, Pending | None] | None = None
            next_at = NEVER
            if state.edges:
                edge = state.edges[0]
                if edge.at <= limit:
                    at, rank, order_id, condition_id = edge_order(edge)
                    first = ((at, EDGES, rank, order_id, condition_id), None)
                else:
                    next_at = edge.at
            for pending in state.pending:
                due, sources = self.due(pending, state)
                if due > limit or (before_events and due == limit):
                    # Not `due`: a late heartbeat may take an outage away, and state must not remember it.
                    next_at = min(next_at, due_at_least(pending.wake_up, state.person, pending.set_at))
                    continue
                behind = self.feeds.behind(sources, due)
                if behind:
                    next_at = min(next_at, due)
                    stretch.waits.update((due, source) for source in behind)
                    continue
                place: Place = (due, WAKES, pending.rule, pending.wake_up.key, "")
                if first is None or place < first[0]:
                    first = (place, pending)
            if first is None:
                stretch.state = replace(state, next_at=next_at)
                return
            place, waking = first
            if waking is None:
                stretch.state = self.stepper.edge(replace(state, edges=state.edges[1:]), case, state.edges[0])
            else:
                stretch.state = self.stepper.wake(state, case, waking.rule, Wake(waking.wake_up.key, place[0]), place[0])
            stretch.place = max(stretch.place, place)
        # A rule that wakes itself for ever: what it asked for up to here is dropped, and the person's officers are told.
        state = stretch.state
        asleep = tuple(one for one in state.pending if self.due(one, state)[0] > limit)
        restless = ", ".join(sorted({self.stepper.rulebook.rules[one.rule].slug for one in state.pending if one not in asleep}))
        failure = BrokenPromise(f"{restless} never comes to rest")
        stretch.state = self.stepper.failed(replace(state, pending=asleep), case, limit, restless or "engine", failure)
