"""Whom to wake when: people by the clock, and people who wait for a feed to complete.

Heaps with lazy entries: never cancelled, checked when they come up. Holds no judgement.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

from streams.engine.state import NEVER
from streams.engine.timeline import Wait


class Alarms:
    """The next instants at which something may be due."""

    def __init__(self) -> None:
        self._clock: list[tuple[datetime, str]] = []
        self._set: dict[str, datetime] = {}
        self._waiting: dict[str, list[tuple[datetime, str]]] = {}
        self._filed: dict[str, set[Wait]] = {}

    def wake(self, key: str, at: datetime) -> None:
        """Wake a person no later than `at`."""
        if at < self._set.get(key, NEVER):
            self._set[key] = at
            heappush(self._clock, (at, key))

    def wakes_at(self, key: str) -> datetime:
        """When a person is woken, as things stand."""
        return self._set.get(key, NEVER)

    def wait(self, key: str, waits: Iterable[Wait]) -> None:
        """A person waits for feeds to complete."""
        filed = self._filed.setdefault(key, set())
        for wait in waits:
            if wait not in filed:
                filed.add(wait)
                heappush(self._waiting.setdefault(wait[1], []), (wait[0], key))

    def next_at(self) -> datetime:
        """When the clock next wakes somebody."""
        clock = self._clock
        while clock and self._set.get(clock[0][1]) != clock[0][0]:
            heappop(clock)
        return clock[0][0] if clock else NEVER

    def pop(self) -> str:
        """The person whom `next_at` wakes."""
        at, key = heappop(self._clock)
        if self._set.get(key) == at:
            del self._set[key]
        return key

    def completed(self, source: str, to: datetime) -> dict[str, datetime]:
        """People who waited for this feed to come so far, each with the earliest due."""
        found: dict[str, datetime] = {}
        heap = self._waiting.get(source, [])
        while heap and heap[0][0] <= to:
            due, key = heappop(heap)
            filed = self._filed.get(key)
            if filed is not None:
                filed.discard((due, source))
                if not filed:
                    del self._filed[key]
            found.setdefault(key, due)
        return found

    def forget(self, key: str) -> None:
        """A person who is no more (merged, split)."""
        self._set.pop(key, None)
        self._filed.pop(key, None)
