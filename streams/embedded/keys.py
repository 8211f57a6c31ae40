"""Keys of feed clients: `vk_<id>_<secret>`, of which only a hash is kept (console.md 2.1). Valid at once beside a running `vigil run`.

A file of its own, `keys.sqlite3`, so that `vigil keys` never waits for intake nor intake for it. Not who may see a page. The same
`Store` in a database, for several intakes, is `streams.embedded.keys_in_database`.
Called by `vigil keys`, which writes, and by the HTTP intake, which reads.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from streams.embedded.acceptance import EVERY_TYPE, Client
from streams.embedded.sqlite_file import open_reader, open_writer

FILE = "keys.sqlite3"
PREFIX = "vk"
_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
"""Nothing that is mistaken for something else when read aloud."""
_ID_LETTERS = 8
_SECRET_LETTERS = 40
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feed_key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, sources TEXT NOT NULL, rate_events_s REAL, hash BLOB NOT NULL,
    made_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, types TEXT NOT NULL DEFAULT '["*"]');
"""
_LATER = "ALTER TABLE feed_key ADD COLUMN types TEXT NOT NULL DEFAULT '[\"*\"]'"
"""For a file from before a key had types."""
_INSERT = """
INSERT INTO feed_key (id, name, sources, rate_events_s, hash, made_at, expires_at, revoked_at, types)
VALUES (:id, :name, :sources, :rate_events_s, :hash, :made_at, :expires_at, :revoked_at, :types)
"""
_ALL = "SELECT id, name, sources, rate_events_s, hash, made_at, expires_at, revoked_at, types FROM feed_key ORDER BY made_at, rowid"


class UnknownKey(Exception):
    """No key, or more than one, goes by this name."""


class Key(NamedTuple):
    """One key, without its secret. `rate_events_s`: None where there is no limit."""

    id: str
    name: str
    sources: tuple[str, ...]
    rate_events_s: float | None
    hash: bytes
    made_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    types: tuple[str, ...] = EVERY_TYPE

    def lives(self, at: datetime) -> bool:
        """Whether it opens anything at this instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def opened_by(self, text: str, at: datetime) -> bool:
        """Whether it is this key's text, and opens anything at this instant."""
        return hmac.compare_digest(self.hash, _hash_of(text)) and self.lives(at)

    @property
    def client(self) -> Client:
        """Who sends with it."""
        return Client(self.name, self.sources, self.types)


class Store(ABC):
    """Where keys are made, listed and ended, for `vigil keys`."""

    def add(
        self,
        name: str,
        sources: tuple[str, ...],
        at: datetime,
        *,
        types: tuple[str, ...] = EVERY_TYPE,
        rate_events_s: float | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """A new key; the only time that its text is known."""
        key_id, secret = _letters(_ID_LETTERS), _letters(_SECRET_LETTERS)
        text = f"{PREFIX}_{key_id}_{secret}"
        self._keep(Key(key_id, name, sources, rate_events_s, _hash_of(text), at, expires_at, types=types))
        return text

    def revoke(self, id_or_name: str, at: datetime) -> Key:
        """End a key for good. By name only where no other living key has it; `UnknownKey` says which there are."""
        found = _the_living(self.every(), id_or_name)
        self._end(found.id, at)
        return found

    @abstractmethod
    def every(self) -> tuple[Key, ...]:
        """Every key there ever was, oldest first."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def _keep(self, key: Key) -> None: ...

    @abstractmethod
    def _end(self, key_id: str, at: datetime) -> None: ...


class KeyStore(Store):
    """The file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = open_writer(folder / FILE, _SCHEMA)
        if "types" not in {column[1] for column in self._file.execute("PRAGMA table_info(feed_key)")}:
            self._file.execute(_LATER)

    def every(self) -> tuple[Key, ...]:
        """See `Store.every`."""
        return _keys(self._file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _keep(self, key: Key) -> None:
        instants = {"made_at": _text(key.made_at), "expires_at": _text(key.expires_at), "revoked_at": _text(key.revoked_at)}
        self._file.execute(_INSERT, row_of(key) | instants)

    def _end(self, key_id: str, at: datetime) -> None:
        self._file.execute("UPDATE feed_key SET revoked_at = ? WHERE id = ?", (at.isoformat(), key_id))


class Keyring:
    """The same file for intake: kept in memory, read again as soon as another process has changed it.

    Opened by the thread that first asks, which must be the only one that asks, and closes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: sqlite3.Connection | None = None
        self._version = -1
        self._keys: dict[str, Key] = {}

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def find(self, text: str, at: datetime) -> Key | None:
        """The living key of this text."""
        if self._file is None:
            KeyStore(self._folder).close()  # makes the file, so that it can be opened for reading
            self._file = open_reader(self._folder / FILE)
        version = int(self._file.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._keys = {key.id: key for key in _keys(self._file)}
            self._version = version
        key = self._keys.get(id_in(text))
        return key if key is not None and key.opened_by(text, at) else None


def id_in(text: str) -> str:
    """Which key a text may be; empty where it is no text of a key."""
    prefix, _, rest = text.partition("_")
    return rest.partition("_")[0] if prefix == PREFIX else ""


def row_of(key: Key) -> dict[str, object]:
    """What is kept of it, by column; the instants as they are."""
    return {**key._asdict(), "sources": json.dumps(key.sources), "types": json.dumps(key.types)}


def globs(text: str) -> tuple[str, ...]:
    """Sources or types, out of such a row."""
    return tuple(json.loads(text))


def _hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _the_living(keys: Iterable[Key], id_or_name: str) -> Key:
    """The one key not revoked of that id, else of that name. `UnknownKey` says which there are."""
    living = [key for key in keys if key.revoked_at is None]
    found = [key for key in living if key.id == id_or_name] or [key for key in living if key.name == id_or_name]
    if not found:
        raise UnknownKey(f"no living key {id_or_name!r}; `vigil keys list` shows them")
    if len(found) > 1:
        raise UnknownKey(f"{len(found)} living keys are called {id_or_name!r}; name one by its id: {', '.join(key.id for key in found)}")
    return found[0]


def _keys(file: sqlite3.Connection) -> tuple[Key, ...]:
    return tuple(
        Key(
            id=key_id,
            name=name,
            sources=globs(sources),
            rate_events_s=rate,
            hash=bytes(hashed),
            made_at=datetime.fromisoformat(made),
            expires_at=_at(expires),
            revoked_at=_at(revoked),
            types=globs(types),
        )
        for key_id, name, sources, rate, hashed, made, expires, revoked, types in file.execute(_ALL)
    )


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
