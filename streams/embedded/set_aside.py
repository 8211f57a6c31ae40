"""The index of what was set aside, for the console: each line masked, and what became of it. The bytes stay with intake.

Reads `intake.sqlite3`; what was done about a line (sent again, retired) stands in `state.sqlite3` with the judge's save.
Called by `streams.embedded.publishing`, on the judging thread.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from schemas.read_models import FieldErrorShown, SetAsideState, SetAsideView
from streams.embedded.received import Quarantined, ReceivedReader

SCHEMA = """
CREATE TABLE IF NOT EXISTS set_aside_told (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS set_aside_since (number INTEGER PRIMARY KEY, state TEXT NOT NULL, at TEXT NOT NULL, code TEXT NOT NULL);
"""
MANY = 500
"""At most so many are told of at once; the rest the next time."""
SHOWN_BYTES = 16_384
MASK = "•••"
WORDS = frozenset({"id", "source", "type", "occurred_at", "recorded_at", "published_at", "received_at", "area", "message_status"})
"""Fields of the envelope that name no person."""
_PLAIN = re.compile(r"[\w./:+\-]{1,100}", re.ASCII)


class Since(NamedTuple):
    """What was done about a line, when, and with which reason it was refused then (or at first)."""

    state: SetAsideState
    at: datetime
    code: str


class SetAside:
    """What was told of so far, and what was done."""

    def __init__(self, file: sqlite3.Connection, reader: ReceivedReader) -> None:
        self._file = file
        self._reader = reader
        file.executescript(SCHEMA)
        row = file.execute("SELECT number FROM set_aside_told").fetchone()
        self._told_to = 0 if row is None else int(row[0])
        self._moved_to = self._told_to
        self._done: dict[int, Since] = {}

    def new(self) -> Iterator[SetAsideView]:
        """Lines set aside since the last time."""
        for one in self._reader.set_aside_after(self._told_to, MANY):
            self._told_to = one.number
            yield view(one, None)

    def found(self, quarantine_id: str) -> Quarantined | None:
        """One of them, by the name that its sender was given."""
        number = quarantine_id.removeprefix("qn_")
        return self._reader.set_aside(int(number)) if number.isdecimal() and quarantine_id.startswith("qn_") else None

    def since(self, number: int) -> Since | None:
        """What was done about one."""
        if number in self._done:
            return self._done[number]
        row = self._file.execute("SELECT state, at, code FROM set_aside_since WHERE number = ?", (number,)).fetchone()
        return None if row is None else Since(row[0], datetime.fromisoformat(row[1]), row[2])

    def done(self, one: Quarantined, what: Since) -> SetAsideView:
        """Something was done about it; how it stands now."""
        self._done[one.number] = what
        return view(one, what)

    @property
    def unsaved(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._done) or self._moved_to != self._told_to

    def save(self) -> None:
        """Write it, into the transaction under way; `saved` when it is durable."""
        self._file.execute("INSERT OR REPLACE INTO set_aside_told VALUES (1, ?)", (self._told_to,))
        rows = ((number, one.state, one.at.isoformat(), one.code) for number, one in self._done.items())
        self._file.executemany("INSERT OR REPLACE INTO set_aside_since VALUES (?, ?, ?, ?)", rows)

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._moved_to = self._told_to
        self._done.clear()


def view(one: Quarantined, since: Since | None) -> SetAsideView:
    """A line as the console shows it."""
    return SetAsideView(
        quarantine_id=f"qn_{one.number}",
        source=one.source,
        event_id=one.id,
        client=one.client,
        code=one.code if since is None else since.code,
        errors=tuple(FieldErrorShown(**error._asdict()) for error in one.errors),
        at=one.received_at,
        size_bytes=len(one.raw),
        masked=masked(one.raw),
        state="waiting" if since is None else since.state,
        sent_again_at=None if since is None or since.state == "retired" else since.at,
    )


def masked(raw: bytes) -> str:
    """The line with every value blanked that is no word of the envelope; of what is no JSON object nothing is shown."""
    try:
        said = msgspec.json.decode(raw[:SHOWN_BYTES]) if len(raw) <= SHOWN_BYTES else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return ""
    shown = {name: value if name in WORDS and _plain(value) else _blank(value) for name, value in said.items()}
    return msgspec.json.encode({_name(name): value for name, value in shown.items()}).decode()


def _plain(value: object) -> bool:
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


def _name(name: object) -> str:
    return str(name) if _plain(name) else MASK


def _blank(value: object) -> object:
    if isinstance(value, dict):
        return {_name(name): _blank(inner) for name, inner in value.items()}
    return [_blank(inner) for inner in value] if isinstance(value, list) else MASK
