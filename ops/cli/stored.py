"""Reads of `state.sqlite3` for the pages: one alert by what people call it, and who is there. Safe beside the run that writes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alerting.directory import Directory, learn
from schemas import codec
from schemas.alert import Alert
from streams.embedded.keeper import FILE
from streams.embedded.sqlite_file import open_reader

_BY_ID = "SELECT alert FROM alert WHERE alert_id = ?"
_BY_REFERENCE = "SELECT alert FROM alert WHERE json_extract(alert, '$.reference') = ? ORDER BY status = 'withdrawn', began_at DESC"


def alert_called(folder: Path, name: str) -> Alert | None:
    """The alert of this id, or the one that stands under this reference."""
    with closing(open_reader(folder / FILE)) as file:
        row = file.execute(_BY_ID, (name,)).fetchone() or file.execute(_BY_REFERENCE, (name,)).fetchone()
    return None if row is None else Alert.model_validate_json(row[0])


def directory(folder: Path) -> Directory:
    """Who is there, from everything that was stated and saved; nobody where nothing was saved yet."""
    known = Directory()
    try:
        with closing(open_reader(folder / FILE)) as file:
            for (line,) in file.execute("SELECT line FROM directory ORDER BY number"):
                known = learn(known, codec.decode(line, max_bytes=codec.MAX_OWN_BYTES))
    except sqlite3.OperationalError:
        return known  # no file yet, or none of this table
    return known
