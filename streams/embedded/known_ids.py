"""Which events were received already: a repeated one changes nothing, another one under the same id is set aside.

The latest ids stand in memory, in two generations; older ones in a table ordered by the hour of the event, so that what
is written together lies together. Of an event that repeats, the hour is the same, so it is found for ever; an id used
again for another instant is noticed within the generations. Used by the acceptor, with its pen in hand.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec

from schemas import codec
from schemas.event import Event
from schemas.fix import Fix
from streams.embedded.received import KnownTo, ReceivedStore

Answer = Literal["new", "duplicate", "id_reused"]
GENERATION = 100_000
"""Ids in each of the two generations: about 10 MB each, and 1 s to read again at the start."""
_HOUR_S = 3600
_pack = msgspec.msgpack.Encoder().encode
_HOUR_BITS = 32


class Named(NamedTuple):
    """An event's id and what it says, as numbers of 64 bits; `said` holds the hour as well."""

    key: int
    said: int


def named(event: Event) -> Named:
    """How an event is known."""
    key = blake2b(f"{event.source}\0{event.id}".encode(), digest_size=8).digest()
    digest = _of_fix(event) if type(event.data) is Fix else codec.digest(event)
    hour = int(event.occurred_at.timestamp()) // _HOUR_S
    return Named(int.from_bytes(key, signed=True), int.from_bytes(digest, signed=True) << _HOUR_BITS | hour)


def _of_fix(event: Event) -> bytes:
    """What `codec.digest` tells apart, at half the cost: nearly every event is a fix."""
    identifiers = event.identifiers if len(event.identifiers) < 2 else sorted(event.identifiers)  # noqa: PLR2004  one is in order
    return blake2b(_pack((event.occurred_at, identifiers, event.data)), digest_size=8).digest()


class KnownIds:
    """The ids of everything received."""

    def __init__(self, store: ReceivedStore, generation: int = GENERATION) -> None:
        self._store = store
        self._generation = generation
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._old_to = 0
        """The last batch whose ids are in `_old`."""
        self._young_to = 0
        self._table = store.known_to() or KnownTo(0, -1)
        self._new: list[int] = []
        for batch in store.after(self._table.seq):
            for raw in batch.lines:
                one = named(codec.decode(raw))
                self._young[one.key] = one.said
            self._young_to = batch.seq
            self.make_room()

    def check(self, one: Named) -> Answer:
        """Whether the event is new, and remember it if it is, until `undo`."""
        known = self._young.get(one.key) or self._old.get(one.key)
        hour = one.said & ((1 << _HOUR_BITS) - 1)
        if known is None and hour <= self._table.hour:
            digest = self._store.digest_of(hour, one.key)
            known = None if digest is None else digest << _HOUR_BITS | hour
        if known is not None:
            return "duplicate" if known == one.said else "id_reused"
        self._young[one.key] = one.said
        self._new.append(one.key)
        return "new"

    def done(self, seq: int) -> None:
        """What was checked since the last `done` is durable, up to this batch."""
        self._young_to = max(self._young_to, seq)
        self._new.clear()

    def undo(self) -> None:
        """Forget what was checked since the last `done`."""
        for key in self._new:
            del self._young[key]
        self._new.clear()

    def make_room(self) -> None:
        """When the young generation is full, the old one goes into the table. In a transaction of its own."""
        if len(self._young) < self._generation:
            return
        if self._old:
            rows = sorted((said & ((1 << _HOUR_BITS) - 1), key, said >> _HOUR_BITS) for key, said in self._old.items())
            to = KnownTo(self._old_to, max(self._table.hour, rows[-1][0]))
            with self._store.transaction():
                self._store.remember(rows, to)
            self._table = to
        self._old, self._old_to = self._young, self._young_to
        self._young = {}
