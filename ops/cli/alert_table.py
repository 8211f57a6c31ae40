"""The alerts and the directory in `state.sqlite3`, beside what judging keeps there and in the same transaction.

What alerting holds of an embedded run: entries that live, those that are settled, and every statement about who is on
duty. Written by the run; read by it, by `vigil alerts` and by whoever else opens the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from alerting.book import Entry
from alerting.directory import Directory, learn
from schemas import codec
from schemas.alert import Alert
from schemas.event import Event
from schemas.finding import Finding

SCHEMA = """
CREATE TABLE IF NOT EXISTS alert (
    alert_id TEXT PRIMARY KEY, incident_id TEXT NOT NULL, began_at TEXT NOT NULL, status TEXT NOT NULL, risk_level TEXT,
    settled INTEGER NOT NULL, alert TEXT NOT NULL, finding TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS alert_began ON alert (began_at, alert_id);
CREATE INDEX IF NOT EXISTS alert_incident ON alert (incident_id) WHERE settled = 1;
CREATE INDEX IF NOT EXISTS alert_living ON alert (alert_id) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS settling (one INTEGER PRIMARY KEY CHECK (one = 1), settled_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS directory (number INTEGER PRIMARY KEY, line BLOB NOT NULL);
"""


class Row(NamedTuple):
    """One entry as it is stored. `risk_level`: the person's, when he was last spoken of."""

    entry: Entry
    risk_level: str | None
    settled: bool = False


class AlertTable:
    """The tables, for the run that owns the file."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        file.executescript(SCHEMA)

    def living(self) -> Iterator[Row]:
        """The entries that are not settled."""
        for alert, finding, risk_level in self._file.execute("SELECT alert, finding, risk_level FROM alert WHERE settled = 0"):
            yield Row(_entry(alert, finding), risk_level)

    def settled(self, alert_ids: Iterable[str]) -> Iterator[Entry]:
        """Those of these alerts that are settled, each with the whole of its incident."""
        given: set[str] = set()
        for alert_id in alert_ids:
            rows = self._file.execute(
                "SELECT alert_id, alert, finding FROM alert WHERE settled = 1 AND incident_id = "
                "(SELECT incident_id FROM alert WHERE alert_id = ? AND settled = 1)",
                (alert_id,),
            )
            for name, alert, finding in rows.fetchall():
                if name not in given:
                    given.add(name)
                    yield _entry(alert, finding)

    def save(self, rows: Iterable[Row]) -> None:
        """Entries as they stand, into the transaction under way."""
        self._file.executemany("INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_values, rows))

    def settled_at(self) -> datetime | None:
        """When alerts were last settled."""
        row = self._file.execute("SELECT settled_at FROM settling").fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def save_settled_at(self, at: datetime) -> None:
        """The same, into the transaction under way."""
        self._file.execute("INSERT OR REPLACE INTO settling VALUES (1, ?)", (at.isoformat(),))

    def directory(self) -> Directory:
        """Who is there, from everything that was stated."""
        known = Directory()
        for (line,) in self._file.execute("SELECT line FROM directory ORDER BY number"):
            known = learn(known, codec.decode(line, max_bytes=codec.MAX_OWN_BYTES))
        return known

    def state(self, events: Iterable[Event]) -> None:
        """Statements about who is there, into the transaction under way."""
        self._file.executemany("INSERT INTO directory (line) VALUES (?)", ((codec.encode(event),) for event in events))


def stored_alerts(file: sqlite3.Connection) -> Iterator[Alert]:
    """Every alert in the order in which they began."""
    for (alert,) in file.execute("SELECT alert FROM alert ORDER BY began_at, alert_id"):
        yield Alert.model_validate_json(alert)


def _values(row: Row) -> tuple[str | int | None, ...]:
    alert, finding = row.entry
    return (
        alert.alert_id,
        alert.incident_id,
        alert.began_at.isoformat(),
        alert.status,
        row.risk_level,
        int(row.settled),
        alert.model_dump_json(),
        finding.model_dump_json(),
    )


def _entry(alert: str, finding: str) -> Entry:
    return Entry(Alert.model_validate_json(alert), Finding.model_validate_json(finding))
