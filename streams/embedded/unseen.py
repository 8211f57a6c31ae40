"""Whom a silent feed leaves unseen, counted when it is read (design 4.11). A function of what people relied on and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from streams.embedded.logs import Relying
from streams.embedded.told import Unseen
from streams.engine.feeds import Feeds

UNMONITORED_AFTER = timedelta(minutes=60)
"""A high-risk person unseen for so long counts as unmonitored, still in the one alert about the feed."""


def unseen(relying: Iterable[Relying], feeds: Feeds, source: str, from_at: datetime, to_at: datetime) -> Unseen:
    """Who relied on a feed between two instants."""
    people: set[str] = set()
    high: set[str] = set()
    unmonitored: set[str] = set()
    for one in relying:
        for span in one.spans if one.status == "actual" else ():
            start, end = max(span.from_at, from_at), min(span.to_at or to_at, to_at)
            if end > start and source in feeds.read_by(one.carried_by, span.types):
                people.add(one.case)
                if span.high_risk:
                    high.add(one.case)
                    if end - start >= UNMONITORED_AFTER:
                        unmonitored.add(one.case)
    return Unseen(len(people), tuple(sorted(high)), tuple(sorted(unmonitored)))
