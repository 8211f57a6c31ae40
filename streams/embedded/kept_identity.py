"""The identity registry in `state.sqlite3`: what was said and decided as it came, and the buckets that were added to.

What follows from it is worked out again at the start. Owned by the keeper.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from streams.identity import saved
from streams.identity.question import Decision
from streams.identity.registry import Registry, Settings
from streams.identity.statements import Statement

SCHEMA = """
CREATE TABLE IF NOT EXISTS statement (number INTEGER PRIMARY KEY, said BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS decision (number INTEGER PRIMARY KEY, said BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS bucket (key TEXT PRIMARY KEY, saved BLOB NOT NULL);
"""
_write = msgspec.msgpack.Encoder().encode
_read_statement = msgspec.msgpack.Decoder(Statement).decode
_read_decision = msgspec.msgpack.Decoder(Decision).decode
_read_bucket = msgspec.msgpack.Decoder(saved.SavedBucket).decode


def load(file: sqlite3.Connection, settings: Settings | None = None) -> Registry:
    """The registry that was saved; a new one when none was."""
    return Registry.restore(
        saved.State(
            statements=[_read_statement(said) for (said,) in file.execute("SELECT said FROM statement ORDER BY number")],
            decisions=[_read_decision(said) for (said,) in file.execute("SELECT said FROM decision ORDER BY number")],
            buckets=[_read_bucket(kept) for (kept,) in file.execute("SELECT saved FROM bucket ORDER BY key")],
        ),
        settings,
    )


class KeptIdentity:
    """Saves what a registry has heard since the last save."""

    def __init__(self, file: sqlite3.Connection, registry: Registry) -> None:
        self._file = file
        self._registry = registry
        self._heard: list[Statement | Decision] = []
        registry.heard = self._heard
        self.forgotten = False
        """Something was forgotten since the last save: everything is written anew."""

    @property
    def unsaved(self) -> bool:
        """Whether anything was said or forgotten since the last save."""
        return bool(self._heard) or self.forgotten

    def save(self, buckets: Iterable[str]) -> None:
        """Write it, and the buckets that got events, into the transaction under way; `saved` when it is durable."""
        if self.forgotten:
            self._write_anew()
            return
        for said in self._heard:
            if isinstance(said, Decision):
                self._file.execute("INSERT INTO decision (said) VALUES (?)", (_write(said),))
            else:
                self._file.execute("INSERT INTO statement (said) VALUES (?)", (_write(said),))
        rows = ((key, _write(self._registry.saved_bucket(key))) for key in buckets)
        self._file.executemany("INSERT INTO bucket VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET saved = excluded.saved", rows)

    def _write_anew(self) -> None:
        state = self._registry.state()
        for table in ("statement", "decision", "bucket"):
            self._file.execute(f"DELETE FROM {table}")  # noqa: S608  our own three names
        self._file.executemany("INSERT INTO statement (said) VALUES (?)", ((_write(said),) for said in state.statements))
        self._file.executemany("INSERT INTO decision (said) VALUES (?)", ((_write(said),) for said in state.decisions))
        self._file.executemany("INSERT INTO bucket VALUES (?, ?)", ((kept.key, _write(kept)) for kept in state.buckets))

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self.forgotten = False
        self._heard.clear()
