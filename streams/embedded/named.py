"""Which finding carries which reference: what a decision that says `VG-7K3MQ-2XD9A` is about (design 4.4).

People say references; late evidence moves a matter to another finding, and its reference goes with it. Judging keeps this
for itself, so it never asks alerting; alerting gives alerts the same references by the same rule (`alerting.book`). Hears
all that is told; called by `streams.embedded.judge` and, for a decision, by `streams.embedded.people`. Here in memory, as in
a replay; `KeptNamed` is saved with the judge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.finding import FindingChange, reference

SCHEMA = """
CREATE TABLE IF NOT EXISTS named (
    finding_id TEXT PRIMARY KEY, reference TEXT NOT NULL, raised_at TEXT NOT NULL, withdrawn INTEGER NOT NULL, heir TEXT);
CREATE INDEX IF NOT EXISTS named_reference ON named (reference);
"""
_COLUMNS = "finding_id, reference, raised_at, withdrawn, heir"
_SAVE = "INSERT OR REPLACE INTO named VALUES (?, ?, ?, ?, ?)"


class Carried(NamedTuple):
    """A finding and the reference that it carries. `heir`: the finding that took it over."""

    finding_id: str
    reference: str
    raised_at: datetime
    withdrawn: bool = False
    heir: str | None = None


class Named:
    """All findings ever told, by id and by reference."""

    def __init__(self) -> None:
        self._by_id: dict[str, Carried] = {}
        self._by_reference: dict[str, dict[str, None]] = {}

    def finding_of(self, reference_said: str) -> str | None:
        """The finding that carries a reference now; where none stands any more, the one that carried it first."""
        carrying = sorted(self._carrying(reference_said), key=lambda one: (one.withdrawn, one.raised_at, one.finding_id))
        return carrying[0].finding_id if carrying else None

    def hear(self, changes: Iterable[FindingChange]) -> None:
        """What judging tells, in its order."""
        for change in changes:
            self._hear(change)

    def _hear(self, change: FindingChange) -> None:
        finding = change.finding
        name, gone = finding.finding_id, finding.status == "withdrawn"
        held = self._held(name)
        if held is not None and held.withdrawn == gone:
            return
        if gone:
            if held is not None:
                self._keep(held._replace(withdrawn=True))
            return
        before = [one for one in map(self._held, finding.supersedes) if one is not None and not self._taken(one, name)]
        if before:
            first = min(before, key=lambda one: (one.raised_at, one.finding_id))
            self._keep(Carried(name, first.reference, first.raised_at))
            for one in before:
                self._keep(one._replace(withdrawn=True, heir=name))
            return
        said = reference(name) if held is None else held.reference
        if any(not one.withdrawn and one.finding_id != name for one in self._carrying(said)):
            said = reference(f"{name} {change.at.isoformat()}")  # two that stand never share one
        self._keep(Carried(name, said, change.at if held is None else held.raised_at))

    def _taken(self, one: Carried, by: str) -> bool:
        """Whether another that stands has taken it over."""
        met = {one.finding_id}
        while one.heir is not None and one.heir not in met:
            met.add(one.heir)
            heir = self._held(one.heir)
            if heir is None:
                return False
            one = heir
        return len(met) > 1 and not one.withdrawn and one.finding_id != by

    def _held(self, finding_id: str) -> Carried | None:
        return self._by_id.get(finding_id)

    def _carrying(self, reference_said: str) -> Iterator[Carried]:
        for name in self._by_reference.get(reference_said, ()):
            yield self._by_id[name]

    def _keep(self, one: Carried) -> None:
        before = self._by_id.get(one.finding_id)
        if before is not None and before.reference != one.reference:
            del self._by_reference[before.reference][one.finding_id]
        self._by_id[one.finding_id] = one
        self._by_reference.setdefault(one.reference, {})[one.finding_id] = None


class KeptNamed(Named):
    """The same in `state.sqlite3`: in memory only what is not saved yet. Owned by the keeper."""

    def __init__(self, file: sqlite3.Connection) -> None:
        super().__init__()
        self._file = file

    @property
    def unsaved(self) -> bool:
        """Whether anything was told since the last save."""
        return bool(self._by_id)

    def save(self) -> None:
        """Write it, into the transaction under way; `saved` when it is durable."""
        rows = ((one.finding_id, one.reference, one.raised_at.isoformat(), int(one.withdrawn), one.heir) for one in self._by_id.values())
        self._file.executemany(_SAVE, rows)

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._by_id.clear()
        self._by_reference.clear()

    def _held(self, finding_id: str) -> Carried | None:
        fresh = super()._held(finding_id)
        return fresh or next(self._read("finding_id", finding_id), None)

    def _carrying(self, reference_said: str) -> Iterator[Carried]:
        yield from super()._carrying(reference_said)
        yield from (one for one in self._read("reference", reference_said) if one.finding_id not in self._by_id)

    def _read(self, column: str, value: str) -> Iterator[Carried]:
        rows = self._file.execute(f"SELECT {_COLUMNS} FROM named WHERE {column} = ?", (value,)).fetchall()  # noqa: S608  two names of ours
        for finding_id, said, raised_at, withdrawn, heir in rows:
            yield Carried(finding_id, said, datetime.fromisoformat(raised_at), bool(withdrawn), heir)
