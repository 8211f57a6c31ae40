"""What each feed has told of itself, and the rules about feeds, in `state.sqlite3`. Owned by the keeper."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from schemas import codec
from schemas.feed import FeedHeartbeat
from streams.embedded.judge import Judge
from streams.embedded.received import Received
from streams.engine.feed_actor import FeedActor
from streams.engine.feeds import Beat, Feeds, Outage
from streams.engine.log import PersonLog
from streams.engine.snapshot import Snapshots
from streams.engine.state import State

SCHEMA = "CREATE TABLE IF NOT EXISTS feed (source TEXT PRIMARY KEY, heard BLOB NOT NULL, actor BLOB);"


class _Heard(msgspec.Struct, array_like=True):
    beats: list[Beat]
    old_outages: tuple[Outage, ...]
    outages: tuple[Outage, ...]
    complete_to: datetime
    held_before: datetime | None


_Standing = tuple[int, datetime, datetime | None, State | None]
"""What tells whether a feed is different from what is saved of it."""
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Heard).decode


def load_feeds(file: sqlite3.Connection, feeds: Feeds) -> None:
    """Fill in what was saved, of the feeds whose heartbeats still count."""
    for source, raw in file.execute("SELECT source, heard FROM feed ORDER BY source"):
        if not feeds.expects(source):
            continue
        heard = _read(raw)
        feed = feeds.known[source] = feeds.unheard(source)
        feed.beats, feed.old_outages, feed.outages = heard.beats, heard.old_outages, heard.outages
        feed.complete_to, feed.held_before = heard.complete_to, heard.held_before


def hear_again(feeds: Feeds, received: Iterable[Received], clock: datetime) -> None:
    """From every heartbeat that was received: what counts as an outage may be another since they were heard, and old ones are forgotten."""
    held_before = {source: feed.held_before for source, feed in feeds.known.items()}
    for source in held_before:
        feeds.known[source] = feeds.unheard(source)
    for batch in received:
        for raw in batch.lines:
            if b"feed.heartbeat" not in raw and b"\\" not in raw:  # an escape may hide the word
                continue
            event = codec.decode(raw)
            if isinstance(event.data, FeedHeartbeat) and event.message_status == "actual" and event.occurred_at <= clock:
                feeds.hear(event.source, event.occurred_at, event.data.complete_to)
    for source, before in held_before.items():
        feeds.known[source].held_before = before


class KeptFeeds:
    """Saves the feeds of a judge that have said something since the last save."""

    def __init__(self, file: sqlite3.Connection, snapshots: Snapshots) -> None:
        self._file = file
        self._snapshots = snapshots
        self._stood: dict[str, _Standing] = {}
        self._written: dict[str, _Standing] = {}

    def load_actors(self, judge: Judge) -> None:
        """The rules about feeds, where they stood."""
        for source, raw in self._file.execute("SELECT source, actor FROM feed WHERE actor NOT NULL ORDER BY source"):
            if source not in judge.feeds.known:
                continue  # its heartbeats count no more
            judge.actors[source] = FeedActor(source, judge.rulebook, self._snapshots.load(raw, of_any_version=True).head)

    def save(self, judge: Judge) -> None:
        """Write what is different, into the transaction under way; `saved` when it is durable."""
        self._written.clear()
        for source, feed in judge.feeds.known.items():
            actor = judge.actors.get(source)
            state = None if actor is None else actor.state
            now = (len(feed.beats), feed.complete_to, feed.held_before, state)
            before = self._stood.get(source)
            if before is not None and before[:3] == now[:3] and before[3] is state:
                continue
            heard = _write(_Heard(feed.beats, feed.old_outages, feed.outages, feed.complete_to, feed.held_before))
            raw = None if state is None else self._snapshots.save(PersonLog(source, state))
            self._file.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?)", (source, heard, raw))
            self._written[source] = now

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._stood.update(self._written)
        self._written.clear()
