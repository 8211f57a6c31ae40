"""Positions beside findings: those that a finding rests on, and the last half hour before it. Each is said once.

Called by `streams.embedded.publishing`, with a log that has just been judged, so its last events are in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from schemas.event import Event, EvidenceRef
from schemas.finding import FindingChange
from schemas.fix import Fix
from streams.engine.log import PersonLog

LEADS_UP = timedelta(minutes=30)


class BesideFindings:
    """Which positions were said, of those that are still in memory."""

    def __init__(self) -> None:
        self._said: dict[str, frozenset[EvidenceRef]] = {}

    def rest(self, living: Collection[str]) -> None:
        """Only these are in memory."""
        if len(self._said) > len(living):
            self._said = {lane: said for lane, said in self._said.items() if lane in living}

    def new(self, lane: str, log: PersonLog, changes: Iterable[FindingChange]) -> Iterator[tuple[Event, Fix]]:
        """Those that belong to these changes and were not said yet. A finding that no position bears out has none."""
        fixes = [(event, event.data) for event in log.recent if isinstance(event.data, Fix)]
        refs = {event.ref for event, _ in fixes}
        said = self._said.get(lane, frozenset())
        wanted: set[EvidenceRef] = set()
        for finding in (change.finding for change in changes):
            rests_on = refs.intersection(finding.evidence)
            if rests_on and finding.status != "withdrawn":
                from_at, to_at = finding.began_at - LEADS_UP, finding.ended_at
                within = (event for event, _ in fixes if event.occurred_at >= from_at and (to_at is None or event.occurred_at <= to_at))
                wanted |= rests_on | {event.ref for event in within}
        fresh = wanted - said
        if fresh:
            self._said[lane] = (said & refs) | fresh
            yield from ((event, fix) for event, fix in fixes if event.ref in fresh)
