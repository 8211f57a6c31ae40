"""Opening the SQLite files of a data folder: one writer a file, any number of readers beside it.

A committed transaction is on the disk (`synchronous=FULL`), or it is not at all. Holds no table; each store names its own.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

CHECKPOINT_PAGES = 8_000
"""32 MB of pages in the write-ahead log before they move into the file: fewer, longer writes."""
CACHE_KIB = 16_384
BUSY_MS = 10_000
STATEMENT_VALUES = 500
"""At most so many values in one `IN (...)`: old builds of SQLite take 999."""


def open_writer(path: Path, schema: str) -> sqlite3.Connection:
    """The file for its single writer, made if it is not there. Transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.executescript(schema)
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """The file for reading alone, safe beside its writer."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    return connection
