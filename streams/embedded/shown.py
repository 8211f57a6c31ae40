"""What was last published of each key, as a digest: so that a restart, or a person who comes back into memory, says nothing twice.

In `state.sqlite3`, with the judge's save. Called by `streams.embedded.publishing` and what it is made of.
"""

from __future__ import annotations

import hashlib
import sqlite3

from pydantic.main import IncEx

from schemas.finding import Told as Model
from schemas.read_models import PersonPage

SCHEMA = "CREATE TABLE IF NOT EXISTS shown (topic TEXT, key TEXT, digest BLOB NOT NULL, PRIMARY KEY (topic, key)) WITHOUT ROWID;"
_MOVING: IncEx = {"last_proof_at", "battery_percent"}
_MOVES_ON: IncEx = {"as_of_at": True, "tag": _MOVING}
"""What is different every time, and no news."""
_WRITTEN: IncEx = {"as_of_at"}


class Shown:
    """Digests by topic and key."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        file.executescript(SCHEMA)
        self._fresh: dict[tuple[str, str], bytes] = {}

    def is_news(self, topic: str, key: str, record: Model) -> bool:
        """Whether it differs from what was last published; from now on it is what was."""
        said = record.model_dump_json(exclude=_MOVES_ON if isinstance(record, PersonPage) else _WRITTEN)
        digest = hashlib.blake2b(said.encode(), digest_size=8).digest()
        if digest == self._digest(topic, key):
            return False
        self._fresh[topic, key] = digest
        return True

    def _digest(self, topic: str, key: str) -> bytes | None:
        fresh = self._fresh.get((topic, key))
        if fresh is not None:
            return fresh
        row = self._file.execute("SELECT digest FROM shown WHERE topic = ? AND key = ?", (topic, key)).fetchone()
        return None if row is None else bytes(row[0])

    def save(self) -> None:
        """Write them, into the transaction under way; `saved` when it is durable."""
        rows = ((topic, key, digest) for (topic, key), digest in self._fresh.items())
        self._file.executemany("INSERT OR REPLACE INTO shown VALUES (?, ?, ?)", rows)

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._fresh.clear()
