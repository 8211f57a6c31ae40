"""What was received, kept for ever in `intake.sqlite3`: accepted batches with their stamp, and what was set aside, whole.

One row a batch, numbered in order of arrival: its number is the position that judging goes by. One writer, the acceptor;
readers open the file for themselves. Not the journal (that is by person) and not a judgement.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.refusal import FieldError
from streams.embedded.sqlite_file import open_reader, open_writer
from streams.intake.rise import Tally

FILE = "intake.sqlite3"
ROWS = 64
"""Batches read at a time."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS received (
    seq INTEGER PRIMARY KEY, received_at TEXT NOT NULL, events INTEGER NOT NULL, lines BLOB NOT NULL, sent BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS set_aside (
    number INTEGER PRIMARY KEY, received_at TEXT NOT NULL, client TEXT NOT NULL, source TEXT, id TEXT,
    code TEXT NOT NULL, errors TEXT NOT NULL, raw BLOB NOT NULL, format TEXT);
CREATE TABLE IF NOT EXISTS known_id (
    hour INTEGER NOT NULL, key INTEGER NOT NULL, digest INTEGER NOT NULL, PRIMARY KEY (hour, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_to (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hour INTEGER NOT NULL);
"""
_ASIDE = "number, received_at, client, source, id, code, errors, raw, format"
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[bytes]).decode
_unpack_sent = msgspec.msgpack.Decoder(dict[str, Tally]).decode


class Aside(NamedTuple):
    """A line that is not taken: kept whole, with the reason. `format`: the outside format that it is in; None for ours."""

    line: int
    code: str
    errors: tuple[FieldError, ...]
    raw: bytes
    source: str | None = None
    id: str | None = None
    occurred_at: datetime | None = None
    format: str | None = None


class Quarantined(NamedTuple):
    """A line that was set aside, as it is kept. With a `format` it is a whole message, to be read again by that adapter."""

    number: int
    received_at: datetime
    client: str
    source: str | None
    id: str | None
    code: str
    errors: tuple[FieldError, ...]
    raw: bytes
    format: str | None = None


class Received(NamedTuple):
    """One batch, as it was written: the lines accepted, and what each source sent in it, taken or not."""

    seq: int
    received_at: datetime
    lines: list[bytes]
    sent: dict[str, Tally]


class KnownTo(NamedTuple):
    """How far the ids of what was received stand in the table: up to a batch, and the latest hour of an event among them."""

    seq: int
    hour: int


class ReceivedStore:
    """The file, for its one writer."""

    def __init__(self, folder: Path) -> None:
        self._file = open_writer(folder / FILE, _SCHEMA)
        if "format" not in {column[1] for column in self._file.execute("PRAGMA table_info(set_aside)")}:
            self._file.execute("ALTER TABLE set_aside ADD COLUMN format TEXT")  # a file from before messages were taken

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it durable, or nothing of it."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._file.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise

    def keep(self, received_at: datetime, lines: Sequence[bytes], sent: Mapping[str, Tally]) -> int:
        """The accepted lines of a batch; its number."""
        row = (received_at.isoformat(), len(lines), zlib.compress(_pack(lines), 1), _pack(sent))
        return _number(self._file.execute("INSERT INTO received (received_at, events, lines, sent) VALUES (?, ?, ?, ?)", row))

    def set_aside(self, received_at: datetime, client: str, one: Aside) -> int:
        """A line that is not taken; its number."""
        errors = json.dumps([error._asdict() for error in one.errors], ensure_ascii=False)
        row = (received_at.isoformat(), client, one.source, one.id, one.code, errors, one.raw, one.format)
        made = self._file.execute(
            "INSERT INTO set_aside (received_at, client, source, id, code, errors, raw, format) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
        )
        return _number(made)

    def last_at(self) -> datetime | None:
        """The latest stamp given."""
        last = (
            self._file.execute("SELECT received_at FROM received ORDER BY seq DESC LIMIT 1").fetchone(),
            self._file.execute("SELECT received_at FROM set_aside ORDER BY number DESC LIMIT 1").fetchone(),
        )
        return max((datetime.fromisoformat(row[0]) for row in last if row is not None), default=None)

    def known_to(self) -> KnownTo | None:
        """See `KnownTo`; None while the table is empty."""
        row = self._file.execute("SELECT seq, hour FROM known_to").fetchone()
        return None if row is None else KnownTo(*row)

    def remember(self, ids: Iterable[tuple[int, int, int]], to: KnownTo) -> None:
        """Ids as (hour, key, digest), in that order, that leave the memory."""
        self._file.executemany("INSERT OR IGNORE INTO known_id VALUES (?, ?, ?)", ids)
        self._file.execute("INSERT OR REPLACE INTO known_to VALUES (1, ?, ?)", to)

    def digest_of(self, hour: int, key: int) -> int | None:
        """What was said under an id, of an event in that hour."""
        row = self._file.execute("SELECT digest FROM known_id WHERE hour = ? AND key = ?", (hour, key)).fetchone()
        return None if row is None else row[0]

    def after(self, seq: int) -> Iterator[Received]:
        """Batches after a number."""
        return batches(self._file, seq)


class ReceivedReader:
    """The file, for anybody beside its writer. One thread each."""

    def __init__(self, folder: Path) -> None:
        self._file = open_reader(folder / FILE)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def after(self, seq: int) -> Iterator[Received]:
        """Batches after a number."""
        return batches(self._file, seq)

    def last_seq(self) -> int:
        """The number of the last batch; 0 when there is none."""
        return int(self._file.execute("SELECT coalesce(max(seq), 0) FROM received").fetchone()[0])

    def count_after(self, seq: int) -> int:
        """Events accepted in the batches after a number."""
        return int(self._file.execute("SELECT coalesce(sum(events), 0) FROM received WHERE seq > ?", (seq,)).fetchone()[0])

    def set_aside(self, number: int) -> Quarantined | None:
        """What was set aside under a number."""
        rows = self._file.execute(f"SELECT {_ASIDE} FROM set_aside WHERE number = ?", (number,)).fetchall()  # noqa: S608  our own columns
        return next(map(_quarantined, rows), None)

    def set_aside_after(self, number: int, most: int) -> Iterator[Quarantined]:
        """What was set aside after a number, at most so many."""
        asked = f"SELECT {_ASIDE} FROM set_aside WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608  our own columns
        yield from map(_quarantined, self._file.execute(asked, (number, most)).fetchall())

    def set_aside_by_code(self) -> dict[str, int]:
        """Lines set aside, by reason."""
        return dict(self._file.execute("SELECT code, count(*) FROM set_aside GROUP BY code ORDER BY code"))


def batches(file: sqlite3.Connection, seq: int) -> Iterator[Received]:
    """Batches after a number, a few read at a time so that no reader holds the file up."""
    while True:
        rows = file.execute("SELECT seq, received_at, lines, sent FROM received WHERE seq > ? ORDER BY seq LIMIT ?", (seq, ROWS)).fetchall()
        for number, received_at, lines, sent in rows:
            at = datetime.fromisoformat(received_at).astimezone(UTC)
            yield Received(number, at, _unpack(zlib.decompress(lines)), _unpack_sent(sent))
        if len(rows) < ROWS:
            return
        seq = rows[-1][0]


def _quarantined(row: tuple[int, str, str, str | None, str | None, str, str, bytes, str | None]) -> Quarantined:
    number, received_at, client, source, name, code, errors, raw, outside = row
    said = tuple(FieldError(**error) for error in json.loads(errors))
    return Quarantined(number, datetime.fromisoformat(received_at).astimezone(UTC), client, source, name, code, said, raw, outside)


def _number(made: sqlite3.Cursor) -> int:
    if made.lastrowid is None:
        raise sqlite3.DatabaseError("no number for what was inserted")
    return made.lastrowid
