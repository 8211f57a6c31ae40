"""The logs of people in `state.sqlite3`: the quiet ones live there alone and are fetched when something touches them.

Saves what was fetched or put since the last save: the head, the base (the state before the horizon, from which late
evidence is judged again), when to wake, what is waited for, and what is relied on. Owned by the keeper.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from streams.embedded.logs import Logs, Relying, relying
from streams.engine.log import Mark, PersonLog
from streams.engine.snapshot import Outdated, Snapshots
from streams.engine.state import NEVER, NOWHERE, Place
from streams.engine.timeline import Wait
from streams.engine.verdict import Finding

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (
    lane TEXT PRIMARY KEY, head BLOB NOT NULL, base BLOB, wake_at TEXT, waits BLOB, relies BLOB);
"""
MOST_LIVING = 20_000
"""At most so many people's logs stay in memory after a save."""
QUIET_SAVES = 600
"""After so many saves without a touch a log leaves the memory: five minutes of steady arrivals."""

_SAVE = """
INSERT INTO person (lane, head, wake_at, waits, relies) VALUES (?, ?, ?, ?, ?) ON CONFLICT (lane) DO UPDATE SET
    head = excluded.head, wake_at = excluded.wake_at, waits = excluded.waits, relies = excluded.relies
"""
_write = msgspec.msgpack.Encoder().encode
_read_relying = msgspec.msgpack.Decoder(Relying).decode
_read_waits = msgspec.msgpack.Decoder(tuple[Wait, ...]).decode


class Alarm(NamedTuple):
    """When a lane is to be woken, and by which feeds' completeness."""

    lane: str
    wake_at: datetime
    waits: tuple[Wait, ...]


