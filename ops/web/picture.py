"""How everything stands at one instant, as the plain page shows it: values only, made by the shell, read by `ops.web.words`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from alerting.directory import Directory
from alerting.lifecycle.handling import State
from schemas.alert import Alert
from schemas.finding import Severity

FeedWord = Literal["Live", "Late", "Silent", "Never heard"]
DemoTime = Literal["none", "fast", "real"]
"""Whether it is a demonstration, and how its clock runs."""
LATE_SHARE = 0.5
"""Of its limit: a feed that has not been heard for so long is late, and not yet silent."""


class FeedSeen(NamedTuple):
    """One feed that is expected to speak. `complete_to`: None while it never has."""

    source: str
    word: FeedWord
    complete_to: datetime | None


class Board(NamedTuple):
    """One open alert as anybody at this machine may see it: nothing of a person."""

    reference: str
    severity: Severity
    rule: str
    began_at: datetime
    state: State


class Picture(NamedTuple):
    """`at`: how far judging has come. `alerts`: the open ones, in the order in which they should be worked."""

    at: datetime
    alerts: tuple[Alert, ...]
    directory: Directory
    feeds: tuple[FeedSeen, ...]
    people: int
    last_event_at: datetime | None
    behind_events: int
    """Accepted and not yet judged."""
    failed: bool = False
    """Judging has stopped by itself: what is shown is what stood then."""
    demo: DemoTime = "none"


def feed_seen(source: str, complete_to: datetime | None, limit: timedelta, now: datetime) -> FeedSeen:
    """A feed in a word, by how far it is complete and how long it may say nothing."""
    if complete_to is None:
        return FeedSeen(source, "Never heard", None)
    lag = now - complete_to
    word: FeedWord = "Silent" if lag >= limit else "Late" if lag >= limit * LATE_SHARE else "Live"
    return FeedSeen(source, word, complete_to)
