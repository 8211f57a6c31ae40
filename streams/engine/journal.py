"""The journal: every event of a bucket, kept for ever, packed; costs disk or bytes, not objects (design 4, Cost).

A bucket is what events said (identity's `Receipt.bucket`), never our decision, so a merge or a split moves nothing; a
person is a view of buckets. `Journal` is the interface; `MemoryJournal` serves short replays, the SQLite one stands in
`streams.embedded`. The packing is shared.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from msgspec.structs import astuple

from schemas import codec
from schemas.event import Event, Identifier
from schemas.fix import Fix, Mechanism
from streams.engine.state import NOWHERE, Place
from streams.engine.timeline import place_of

CHUNK = 64
"""Events a chunk: about an hour of fixes."""
DATA = Event.__struct_fields__.index("data")


class Slice(NamedTuple):
    """A stretch of a bucket: all of it, or what occurred in [from_at, to_at)."""

    bucket: str
    from_at: datetime | None = None
    to_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether an event that occurred then lies in the stretch."""
        return (self.from_at is None or self.from_at <= at) and (self.to_at is None or at < self.to_at)


class Journal(Protocol):
    """Where events wait to be judged again."""

    def append(self, bucket: str, events: Sequence[Event]) -> None:
        """Keep events of one bucket. The caller has seen to it that none is kept twice."""

    def read(self, slices: Iterable[Slice], after: Place) -> list[Event]:
        """Events of these stretches after a place, in the order of judgement."""

    def wait(self, bucket: str, events: Sequence[Event]) -> None:
        """Keep events too late to be judged at once: `read` leaves them out until `release`."""

    def release(self, bucket: str) -> None:
        """The whole history is judged again: what waits in a bucket is read from now on."""

    def holds(self, bucket: str, event: Event) -> bool:
        """Whether this event is there already, waiting or not, by its place."""

    def forget(self, part: Slice) -> None:
        """Drop a stretch of a bucket (28 days about somebody who is not managed)."""


class _EventRow(msgspec.Struct, frozen=True, array_like=True):
    """An `Event` without its data, by position; the fields of `Event` in their order (a test holds them together)."""

    id: str
    source: str
    type: str
    rank: int
    occurred_at: datetime
    data: None
    identifiers: tuple[Identifier, ...]
    recorded_at: datetime | None
    published_at: datetime | None
    received_at: datetime | None
    area: str | None
    message_status: str


class _FixRow(msgspec.Struct, frozen=True, array_like=True):
    """A `Fix` by position."""

    device_id: str
    latitude: float
    longitude: float
    mechanism: Mechanism
    activation_id: str | None
    accuracy_m: float | None
    speed_kmh: float | None
    direction_deg: float | None
    battery_percent: float | None


class _Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Fixes without names, which with zlib take about 26 bytes each; other events as their canonical lines."""

    fixes: list[tuple[_EventRow, _FixRow]]
    others: list[bytes]


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Chunk).decode


def _event(row: _EventRow, fix: _FixRow) -> Event:
    said = {name: getattr(row, name) for name in _EventRow.__struct_fields__}
    said["data"] = Fix(**{name: getattr(fix, name) for name in _FixRow.__struct_fields__})
    return Event(**said)


def pack(events: Iterable[Event]) -> bytes:
    """Events as one chunk."""
    fixes: list[tuple[tuple[object, ...], tuple[object, ...]]] = []
    others: list[bytes] = []
    for event in events:
        data = event.data
        if isinstance(data, Fix):
            row = astuple(event)
            fixes.append(((*row[:DATA], None, *row[DATA + 1 :]), astuple(data)))
        else:
            others.append(codec.encode(event))
    return zlib.compress(_write((fixes, others)), 1)


def unpack(chunk: bytes) -> list[Event]:
    """The events of a chunk, in no particular order."""
    read = _read(zlib.decompress(chunk))
    return [*(_event(row, fix) for row, fix in read.fixes), *(codec.decode(raw, max_bytes=codec.MAX_OWN_BYTES) for raw in read.others)]


def join(chunks: Iterable[bytes]) -> bytes:
    """Chunks as one, without reading their events."""
    read = [_read(zlib.decompress(chunk)) for chunk in chunks]
    both = _Chunk([row for one in read for row in one.fixes], [raw for one in read for raw in one.others])
    return zlib.compress(_write(both), 1)


class _Bucket:
    __slots__ = ("chunks", "loose")

    def __init__(self) -> None:
        self.chunks: list[tuple[Place, bytes]] = []
        """(last place in it, packed events)"""
        self.loose: list[Event] = []


class MemoryJournal:
    """The journal of a short replay: packed chunks in memory."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._waiting: dict[str, list[Event]] = {}

    def append(self, bucket: str, events: Sequence[Event]) -> None:
        """See `Journal.append`."""
        kept = self._buckets.get(bucket)
        if kept is None:
            kept = self._buckets[bucket] = _Bucket()
        kept.loose.extend(events)
        if len(kept.loose) >= CHUNK:
            kept.chunks.append((max(map(place_of, kept.loose)), pack(kept.loose)))
            kept.loose = []

    def read(self, slices: Iterable[Slice], after: Place = NOWHERE) -> list[Event]:
        """See `Journal.read`."""
        found: list[Event] = []
        for part in slices:
            kept = self._buckets.get(part.bucket)
            if kept is None:
                continue
            packed = (event for last, chunk in kept.chunks if last > after for event in unpack(chunk))
            found.extend(event for event in (*packed, *kept.loose) if place_of(event) > after and part.holds(event.occurred_at))
        found.sort(key=place_of)
        return found

    def wait(self, bucket: str, events: Sequence[Event]) -> None:
        """See `Journal.wait`."""
        self._waiting.setdefault(bucket, []).extend(events)

    def release(self, bucket: str) -> None:
        """See `Journal.release`."""
        if bucket in self._waiting:
            self.append(bucket, self._waiting.pop(bucket))

    def holds(self, bucket: str, event: Event) -> bool:
        """See `Journal.holds`."""
        place = place_of(event)
        if any(place_of(one) == place for one in self._waiting.get(bucket, ())):
            return True
        kept = self._buckets.get(bucket)
        if kept is None:
            return False
        packed = (one for last, chunk in kept.chunks if last >= place for one in unpack(chunk))
        return any(place_of(one) == place for one in (*kept.loose, *packed))

    def forget(self, part: Slice) -> None:
        """See `Journal.forget`."""
        kept, waiting = self._buckets.pop(part.bucket, None), self._waiting.pop(part.bucket, [])
        if kept is not None:
            stored = [*(event for _, chunk in kept.chunks for event in unpack(chunk)), *kept.loose]
            if rest := [event for event in stored if not part.holds(event.occurred_at)]:
                self.append(part.bucket, rest)
        if rest := [event for event in waiting if not part.holds(event.occurred_at)]:
            self.wait(part.bucket, rest)
