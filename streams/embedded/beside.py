"""Lanes beside the actual one: which of them a person has, and what each has told that is its own.

What such a lane tells is the difference of two sides, and either may move: it is looked at before and after a judgement.
Not the lanes themselves (those are logs). Called by `streams.embedded.people`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from streams.embedded.lanes import ACTUAL, lane_of, own_changes, owned
from streams.embedded.logs import Logs
from streams.engine.diff import Change, diff
from streams.engine.log import PersonLog
from streams.engine.verdict import Finding


class Beside:
    """The exercises and tests of all people."""

    def __init__(self, logs: Logs) -> None:
        self.statuses: dict[str, tuple[str, ...]] = {}
        """Statuses beside `actual` that a person has lanes for, by key; who has none is not here."""
        self._logs = logs
        self._own: dict[str, dict[str, Finding]] = {}
        """What each lane has told, as far as it was touched since the start."""

    def resume(self, lanes: Iterable[str]) -> None:
        """The lanes that were saved, without the actual ones."""
        for lane in lanes:
            key, _, status = lane.rpartition("|")
            self.add(key, status)

    def of(self, key: str) -> tuple[str, ...]:
        """The statuses of a person's lanes beside the actual one."""
        return self.statuses.get(key, ())

    def add(self, key: str, status: str) -> None:
        """One lane more."""
        self.statuses[key] = (*self.of(key), status)

    def drop(self, key: str) -> tuple[str, ...]:
        """Forget a person's lanes; their statuses."""
        gone = self.statuses.pop(key, ())
        for status in gone:
            self._own.pop(lane_of(key, status), None)
        return gone

    def before(self, key: str) -> None:
        """A person is about to be judged."""
        for status in self.of(key):
            lane = lane_of(key, status)
            if lane not in self._own:
                self._own[lane] = self._owned(key, lane)

    def after(self, key: str, clock: datetime) -> Iterator[tuple[PersonLog, Sequence[Change]]]:
        """The person was judged: what each lane has to tell."""
        for status in self.of(key):
            lane = lane_of(key, status)
            before, now = self._own.get(lane, {}), self._owned(key, lane)
            self._own[lane] = now
            yield self._logs[lane], diff(before, now, clock)

    def anew(self, key: str, lane: str, found: Iterable[Change]) -> list[Change]:
        """A lane was judged from the start: of what changed, what is its own."""
        self._own[lane] = self._owned(key, lane)
        return own_changes(found, self._logs[lane].head.findings, self._logs[key].head.findings)

    def every(self, key: str) -> tuple[str, ...]:
        """The statuses of all lanes of a person, the actual one first."""
        return (ACTUAL, *self.of(key))

    def _owned(self, key: str, lane: str) -> dict[str, Finding]:
        return owned(self._logs[lane].head.findings, self._logs[key].head.findings)