class KeptLogs(Logs):
    """Those in memory, and behind them those in the file."""

    def __init__(
        self, file: sqlite3.Connection, snapshots: Snapshots, wakes_at: Callable[[str], datetime], most_living: int = MOST_LIVING
    ) -> None:
        super().__init__()
        self._file = file
        self._snapshots = snapshots
        self._wakes_at = wakes_at
        self._most_living = most_living
        self._touched: set[str] = set()
        self._gone: set[str] = set()
        self._bases: dict[str, Place] = {}
        """The base that is saved of each log in memory."""
        self._touched_at: dict[str, int] = {}
        self._saves = 0
        self._added = 0
        self._stored = int(file.execute("SELECT count(*) FROM person").fetchone()[0])

    def __len__(self) -> int:
        return self._stored  # as of the last save: other threads ask

    def get(self, lane: str) -> PersonLog | None:
        """See `Logs.get`."""
        self._touched.add(lane)
        log = self.living.get(lane)
        return log if log is not None else self._fetch(lane)

    def put(self, lane: str, log: PersonLog) -> None:
        """See `Logs.put`."""
        super().put(lane, log)
        self._touched.add(lane)
        self._gone.discard(lane)
        self._bases.pop(lane, None)

    def drop(self, lane: str) -> PersonLog | None:
        """See `Logs.drop`."""
        log = self.get(lane)
        self.living.pop(lane, None)
        self._touched.discard(lane)
        if log is not None:
            self._gone.add(lane)
        return log

    def relying(self) -> Iterator[Relying]:
        """See `Logs.relying`."""
        yield from super().relying()
        for one in stored_relying(self._file):
            if one.lane not in self.living and one.lane not in self._gone:
                yield one

    @property
    def unsaved(self) -> bool:
        """Whether anybody was touched since the last save."""
        return bool(self._touched or self._gone)

    def touched(self) -> Iterator[tuple[str, PersonLog]]:
        """Who was touched since the last save, and is there."""
        for lane in self._touched:
            log = self.living.get(lane)
            if log is not None:
                yield lane, log

    def save(self) -> None:
        """Write who was touched, into the transaction under way; `saved` when it is durable."""
        self._added = 0
        for lane in sorted(self._gone):
            self._added -= self._file.execute("DELETE FROM person WHERE lane = ?", (lane,)).rowcount
        for lane in sorted(self._touched & self.living.keys()):
            self._save(lane, self.living[lane])

    def saved(self) -> tuple[str, ...]:
        """What `save` wrote is durable: let the quiet ones go; which."""
        self._saves += 1
        self._stored += self._added
        for lane in self._touched & self.living.keys():
            self._bases[lane] = self.living[lane].marks[0].place
            self._touched_at[lane] = self._saves
        self._touched.clear()
        self._gone.clear()
        if self._saves % QUIET_SAVES == 0 or len(self.living) > self._most_living:
            return self._let_go()
        return ()

    def alarms(self) -> Iterator[Alarm]:
        """When everybody in the file is to be woken."""
        for lane, wake_at, waits in self._file.execute("SELECT lane, wake_at, waits FROM person WHERE wake_at NOT NULL OR waits NOT NULL"):
            at = NEVER if wake_at is None else datetime.fromisoformat(wake_at)
            yield Alarm(lane, at, () if waits is None else _read_waits(waits))

    def lanes(self) -> Iterator[str]:
        """Everybody in the file."""
        for (lane,) in self._file.execute("SELECT lane FROM person ORDER BY lane").fetchall():
            yield lane

    def findings_of(self, lane: str) -> dict[str, Finding]:
        """What was found of a lane by whichever rules judged it; nothing where it cannot be read any more."""
        row = self._file.execute("SELECT head FROM person WHERE lane = ?", (lane,)).fetchone()
        try:
            return {} if row is None else self._snapshots.load(row[0], of_any_version=True).head.findings
        except Outdated:
            return {}

    def _let_go(self) -> tuple[str, ...]:
        quiet = sorted(self.living, key=lambda lane: self._touched_at.get(lane, 0))
        most = len(quiet) - self._most_living * 3 // 4 if len(quiet) > self._most_living else 0
        gone: list[str] = []
        for number, lane in enumerate(quiet):
            if number >= most and self._touched_at.get(lane, 0) > self._saves - QUIET_SAVES:
                break
            gone.append(lane)
            del self.living[lane]
            self._bases.pop(lane, None)
            self._touched_at.pop(lane, None)
        return tuple(gone)

    def _fetch(self, lane: str) -> PersonLog | None:
        if lane in self._gone:
            return None
        row = self._file.execute("SELECT head, base FROM person WHERE lane = ?", (lane,)).fetchone()
        if row is None:
            return None
        log = self._snapshots.load(row[0])
        if row[1] is not None:
            base = self._snapshots.load(row[1])
            log.marks.insert(0, Mark(base.place, base.head, 0))
        self.living[lane] = log
        self._bases[lane] = log.marks[0].place
        return log

    def _save(self, lane: str, log: PersonLog) -> None:
        wake_at = self._wakes_at(lane)
        row = (
            lane,
            self._snapshots.save(log),
            None if wake_at == NEVER else wake_at.astimezone(UTC).isoformat(),
            _write(tuple(sorted(log.waits))) if log.waits else None,
            _write(relying(lane, log)) if log.head.reliance else None,
        )
        base = log.marks[0]
        if lane not in self._bases and not self._file.execute("SELECT 1 FROM person WHERE lane = ?", (lane,)).fetchone():
            self._added += 1
        self._file.execute(_SAVE, row)
        if self._bases.get(lane) != base.place:
            kept = None if base.place in {NOWHERE, log.place} else self._snapshots.save(_as_log(log, base))
            self._file.execute("UPDATE person SET base = ? WHERE lane = ?", (kept, lane))


def stored_relying(file: sqlite3.Connection) -> Iterator[Relying]:
    """Everybody in the file who relied on any feed."""
    for (relies,) in file.execute("SELECT relies FROM person WHERE relies NOT NULL"):
        yield _read_relying(relies)


def _as_log(log: PersonLog, mark: Mark) -> PersonLog:
    """A mark in the form in which logs are saved."""
    kept = PersonLog(log.case, mark.state, log.status)
    kept.place = mark.place
    return kept
