"""The whole run as one stream of lines in order of arrival: everybody's life, the directory, and the feeds' heartbeats.

`received_at` never decreases. Lives are merged lazily, so that memory grows with people and not with days. What would arrive after
the run's end has not arrived. Called by `world`.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from ops.simulate.chance import stream
from ops.simulate.feeds import Outages, heartbeats, sources
from ops.simulate.instants import rfc3339
from ops.simulate.lines import Fact, Line, Pen
from ops.simulate.staff import SOURCE, directory


def arrivals(lives: list[Iterator[Line]], outages: Outages, seed: int, people: int, span_ms: tuple[int, int]) -> Iterator[Line]:
    """Every line that arrives before the end."""
    starts_ms, ends_ms = span_ms
    feeds = [_heartbeats(source, every_ms, outages, seed, span_ms) for source, every_ms in sources().items()]
    for line in merge(_directory(outages, seed, people, starts_ms, ends_ms), *feeds, *lives):
        if line[0] >= ends_ms:
            return
        yield line


def _heartbeats(source: str, every_ms: int, outages: Outages, seed: int, span_ms: tuple[int, int]) -> Iterator[Line]:
    pen = Pen("hb", stream(seed, "heartbeats", source), outages)
    for beat in heartbeats(source, every_ms, outages, *span_ms):
        yield pen.write(Fact(beat.occurred_ms, source, "feed.heartbeat", {"complete_to": rfc3339(beat.complete_ms)}))


def _directory(outages: Outages, seed: int, people: int, starts_ms: int, ends_ms: int) -> Iterator[Line]:
    pen = Pen("dr", stream(seed, "directory", SOURCE), outages)
    for batch in directory(seed, people, starts_ms, ends_ms):
        yield from sorted(pen.write(fact) for fact in batch)
