"""The whole run as one stream of lines in order of arrival: everybody's life, the directory, and the feeds' heartbeats.

`received_at` never decreases. Everybody's lines of a quarter of an hour are sorted together and given out before the next quarter is
made: memory grows with people and not with days, and one sort is cheaper than a heap of thousands. What would arrive after the run's
end has not arrived. Called by `world`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge

from ops.simulate.chance import stream
from ops.simulate.feeds import Outages, heartbeats, sources
from ops.simulate.instants import rfc3339
from ops.simulate.life import BLOCK_MS
from ops.simulate.lines import Fact, Line, Pen
from ops.simulate.staff import SOURCE, directory

Lives = Iterable[tuple[int, Iterator[list[Line]]]]
"""Each life with the instant at which it begins."""


def arrivals(lives: Lives, news: Iterator[Line], starts_ms: int, ends_ms: int) -> Iterator[Line]:
    """Every line that arrives before the end. `news`: what is about no person, in order of arrival."""
    to_come = sorted(lives, key=lambda life: life[0], reverse=True)
    living: list[Iterator[list[Line]]] = []
    heard = next(news, None)
    for block_ms in range(starts_ms // BLOCK_MS * BLOCK_MS, ends_ms, BLOCK_MS):
        end_ms = min(block_ms + BLOCK_MS, ends_ms)
        while to_come and to_come[-1][0] < block_ms + BLOCK_MS:
            living.append(to_come.pop()[1])
        lines = [line for life in living for line in next(life)]
        while heard is not None and heard[0] < end_ms:
            lines.append(heard)
            heard = next(news, None)
        lines.sort()
        yield from lines if end_ms < ends_ms else (line for line in lines if line[0] < ends_ms)


def news(outages: Outages, seed: int, people: int, starts_ms: int, ends_ms: int) -> Iterator[Line]:
    """The heartbeats of all feeds and the directory, in order of arrival."""
    feeds = [_heartbeats(source, every_ms, outages, seed, (starts_ms, ends_ms)) for source, every_ms in sources().items()]
    return merge(_directory(outages, seed, people, starts_ms, ends_ms), *feeds)


def _heartbeats(source: str, every_ms: int, outages: Outages, seed: int, span_ms: tuple[int, int]) -> Iterator[Line]:
    pen = Pen("hb", stream(seed, "heartbeats", source), outages)
    for beat in heartbeats(source, every_ms, outages, *span_ms):
        yield pen.write(Fact(beat.occurred_ms, source, "feed.heartbeat", {"complete_to": rfc3339(beat.complete_ms)}))


def _directory(outages: Outages, seed: int, people: int, starts_ms: int, ends_ms: int) -> Iterator[Line]:
    pen = Pen("dr", stream(seed, "directory", SOURCE), outages)
    for batch in directory(seed, people, starts_ms, ends_ms):
        yield from sorted(pen.write(fact) for fact in batch)
