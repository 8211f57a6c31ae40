"""What is asked of the `vigil run` that owns a data folder, in a small file of its own that both sides may write.

Asked by `vigil rejudge` and, for what people ask in the console, by the alerting half; carried out by the judging thread between
two batches. A request that nobody answers is taken back by its asker.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.requests import READ, Request
from streams.embedded.sqlite_file import open_writer

FILE = "requests.sqlite3"
_SCHEMA = "CREATE TABLE IF NOT EXISTS asked (number INTEGER PRIMARY KEY, name TEXT UNIQUE, request BLOB NOT NULL, answer BLOB);"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one finding, in the words of contract 3."""

    change: str
    rule: str
    severity: str
    began_at: datetime
    ended_at: datetime | None
    finding_id: str
    because: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: what is different now and how many findings stand, or why it was refused."""

    person_id: str | None = None
    differences: tuple[Difference, ...] = ()
    standing_findings: int = 0
    refused: str | None = None


class Open(NamedTuple):
    """A request that waits."""

    number: int
    request: Request


class Requests:
    """The file, for either side. One thread each."""

    def __init__(self, folder: Path) -> None:
        self._file: sqlite3.Connection = open_writer(folder / FILE, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def ask(self, request: Request, name: str | None = None) -> int:
        """A request; its number. One that has a name is the same when it is asked again."""
        said = READ.dump_json(request)
        self._file.execute("INSERT INTO asked (name, request) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, said))
        row = self._file.execute("SELECT number FROM asked WHERE name = ? OR (? IS NULL AND number = last_insert_rowid())", (name, name))
        return int(row.fetchone()[0])

    def answer(self, number: int) -> Answer | None:
        """The answer, once there is one. Its asker takes the request back then."""
        row = self._file.execute("SELECT answer FROM asked WHERE number = ?", (number,)).fetchone()
        return None if row is None or row[0] is None else msgspec.msgpack.decode(row[0], type=Answer)

    def take_back(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._file.execute("DELETE FROM asked WHERE number = ?", (number,))

    def forget(self, name: str) -> None:
        """Nobody waits for the one of this name any more."""
        self._file.execute("DELETE FROM asked WHERE name = ?", (name,))

    def open(self) -> tuple[Open, ...]:
        """What is not answered, in the order of asking."""
        rows = self._file.execute("SELECT number, request FROM asked WHERE answer IS NULL ORDER BY number").fetchall()
        return tuple(Open(number, READ.validate_json(said)) for number, said in rows)

    def reply(self, number: int, answer: Answer) -> None:
        """Answer it."""
        self._file.execute("UPDATE asked SET answer = ? WHERE number = ?", (msgspec.msgpack.encode(answer), number))
