"""The one actor of a feed: hands heartbeats and its wake-ups to the rules about feeds (`feed-silent`; design 4.11).

About arrival, so it runs forward only, on the clock. People are counted elsewhere, from their reliance.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.event import Event
from streams.engine.known import Known
from streams.engine.person import Person
from streams.engine.rulebook import Rulebook
from streams.engine.state import NEVER, State
from streams.engine.take import Taker
from streams.engine.verdict import Given, Wake

NOBODY = Person()


class FeedActor:
    """State of the rules about one feed."""

    def __init__(self, source: str, rulebook: Rulebook, state: State | None = None) -> None:
        self.source = source
        self._rules = [(index, rule) for index, rule in enumerate(rulebook.rules) if rule.actor == "feed"]
        self._parameters = rulebook.parameters(NOBODY)
        self._take = Taker(rulebook, "actual")
        self.state = state or State(memories=(None,) * len(rulebook.rules))

    def heard(self, event: Event, clock: datetime) -> None:
        """A heartbeat that the feed's set has taken."""
        for index, rule in self._rules:
            if event.type in rule.reads:
                self._ask(index, event, clock)

    def ask_again(self, clock: datetime) -> None:
        """What waits is asked as soon as the clock moves: its limit may be another since it was set."""
        waiting = tuple(
            one
            if one.wake_up.due is None
            else msgspec.structs.replace(one, wake_up=msgspec.structs.replace(one.wake_up, due=min(one.wake_up.due, clock)))
            for one in self.state.pending
        )
        self.state = msgspec.structs.replace(self.state, pending=waiting)

    def due_at(self) -> datetime:
        """When it next has to be asked."""
        return min((one.wake_up.due for one in self.state.pending if one.wake_up.due is not None), default=NEVER)

    def reach(self, clock: datetime) -> None:
        """Let the clock come to an instant."""
        while (due := self.due_at()) <= clock:
            pending = next(one for one in self.state.pending if one.wake_up.due == due)
            rest = tuple(one for one in self.state.pending if one is not pending)
            self.state = msgspec.structs.replace(self.state, pending=rest)
            self._ask(pending.rule, Wake(pending.wake_up.key, due), max(due, clock))

    def _ask(self, index: int, given: Given, clock: datetime) -> None:
        rule = dict(self._rules)[index]
        known = Known(at=clock, person=NOBODY, before=NOBODY, case=self.source, findings=self.state.findings)
        verdict = rule.decide(self._parameters[index], self.state.memories[index] or rule.memory, known, given)
        if verdict is not None:
            self.state, _ = self._take.verdict(self.state, index, verdict, clock)
