"""What each feed has told us of itself: how far it is complete, and when it was out (design 4.2; rules.md, word 9).

Heartbeats alone decide: their set, never the order in which they came. Not the wall clock, and not the events. The
shell hears heartbeats into it; the engine asks it when a silence is due and whether it may be judged.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

MANY = 4096
"""Fewer heartbeats than this are not worth forgetting."""
KEPT = timedelta(days=3)
"""How long single heartbeats are kept, so that late ones find their place; older ones live on in the outages."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Beat(msgspec.Struct, frozen=True, order=True):
    """One heartbeat: when it was sent, and how far the feed was complete."""

    occurred_at: datetime
    complete_to: datetime


class Outage(msgspec.Struct, frozen=True):
    """From the `complete_to` of one heartbeat to the `occurred_at` of the next, when that is the feed's limit or more."""

    from_at: datetime
    to_at: datetime


class Heard(msgspec.Struct, frozen=True):
    """What a heartbeat changed. `rejudge_from`: the past is seen differently from here on; None: only the end moved."""

    advanced: bool
    rejudge_from: datetime | None


class FeedLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a feed may say nothing before it is silent.

    The numbers are the parameters of `feed-silent`, and no others: what it calls silent is what counts as an outage for
    every rule (rules.md, word 9).
    """

    tagging_limit: timedelta
    other_limit: timedelta

    def __post_init__(self) -> None:
        """Without a limit every minute would be an outage, and no silence would ever be seen."""
        for name in ("tagging_limit", "other_limit"):
            if getattr(self, name) <= timedelta(0):
                raise ValueError(f"{name}: expected more than 0")

    def of(self, source: str) -> timedelta:
        """The limit of a feed, by its kind."""
        return self.tagging_limit if is_tagging(source) else self.other_limit


def is_tagging(source: str) -> bool:
    """Whether a feed is a tagging supplier's."""
    return source.split("/", 1)[0] == "em"


class Feed:
    """One feed that sends heartbeats."""

    def __init__(self, source: str, limit: timedelta) -> None:
        self.source = source
        self.limit = limit
        self.beats: list[Beat] = []
        self.old_outages: tuple[Outage, ...] = ()
        self.outages: tuple[Outage, ...] = ()
        self.complete_to = _NEVER
        self.held_before: datetime | None = None
        """While events of this feed are set aside in a rise: completeness stays before the first of them."""

    def _outages(self) -> tuple[Outage, ...]:
        found = list(self.old_outages)
        reached: datetime | None = None
        for beat in self.beats:
            if reached is not None and beat.complete_to <= reached:
                continue  # one that does not advance is no heartbeat
            if reached is not None and beat.occurred_at - reached >= self.limit:
                found.append(Outage(reached, beat.occurred_at))
            reached = beat.complete_to
        return tuple(found)

    def heard(self, beat: Beat) -> Heard:
        """Take one heartbeat into the set."""
        first = not self.beats
        last = self.beats[-1] if self.beats else None
        if last is not None and beat > last and beat.complete_to > self.complete_to:
            if beat.occurred_at - self.complete_to >= self.limit:
                self.outages = (*self.outages, Outage(self.complete_to, beat.occurred_at))
            self.beats.append(beat)
            self.complete_to = beat.complete_to
            self._forget()
            return Heard(advanced=True, rejudge_from=None)
        if beat in self.beats[-8:]:
            return Heard(advanced=False, rejudge_from=None)
        insort(self.beats, beat)
        before = self.outages
        advanced = beat.complete_to > self.complete_to
        self.complete_to = max(self.complete_to, beat.complete_to)
        self.outages = self._outages()
        changed = [one.from_at for one in {*before} ^ {*self.outages}]
        return Heard(advanced=advanced, rejudge_from=beat.complete_to if first else min(changed, default=None))

    def _forget(self) -> None:
        if len(self.beats) < MANY or self.beats[-1].occurred_at - self.beats[0].occurred_at < 2 * KEPT:
            return
        keep_from = self.beats[-1].occurred_at - KEPT
        kept = [beat for beat in self.beats if beat.occurred_at >= keep_from]
        self.old_outages = tuple(one for one in self.outages if one.to_at < kept[0].occurred_at or one.to_at <= kept[0].complete_to)
        self.beats = kept
        self.outages = self._outages()

    @property
    def judged_to(self) -> datetime:
        """How far silence of this feed may be judged."""
        return self.complete_to if self.held_before is None else min(self.complete_to, self.held_before)


class Feeds:
    """All feeds that send heartbeats, and which feed carries what."""

    def __init__(
        self,
        limits: FeedLimits,
        carries: Mapping[str, Sequence[str]] | None = None,
        heartbeats: Mapping[str, bool] | None = None,
    ) -> None:
        self.limits = limits
        self.known: dict[str, Feed] = {}
        """Those that are expected to send heartbeats: each that has sent one, and what configuration says."""
        self._expected = dict(heartbeats or {})
        self._carries = dict(carries or {})
        """Configuration: source to the event types that it carries; other feeds carry what their first word says."""
        for source, expected in self._expected.items():
            if expected:
                self.known[source] = self.unheard(source)

    def said(self) -> str:
        """What was configured: with another text, silence would be judged otherwise."""
        return repr((self.limits, sorted(self._carries.items()), sorted(self._expected.items())))

    def unheard(self, source: str) -> Feed:
        """A feed that has not said anything yet."""
        return Feed(source, self.limits.of(source))

    def expects(self, source: str) -> bool:
        """Whether the feed's heartbeats count."""
        return self._expected.get(source, True)

    def hear(self, source: str, occurred_at: datetime, complete_to: datetime) -> Heard:
        """A heartbeat. The caller has set aside one whose `complete_to` is beyond its `occurred_at`."""
        if not self.expects(source):
            return Heard(advanced=False, rejudge_from=None)  # its silence falls to the clock, whatever it sends
        feed = self.known.get(source)
        if feed is None:
            feed = self.known[source] = self.unheard(source)
        return feed.heard(Beat(occurred_at, complete_to))

    def _carriers(self, event_type: str) -> list[str]:
        word = event_type.split(".", 1)[0]
        word = "em" if word == "tagging" else word
        return [
            source for source in self.known if (event_type in self._carries[source] if source in self._carries else source.startswith(word))
        ]

    def read_by(self, carried_by: Mapping[str, tuple[str, ...]], types: Iterable[str]) -> tuple[str, ...]:
        """The feeds whose silence is read for these types.

        Those that delivered them for this person, else all that carry them; and of these only those that send
        heartbeats: any other falls to the clock.
        """
        delivered = [source for one in types for source in carried_by.get(one, ())]
        if not delivered:
            delivered = [source for one in types for source in self._carriers(one)]
        return tuple(source for source in dict.fromkeys(delivered) if source in self.known)

    def behind(self, sources: Iterable[str], at: datetime) -> tuple[str, ...]:
        """Those of the feeds that are not complete to `at`."""
        return tuple(source for source in sources if self.known[source].judged_to < at)

    def due(self, sources: Iterable[str], since: datetime, limit: timedelta) -> datetime:
        """`limit` after `since`, not counting the minutes in which any of the feeds was out."""
        due = since + limit
        spans = [one for source in sources for one in self.known[source].outages if one.to_at > since]
        if not spans:
            return due
        reached = since
        for span in sorted(spans, key=lambda one: one.from_at):
            start = max(span.from_at, reached)
            if start >= due:
                break
            if span.to_at > start:
                due += span.to_at - start
                reached = span.to_at
        return due
