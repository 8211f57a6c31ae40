"""Facts and lines: what happens in the simulated world, and the JSON line in which a feed tells it.

A `Fact` knows when it happened and how long its source did not have it; a `Line` knows when it arrives. Fixes skip the `Fact`
and are formatted by `tracker` straight away, because nearly every line is one. Ids are a person's key and a running number.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

import msgspec

from ops.simulate.feeds import Outages
from ops.simulate.instants import SECOND_MS, rfc3339

Identifiers = tuple[tuple[str, str], ...]


class Fact(NamedTuple):
    """Something that a feed tells. `held_ms`: how long it stood in a notebook or a device before the source had it."""

    occurred_ms: int
    source: str
    type: str
    data: Mapping[str, object]
    identifiers: Identifiers = ()
    """Whose it is, where the feed's ordinary way of naming him will not do."""
    held_ms: int = 0


def when(fact: Fact) -> int:
    """The key that puts facts in order; two at one instant stay as they came."""
    return fact.occurred_ms


Line = tuple[int, bytes]
"""The instant (ms) at which a line arrives, and the line. Bare tuples sort by arrival, and there are millions."""


class Pen:
    """Writes facts as lines, with ids of its own. One for each person, and one for each feed's own news."""

    def __init__(self, key: str, rng: Random, outages: Outages) -> None:
        self._key = key
        self._rng = rng
        self._outages = outages
        self._written = 0

    def write(self, fact: Fact, identifiers: Identifiers = (), area: str | None = None) -> Line:
        """The line of a fact; it arrives some seconds after its source has it, or when the source's outage is over."""
        self._written += 1
        had_ms = fact.occurred_ms + fact.held_ms
        sent_ms = self._outages.delivered(fact.source, had_ms + self._rng.randrange(SECOND_MS, 8 * SECOND_MS))
        said: dict[str, object] = {
            "id": f"{self._key}-{self._written}",
            "source": fact.source,
            "type": fact.type,
            "occurred_at": rfc3339(fact.occurred_ms),
        }
        if fact.held_ms:
            said["published_at"] = rfc3339(had_ms)
        said["received_at"] = rfc3339(sent_ms)
        if identifiers:
            said["person"] = {"identifiers": [{"type": kind, "value": value} for kind, value in identifiers]}
        if area is not None:
            said["area"] = area
        said["data"] = fact.data
        return sent_ms, msgspec.json.encode(said)
