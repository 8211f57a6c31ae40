"""What is accepted and not yet judged, from the threads that accept to the one that judges.

Decoded batches are handed over in memory while there are few; when judging falls behind they are read from the file
again. Wakes the judging thread; knows neither.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from schemas import codec
from schemas.event import Event
from streams.embedded.received import ReceivedReader
from streams.intake.rise import Tally

MOST_EVENTS = 30_000
"""At most so many decoded events wait in memory."""


class Arrival(NamedTuple):
    """One batch, decoded. `seq` is its position; `sent`: what each source sent in it, taken or not."""

    seq: int
    received_at: datetime
    events: tuple[Event, ...]
    sent: Mapping[str, Tally]


class Backlog:
    """Batches in order of arrival, each given once to one taker."""

    def __init__(self, last_seq: int, waiting_events: int) -> None:
        self.last_seq = last_seq
        """The last batch that is durable."""
        self.waiting_events = waiting_events
        """Events accepted and not yet judged."""
        self._fresh: dict[int, Arrival] = {}
        self._events = 0
        self._bell = threading.Condition()

    def put(self, arrivals: Iterable[Arrival]) -> None:
        """Batches that are durable now."""
        with self._bell:
            for arrival in arrivals:
                self.last_seq = arrival.seq
                self.waiting_events += len(arrival.events)
                if self._events < MOST_EVENTS:
                    self._fresh[arrival.seq] = arrival
                    self._events += len(arrival.events)
            self._bell.notify()

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._bell:
            self._bell.notify()

    def wait(self, after: int, at_most_s: float) -> None:
        """Until there is a batch after this one, somebody rings, or the time is over."""
        with self._bell:
            if self.last_seq <= after:
                self._bell.wait(at_most_s)

    def take(self, after: int, reader: ReceivedReader) -> Iterator[Arrival]:
        """Every durable batch after this one, up to the last there is now."""
        last = self.last_seq
        while after < last:
            while (fresh := self._handed_over(after + 1)) is not None:
                after = fresh.seq
                yield fresh
            if after >= last:
                return
            for kept in reader.after(after):
                events = tuple([replace(codec.decode(raw), received_at=kept.received_at) for raw in kept.lines])
                after = kept.seq
                yield Arrival(kept.seq, kept.received_at, events, kept.sent)
                if after >= last or after + 1 in self._fresh:
                    break

    def _handed_over(self, seq: int) -> Arrival | None:
        with self._bell:
            arrival = self._fresh.pop(seq, None)
            if arrival is not None:
                self._events -= len(arrival.events)
            return arrival

    def judged(self, arrival: Arrival) -> None:
        """It waits no longer."""
        with self._bell:
            self.waiting_events -= len(arrival.events)
