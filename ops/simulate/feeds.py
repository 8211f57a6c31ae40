"""The feeds themselves: how often each says that it is complete, and when one of them falls silent.

Honest by construction: a source publishes within eight seconds of having something, and claims completeness only up to fifteen
seconds ago, so a heartbeat never passes what the source had and had not delivered. During an outage nothing arrives; afterwards
the backlog comes first, in order, and then the next heartbeat. One outage of the tagging feed loses its fixes for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from ops.simulate.chance import stream
from ops.simulate.geography import AREAS
from ops.simulate.instants import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, local_date, local_ms

TAGS = "em/allied"
FITTERS = "em/serco"
PRISONS = "custody/hmpps"
PRISON_CALLS = "comms/bt"
COURTS = "order/courts"
PROGRAMMES = "programme/drive"
_LAG_MS = 15 * SECOND_MS
_BACKLOG_MS = 40 * SECOND_MS


def sources() -> dict[str, int]:
    """Every feed with the time between its heartbeats, in milliseconds."""
    return {
        TAGS: MINUTE_MS,
        FITTERS: 2 * MINUTE_MS,
        PRISONS: 15 * MINUTE_MS,
        PRISON_CALLS: 15 * MINUTE_MS,
        COURTS: 30 * MINUTE_MS,
        PROGRAMMES: 30 * MINUTE_MS,
        "directory/forces": 30 * MINUTE_MS,
        **{f"{family}/{area.slug}": 20 * MINUTE_MS for family in ("case", "bail") for area in AREAS},
    }


class Outage(NamedTuple):
    """A feed delivers nothing from one instant to another. `loses`: its fixes of that time never come."""

    source: str
    from_ms: int
    to_ms: int
    loses: bool = False


class Heartbeat(NamedTuple):
    """A feed's word at `occurred_ms` that all it had received up to `complete_ms` is delivered."""

    source: str
    occurred_ms: int
    complete_ms: int


class Outages:
    """The outages of a run, and what each does to an arrival."""

    def __init__(self, outages: tuple[Outage, ...] = ()) -> None:
        self.all = outages
        self._of: dict[str, tuple[Outage, ...]] = {one.source: () for one in outages}
        for one in outages:
            self._of[one.source] += (one,)

    def at(self, source: str, at_ms: int) -> Outage | None:
        """The outage that the feed is in."""
        for one in self._of.get(source, ()):
            if one.from_ms <= at_ms < one.to_ms:
                return one
        return None

    def delivered(self, source: str, at_ms: int) -> int:
        """When a line that would arrive at an instant does: at once, or with the backlog, in the same order."""
        outage = self.at(source, at_ms)
        if outage is None:
            return at_ms
        return outage.to_ms + (at_ms - outage.from_ms) * _BACKLOG_MS // (outage.to_ms - outage.from_ms)

    def touch(self, source: str, from_ms: int, to_ms: int) -> bool:
        """Whether the feed is in an outage at some instant of the span."""
        return any(one.from_ms < to_ms and from_ms < one.to_ms for one in self._of.get(source, ()))


def outages(seed: int, days: int, starts_ms: int, ends_ms: int) -> Outages:
    """By day, away from curfews and from the opening of cases: tagging twice in nine days, another feed once."""
    rng = stream(seed, "outages")
    found: list[Outage] = []
    first = local_date(starts_ms)
    for day in range(1, days):
        date = first + timedelta(days=day)
        if day % 9 == 1:
            found.append(_outage(TAGS, local_ms(date, 10 * 60 + rng.randrange(180)), rng.randrange(25, 51)))
        elif day % 9 == 4:  # noqa: PLR2004 -- the fifth day
            found.append(_outage(TAGS, local_ms(date, 10 * 60 + rng.randrange(180)), rng.randrange(15, 31), loses=True))
        elif day % 9 == 2:  # noqa: PLR2004 -- the third day
            source = rng.choice((PRISONS, PRISON_CALLS, COURTS, *(f"case/{area.slug}" for area in AREAS)))
            found.append(_outage(source, local_ms(date, 9 * 60 + rng.randrange(300)), rng.randrange(150, 300)))
    return Outages(tuple(one for one in found if one.to_ms < ends_ms - 2 * HOUR_MS and one.from_ms > starts_ms + DAY_MS // 2))


def _outage(source: str, from_ms: int, minutes: int, *, loses: bool = False) -> Outage:
    return Outage(source, from_ms, from_ms + minutes * MINUTE_MS, loses)


def heartbeats(source: str, every_ms: int, outages: Outages, starts_ms: int, ends_ms: int) -> Iterator[Heartbeat]:
    """The feed's heartbeats in order. After an outage the first comes a minute behind the backlog's beginning."""
    at_ms = starts_ms + every_ms
    while at_ms < ends_ms:
        outage = outages.at(source, at_ms + _LAG_MS)  # one sent into the outage's first seconds would arrive after it
        if outage is not None:
            at_ms = outage.to_ms + MINUTE_MS
        yield Heartbeat(source, at_ms, at_ms - _LAG_MS)
        at_ms += every_ms
