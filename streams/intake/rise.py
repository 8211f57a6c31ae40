"""A rise of what a feed sends and we cannot take: 20 events of a source in 60 minutes, and 5 % of what it sent in them.

About arrival, like `feed-silent`, so it is counted on the clock and never judged again. Not the finding (the shell words
`quarantine-rising` from a `Rise`) and not the store of what was set aside. Called by `streams.embedded.judge`; no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

WITHIN = timedelta(minutes=60)
LEAST_EVENTS = 20
LEAST_PERCENT = 5
CLOSES_AFTER = timedelta(minutes=60)
REACHES_BACK = timedelta(hours=48)
"""What is set aside may bear any date; it holds nothing back from before the horizon within which evidence is judged at once."""
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NEVER = datetime.max.replace(tzinfo=UTC)


class Tally(NamedTuple):
    """What one source sent at one instant. `sent_events` counts all, taken or not; `first_at`: the earliest instant of those set aside."""

    sent_events: int
    set_aside_events: int = 0
    first_at: datetime | None = None

    def and_then(self, other: Tally) -> Tally:
        """Both together."""
        instants = [one for one in (self.first_at, other.first_at) if one is not None]
        return Tally(
            self.sent_events + other.sent_events, self.set_aside_events + other.set_aside_events, min(instants) if instants else None
        )


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """One rise of one source. The two counts are those of the hour that ends at `seen_at`, when the limit was reached.

    `began_at`: the first event set aside in it arrived. `first_at`: the earliest instant that such an event speaks of;
    nothing from there on is known to be complete.
    """

    source: str
    began_at: datetime
    seen_at: datetime
    first_at: datetime
    set_aside_events: int
    sent_events: int
    below_since_at: datetime | None = None
    ended_at: datetime | None = None


class _Run(msgspec.Struct):
    """What one source sent within a second, or a minute in which all was taken; counted at the first instant of it."""

    at: datetime
    sent_events: int
    set_aside_events: int
    first_at: datetime | None


class _Saved(msgspec.Struct):
    runs: list[_Run]
    rise: Rise | None


class _Watch:
    """One source: its last hour, and the rise that is open."""

    def __init__(self, runs: Iterable[_Run] = (), rise: Rise | None = None) -> None:
        self.runs = deque(runs)
        self.rise = rise
        self._sent_events = sum(one.sent_events for one in self.runs)
        self._set_aside_events = sum(one.set_aside_events for one in self.runs)

    def count(self, at: datetime, tally: Tally) -> None:
        last = self.runs[-1] if self.runs else None
        if last is None or at - last.at >= (MINUTE if tally.set_aside_events == last.set_aside_events == 0 else SECOND):
            last = _Run(at, 0, 0, None)
            self.runs.append(last)
        last.sent_events += tally.sent_events
        last.set_aside_events += tally.set_aside_events
        if tally.set_aside_events:
            speaks_of_at = min(at, max(tally.first_at or at, at - REACHES_BACK))
            last.first_at = min(speaks_of_at, last.first_at or NEVER)
        self._sent_events += tally.sent_events
        self._set_aside_events += tally.set_aside_events

    def next_at(self) -> datetime:
        """When the clock alone next changes anything here."""
        rise = self.rise
        closes_at = NEVER if rise is None or rise.below_since_at is None else rise.below_since_at + CLOSES_AFTER
        if self._set_aside_events < LEAST_EVENTS and (rise is None or rise.below_since_at is not None):
            return closes_at  # too few, and fewer as they leave
        return min(closes_at, self.runs[0].at + WITHIN if self.runs else NEVER)

    def look(self, source: str, at: datetime) -> Rise | None:
        """Let the hour end at this instant; the rise if it has just opened or ended."""
        while self.runs and self.runs[0].at + WITHIN <= at:
            gone = self.runs.popleft()
            self._sent_events -= gone.sent_events
            self._set_aside_events -= gone.set_aside_events
        above = self._set_aside_events >= LEAST_EVENTS and self._set_aside_events * 100 >= LEAST_PERCENT * self._sent_events
        rise = self.rise
        if rise is None:
            if above:
                self.rise = self._opened(source, at)
            return self.rise
        if above:
            self.rise = msgspec.structs.replace(rise, below_since_at=None)
        elif rise.below_since_at is None:
            self.rise = msgspec.structs.replace(rise, below_since_at=at)
        elif at >= rise.below_since_at + CLOSES_AFTER:
            self.rise = None
            return msgspec.structs.replace(rise, ended_at=rise.below_since_at + CLOSES_AFTER)
        return None

    def _opened(self, source: str, at: datetime) -> Rise:
        bad = [one for one in self.runs if one.set_aside_events]
        return Rise(
            source=source,
            began_at=bad[0].at,
            seen_at=at,
            first_at=min(one.first_at or one.at for one in bad),
            set_aside_events=self._set_aside_events,
            sent_events=self._sent_events,
        )


class Rises:
    """Every source that sends. Mutable, and a function of what it was told in order."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watch] = {}
        self._next_at = NEVER
        """No earlier does the clock change anything: looked up with each event that arrives, so it is kept."""

    def count(self, at: datetime, tallies: Mapping[str, Tally]) -> list[Rise]:
        """What each source sent at an instant, never before the last; rises that this opens or ends. The caller has reached `at`."""
        changed: list[Rise | None] = []
        for source in sorted(tallies):
            watch = self._watched.setdefault(source, _Watch())
            watch.count(at, tallies[source])
            changed.append(watch.look(source, at))
            self._next_at = min(self._next_at, watch.next_at())
        return [rise for rise in changed if rise is not None]

    def reach(self, at: datetime) -> list[Rise]:
        """Let the clock come to an instant; rises that open or end by it."""
        changed: list[Rise | None] = []
        for source in sorted(self._watched):
            watch = self._watched[source]
            while (due := watch.next_at()) <= at:
                changed.append(watch.look(source, due))
        self._next_at = min((watch.next_at() for watch in self._watched.values()), default=NEVER)
        return [rise for rise in changed if rise is not None]

    def next_at(self) -> datetime:
        """When the clock next changes anything, or may."""
        return self._next_at

    def open(self) -> dict[str, Rise]:
        """The rises that go on, by source."""
        return {source: watch.rise for source, watch in self._watched.items() if watch.rise is not None}

    def dump(self) -> bytes:
        """To bytes: what a shell saves."""
        return msgspec.msgpack.encode({source: _Saved(list(watch.runs), watch.rise) for source, watch in self._watched.items()})

    @classmethod
    def load(cls, raw: bytes) -> Rises:
        """From bytes."""
        rises = cls()
        saved = msgspec.msgpack.decode(raw, type=dict[str, _Saved])
        rises._watched = {source: _Watch(one.runs, one.rise) for source, one in saved.items()}
        rises._next_at = min((watch.next_at() for watch in rises._watched.values()), default=NEVER)
        return rises
