"""What a command asks of the `vigil run` that owns a data folder, in a small file of its own that both may write.

Asked by `vigil rejudge`; answered by the run between two batches. A request that nobody answers is taken back by its asker.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.embedded.sqlite_file import open_writer

FILE = "requests.sqlite3"
_SCHEMA = "CREATE TABLE IF NOT EXISTS request (number INTEGER PRIMARY KEY, person TEXT NOT NULL, answer BLOB);"


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


class Request(NamedTuple):
    """Judge a person's whole history again. `person`: a person's id, or `TYPE:VALUE`."""

    number: int
    person: str


class Requests:
    """The file, for either side. One thread each."""

    def __init__(self, folder: Path) -> None:
        self._file: sqlite3.Connection = open_writer(folder / FILE, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def ask(self, person: str) -> int:
        """A new request; its number."""
        made = self._file.execute("INSERT INTO request (person) VALUES (?)", (person,))
        return made.lastrowid or 0

    def answer(self, number: int) -> Answer | None:
        """The answer, once there is one; the request is done with then."""
        row = self._file.execute("SELECT answer FROM request WHERE number = ?", (number,)).fetchone()
        if row is None or row[0] is None:
            return None
        self.take_back(number)
        return msgspec.msgpack.decode(row[0], type=Answer)

    def take_back(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._file.execute("DELETE FROM request WHERE number = ?", (number,))

    def open(self) -> tuple[Request, ...]:
        """What is not answered, in the order of asking."""
        rows = self._file.execute("SELECT number, person FROM request WHERE answer IS NULL ORDER BY number").fetchall()
        return tuple(Request(*row) for row in rows)

    def reply(self, number: int, answer: Answer) -> None:
        """Answer it."""
        self._file.execute("UPDATE request SET answer = ? WHERE number = ?", (msgspec.msgpack.encode(answer), number))
