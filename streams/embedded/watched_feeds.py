"""How each feed is doing, as the page of the feeds shows it. Counted from what arrives, and from what each feed says of itself.

About arrival alone, so it is counted on the clock and never judged again. Called by `streams.embedded.publishing`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from schemas.read_models import FeedState, FeedView, OutageShown
from streams.engine.feeds import Feed, Feeds
from streams.intake.rise import Tally

RATE_OVER = timedelta(minutes=5)
ASIDE_OVER = timedelta(hours=1)
SHOWN_FOR = timedelta(days=28)
LATE_SHARE = 0.5
"""Of its limit: a feed that has not been heard for so long is late, and not yet silent."""
_MINUTE = timedelta(minutes=1)


class _Counted:
    """One source: what it sent in each of the last minutes, the total and what of it was set aside."""

    def __init__(self) -> None:
        self.last_at: datetime | None = None
        self.sent: deque[tuple[datetime, int, int]] = deque()

    def count(self, at: datetime, tally: Tally) -> None:
        self.last_at = at
        minute = at.replace(second=0, microsecond=0)
        sent, aside = tally.sent_events, tally.set_aside_events
        if self.sent and self.sent[-1][0] == minute:
            _, before, before_aside = self.sent.pop()
            sent, aside = sent + before, aside + before_aside
        self.sent.append((minute, sent, aside))

    def forget(self, before_at: datetime) -> None:
        while self.sent and self.sent[0][0] < before_at:
            self.sent.popleft()


class WatchedFeeds:
    """Every source that was heard since the start, or is expected to send heartbeats."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._counted: dict[str, _Counted] = {}

    def count(self, at: datetime, sent: Mapping[str, Tally]) -> None:
        """What each source sent in one arrival."""
        for source, tally in sent.items():
            self._counted.setdefault(source, _Counted()).count(at, tally)

    def views(self, now: datetime) -> Iterator[FeedView]:
        """Each as it stands."""
        for source in sorted({*self._counted, *self._feeds.known}):
            yield self._view(source, now)

    def states(self, now: datetime) -> dict[str, FeedState]:
        """Of those that send heartbeats, in a word."""
        return {source: _state(feed, now) for source, feed in self._feeds.known.items()}

    def _view(self, source: str, now: datetime) -> FeedView:
        feed = self._feeds.known.get(source)
        heard = feed is not None and bool(feed.beats)
        counted = self._counted.get(source, _Counted())
        counted.forget(now - ASIDE_OVER)
        sent = sum(count for minute, count, _ in counted.sent if minute > now - RATE_OVER)
        state: FeedState = "live" if feed is None else _state(feed, now)
        return FeedView(
            source=source,
            as_of_at=now,
            state=state,
            last_event_at=counted.last_at,
            complete_to=feed.complete_to if feed is not None and heard else None,
            heartbeat_due_at=feed.complete_to + feed.limit if feed is not None and heard else None,
            silent_since_at=feed.complete_to if feed is not None and heard and state == "silent" else None,
            outages=tuple(OutageShown(from_at=one.from_at, to_at=one.to_at) for one in feed.outages if one.to_at > now - SHOWN_FOR)
            if feed is not None
            else (),
            per_min=round(sent / (RATE_OVER / _MINUTE), 1),
            set_aside_per_h=float(sum(aside for _, _, aside in counted.sent)),
        )


def _state(feed: Feed, now: datetime) -> FeedState:
    """By how far it is complete and how long it may say nothing."""
    if not feed.beats:
        return "never"
    lag = now - feed.complete_to
    return "silent" if lag >= feed.limit else "late" if lag >= feed.limit * LATE_SHARE else "live"
