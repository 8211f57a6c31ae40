"""The journal in `state.sqlite3`: what `streams.engine.journal` asks for, with what is new held until the next save.

A bucket's new events are written as a small chunk; when its small chunks hold `CHUNK` events they become one. Buckets
go by a hash of their key, so that no identifier stands in the index. Called by people, and saved by the keeper.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from schemas.event import Event
from streams.embedded.account import Account, Feed, add
from streams.engine.journal import CHUNK, Slice, join, pack, unpack
from streams.engine.state import NOWHERE, Place
from streams.engine.timeline import place_of

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS chunk (
    number INTEGER PRIMARY KEY, bucket BLOB NOT NULL, last_us INTEGER NOT NULL, events INTEGER NOT NULL, packed BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunk_of ON chunk (bucket, last_us);
CREATE TABLE IF NOT EXISTS let_go (
    source TEXT NOT NULL, type TEXT NOT NULL, events INTEGER NOT NULL, names_sum BLOB NOT NULL, PRIMARY KEY (source, type));
CREATE INDEX IF NOT EXISTS chunk_small ON chunk (bucket, events) WHERE events < {CHUNK};
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WAITING = "waiting "
"""Stands before the key of a bucket for what waits in it; no key begins so."""
_MICROSECOND = timedelta(microseconds=1)


class SqliteJournal:
    """See `streams.engine.journal.Journal`."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._loose: dict[str, list[Event]] = {}
        self._released: set[str] = set()
        self._forgotten: set[str] = set()
        self._let_go: dict[Feed, Account] = {}

    def append(self, bucket: str, events: Sequence[Event]) -> None:
        """See `Journal.append`."""
        self._loose.setdefault(bucket, []).extend(events)

    def read(self, slices: Iterable[Slice], after: Place = NOWHERE) -> list[Event]:
        """See `Journal.read`."""
        found: list[Event] = []
        for part in slices:
            kept = [*self._stored(part.bucket, after[0]), *self._loose.get(part.bucket, ())]
            found.extend(event for event in kept if place_of(event) > after and part.holds(event.occurred_at))
        found.sort(key=place_of)
        return found

    def wait(self, bucket: str, events: Sequence[Event]) -> None:
        """See `Journal.wait`."""
        self.append(_WAITING + bucket, events)

    def release(self, bucket: str) -> None:
        """See `Journal.release`."""
        if loose := self._loose.pop(_WAITING + bucket, None):
            self.append(bucket, loose)
        self._released.add(bucket)

    def holds(self, bucket: str, event: Event) -> bool:
        """See `Journal.holds`."""
        place = place_of(event)
        return any(
            place_of(one) == place
            for name in (bucket, _WAITING + bucket)
            for one in (*self._loose.get(name, ()), *self._stored(name, event.occurred_at))
        )

    def forget(self, part: Slice) -> None:
        """See `Journal.forget`. What stays of the bucket is written anew at the next save."""
        released = part.bucket in self._released  # then what waited is read under both names
        for name in (part.bucket, _WAITING + part.bucket):
            stored = () if released and name != part.bucket else self._stored(name, _EPOCH)
            held = [*stored, *self._loose.pop(name, ())]
            self._forgotten.add(name)
            if rest := [event for event in held if not part.holds(event.occurred_at)]:
                self._loose[name] = rest
            for event in held:
                if part.holds(event.occurred_at):
                    add(self._let_go, event)

    def unsaved(self) -> tuple[str, ...]:
        """The buckets that have new events."""
        return tuple({bucket.removeprefix(_WAITING): None for bucket in self._loose})

    def save(self) -> None:
        """Write what is new, into the transaction under way; `saved` when it is durable."""
        write = self._file.execute
        for bucket in sorted(self._forgotten):
            write("DELETE FROM chunk WHERE bucket = ?", (_hash(bucket),))
        for feed, account in self._let_go.items():
            both = account.plus(let_go(self._file).get(feed, Account()))
            write("INSERT OR REPLACE INTO let_go VALUES (?, ?, ?, ?)", (*feed, both.events, both.names_sum.to_bytes(8)))
        for bucket in sorted(self._released):
            write("UPDATE chunk SET bucket = ? WHERE bucket = ?", (_hash(bucket), _hash(_WAITING + bucket)))
        for bucket, events in self._loose.items():
            named, last_us, packed = _hash(bucket), max(_us(event.occurred_at) for event in events), pack(events)
            (before,) = write("SELECT coalesce(sum(events), 0) FROM chunk WHERE bucket = ? AND events < ?", (named, CHUNK)).fetchone()
            count = len(events)
            if before and before + count >= CHUNK:
                small = write("SELECT packed, last_us FROM chunk WHERE bucket = ? AND events < ?", (named, CHUNK)).fetchall()
                write("DELETE FROM chunk WHERE bucket = ? AND events < ?", (named, CHUNK))
                packed, last_us, count = join([*(one for one, _ in small), packed]), max(last_us, *(at for _, at in small)), before + count
            write("INSERT INTO chunk (bucket, last_us, events, packed) VALUES (?, ?, ?, ?)", (named, last_us, count, packed))

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._loose.clear()
        self._released.clear()
        self._forgotten.clear()
        self._let_go.clear()

    def _stored(self, bucket: str, from_at: datetime) -> list[Event]:
        names = [name for name in self._names(bucket) if name not in self._forgotten]
        query = "SELECT packed FROM chunk WHERE bucket = ? AND last_us >= ?"
        return [event for name in names for (packed,) in self._file.execute(query, (_hash(name), _us(from_at))) for event in unpack(packed)]

    def _names(self, bucket: str) -> tuple[str, ...]:
        """Under which names a bucket's events stand until the next save."""
        return (bucket, _WAITING + bucket) if bucket in self._released else (bucket,)


def _hash(bucket: str) -> bytes:
    return hashlib.blake2b(bucket.encode(), digest_size=16).digest()


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def stored_events(file: sqlite3.Connection) -> Iterator[Event]:
    """Every event in the journal of this file."""
    for (packed,) in file.execute("SELECT packed FROM chunk ORDER BY number"):
        yield from unpack(packed)


def let_go(file: sqlite3.Connection) -> dict[Feed, Account]:
    """What this file's journal held once and has forgotten, added up."""
    rows = file.execute("SELECT source, type, events, names_sum FROM let_go")
    return {(source, kind): Account(events, int.from_bytes(names_sum)) for source, kind, events, names_sum in rows}
