"""The logs of all managed people, by lane: here all of them in memory. `streams.embedded.kept_logs` lets the quiet ones go.

Whoever changes a log has fetched it from here or put it here. Called by `streams.embedded.people`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.engine.log import PersonLog
from streams.engine.state import Reliance


class Relying(NamedTuple):
    """What a person's judgement rested on, and what is needed to count him when a feed falls silent."""

    lane: str
    status: str
    case: str
    areas: tuple[str, ...]
    carried_by: dict[str, tuple[str, ...]]
    spans: tuple[Reliance, ...]


def relying(lane: str, log: PersonLog) -> Relying:
    """The same of one log."""
    person = log.head.person
    return Relying(lane, log.status, log.case, person.areas, person.carried_by, log.head.reliance)


class Logs:
    """All in memory."""

    def __init__(self) -> None:
        self.living: dict[str, PersonLog] = {}

    def __len__(self) -> int:
        return len(self.living)

    def __getitem__(self, lane: str) -> PersonLog:
        log = self.get(lane)
        if log is None:
            raise KeyError(lane)
        return log

    def get(self, lane: str) -> PersonLog | None:
        """The log of a lane."""
        return self.living.get(lane)

    def put(self, lane: str, log: PersonLog) -> None:
        """A new log for a lane."""
        self.living[lane] = log

    def drop(self, lane: str) -> PersonLog | None:
        """The lane is no more; its log, where there was one."""
        return self.living.pop(lane, None)

    def relying(self) -> Iterator[Relying]:
        """Everybody who relied on any feed lately. None may be changed meanwhile."""
        for lane, log in self.living.items():
            if log.head.reliance:
                yield relying(lane, log)
