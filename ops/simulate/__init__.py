"""The simulator: invented people, feeds and breaches, as event files that a replay can play and a truth to check it by.

    simulate(people, days, seed, starts_at)   the lines of a run, in order of arrival
    plan(people, days, seed, starts_at)       the run itself: its lines, and its truths
    write(people, days, seed, out, progress)  the run on disk, as `vigil simulate` leaves it
    check(alerts, truths)                     how the alerts of a replay compare with the truth

It knows contract.md and rules.md and nothing of the engine: a mistake in one must not hide in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ops.simulate.check import Report, check
from ops.simulate.world import World, plan
from ops.simulate.write import DEFAULT_STARTS_AT, Summary, write

__all__ = ["DEFAULT_STARTS_AT", "Report", "Summary", "World", "check", "plan", "simulate", "write"]


def simulate(people: int, days: int, seed: int, starts_at: datetime) -> Iterator[bytes]:
    """The lines of a run in order of arrival, without newlines. Streamed: memory grows with people, not with days."""
    return (text for _, text in plan(people, days, seed, starts_at).lines())
