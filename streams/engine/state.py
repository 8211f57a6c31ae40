"""The state of one person's judgement at one place in event time: immutable, so a checkpoint is a reference.

Not the journal and not the lists of the shell (`streams.engine.log`). `Place` says how far it has judged.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from streams.engine.person import Person
from streams.engine.verdict import Edge, Finding, WakeUp

Place = tuple[datetime, int, int, str, str]
"""Where something stands in event time: instant, phase (edges, events, wake-ups), then the order inside the phase."""

EDGES, EVENTS, WAKES = 0, 1, 2
NOWHERE: Place = (datetime.min.replace(tzinfo=UTC), EDGES, 0, "", "")
"""Before everything."""
NEVER = datetime.max.replace(tzinfo=UTC)


class Pending(msgspec.Struct, frozen=True, gc=False):
    """A wake-up that waits. `set_at`: the instant that set it; it cannot be due earlier."""

    rule: int
    wake_up: WakeUp
    set_at: datetime


class Reliance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A span in which the person's judgement rested on some feed not being silent (design 4.11)."""

    types: tuple[str, ...]
    from_at: datetime
    to_at: datetime | None
    high_risk: bool


class State(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that judging the next input needs."""

    person: Person = Person()
    memories: tuple[msgspec.Struct | None, ...] = ()
    """By rule index; None is the rule's initial memory."""
    findings: dict[str, Finding] = {}
    """By id, open and ended. Ended ones are forgotten 30 days later."""
    pending: tuple[Pending, ...] = ()
    edges: tuple[Edge, ...] = ()
    next_at: datetime = NEVER
    """No edge or wake-up is due before this instant (a lower bound: proofs of life move deadlines on)."""
    reliance: tuple[Reliance, ...] = ()
