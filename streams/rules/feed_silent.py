"""Feed silent: a feed's own heartbeat is overdue, so nobody can say what it has not told us.

Why:    an outage must be one alert about the feed, never thousands of false untagged windows (Cometa, 11 Nov 2025).
Source: rules.md F, feed-silent; design 4.11.
Fires:  the clock minus the highest `complete_to` is at the limit or over: 5 min for tagging, 60 min for the others.
Silent: a feed that never sent a heartbeat; a heartbeat that does not advance `complete_to` is none.
Clears: the next heartbeat, at its `occurred_at`.
Act:    phone the supplier; look at the high-risk people listed first, who are not being watched.
Gaps:   a feed that goes on sending heartbeats but no events is seen only as the silence of each person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from schemas.feed import FeedHeartbeat
from streams.engine.feeds import FeedLimits, is_tagging
from streams.engine.known import Known
from streams.engine.rule import Rule
from streams.engine.verdict import CLOCK, About, Finding, Given, Verdict, WakeUp
from streams.engine.wording import duration, when

SLUG = "feed-silent"
OVERDUE = "overdue"


class Parameters(FeedLimits, frozen=True, kw_only=True):
    """How long a feed may say nothing. What counts as an outage for every other rule goes by the same two."""

    tagging_limit: timedelta = timedelta(minutes=5)
    other_limit: timedelta = timedelta(minutes=60)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat that reached furthest."""

    complete_to: datetime | None = None
    ref: EvidenceRef | None = None


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring. `known.case` is the source."""
    source = known.case
    limit = p.of(source)
    if isinstance(given, Event) and isinstance(given.data, FeedHeartbeat):
        if memory.complete_to is not None and given.data.complete_to <= memory.complete_to:
            return None
        heard = Memory(complete_to=given.data.complete_to, ref=given.ref)
        open_ = known.open(SLUG, source)
        ended = () if open_ is None else (_ended(open_, given),)
        due = given.data.complete_to + limit
        return Verdict(memory=heard, findings=ended, wake_ups=(WakeUp(key=OVERDUE, feeds=CLOCK, due=due),))
    if memory.complete_to is None:
        return None
    if known.at < memory.complete_to + limit:  # set under a shorter limit
        return Verdict(memory=memory, wake_ups=(WakeUp(key=OVERDUE, feeds=CLOCK, due=memory.complete_to + limit),))
    said = "tagging" if is_tagging(source) else "a feed"
    finding = Finding(
        subject=source,
        about=About("feed", source, source),
        began_at=memory.complete_to,
        decidable_at=memory.complete_to + limit,
        severity="critical" if is_tagging(source) else "high",
        because=f"Feed {source} ({said}) has been silent since {when(memory.complete_to)}: what it has not told us cannot be seen.",
        evidence=() if memory.ref is None else (memory.ref,),
    )
    return Verdict(memory=memory, findings=(finding,))


def _ended(open_: Finding, event: Event) -> Finding:
    ended_at = max(event.occurred_at, open_.began_at)
    span = duration(ended_at - open_.began_at)
    because = f"Feed {open_.subject} was silent for {span}, {when(open_.began_at)} to {when(ended_at)}."
    return replace(open_, ended_at=ended_at, because=because, evidence=(*open_.evidence, event.ref))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("feed.heartbeat",),
    tells=("control_room",),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
    actor="feed",
)
