"""What judging has to say to alerting, in `state.sqlite3`: records by topic, in order, until alerting has taken them.

Written in the judge's own save, so a finding and the state that found it never part; a process that is killed says nothing
twice and forgets nothing. The embedded stand-in for the topics of `schemas.topics`. One writer, the judging thread; alerting
reads by `OutgoingReader` and says how far it has come, and what it has is let go of at the next save.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from streams.embedded.keeper import FILE
from streams.embedded.sqlite_file import open_reader

SCHEMA = """
CREATE TABLE IF NOT EXISTS outgoing (
    number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outgoing_name (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL);
"""


class Record(NamedTuple):
    """One record. `number` only ever grows."""

    number: int
    topic: str
    key: str
    value: bytes


class Outgoing:
    """The table, for the judging thread."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        file.executescript(SCHEMA)
        file.execute("INSERT OR IGNORE INTO outgoing_name VALUES (1, ?)", (f"embedded-{uuid.uuid4().hex}",))
        self.name = name_of(file)
        self.heard: Callable[[], None] = lambda: None
        """Called on the judging thread when there is something to take."""
        self.written_to = self._last()
        """The last number that is durable."""
        self._rows: list[tuple[str, str, bytes]] = []
        self._taken_to = 0
        self._gone_to = 0
        self._pen = threading.Lock()

    @property
    def unsaved(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._rows)

    def put(self, topic: str, key: str, value: bytes) -> None:
        """One record more, after all before it."""
        self._rows.append((topic, key, value))

    def taken(self, number: int) -> None:
        """Everything up to this is in alerting's own store, durable. Any thread."""
        with self._pen:
            self._taken_to = max(self._taken_to, number)

    def save(self) -> None:
        """Write it, into the transaction under way; `saved` when it is durable."""
        with self._pen:
            gone_to = self._taken_to
        if gone_to > self._gone_to:
            self._file.execute("DELETE FROM outgoing WHERE number <= ?", (gone_to,))
        self._going_to = gone_to
        self._file.executemany("INSERT INTO outgoing (topic, key, value) VALUES (?, ?, ?)", self._rows)

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._gone_to = self._going_to
        if self._rows:
            self._rows.clear()
            self.written_to = self._last()
            self.heard()

    def _last(self) -> int:
        row = self._file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outgoing'").fetchone()
        return 0 if row is None else int(row[0])


class OutgoingReader:
    """The same for alerting: what stands after a number. One thread."""

    def __init__(self, folder: Path) -> None:
        self._file = open_reader(folder / FILE)
        self.name = name_of(self._file)
        """Of this store: positions in another say nothing here."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def after(self, number: int, most: int) -> list[Record]:
        """At most so many records after a number, in order."""
        rows = self._file.execute("SELECT number, topic, key, value FROM outgoing WHERE number > ? ORDER BY number LIMIT ?", (number, most))
        return [Record(*row) for row in rows.fetchall()]


def name_of(file: sqlite3.Connection) -> str:
    """Of this store."""
    return str(file.execute("SELECT name FROM outgoing_name").fetchone()[0])
