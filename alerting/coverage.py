"""How long somebody was monitored: the spans of a time, and whole minutes that add up to it. Pure; called by the console.

Streams judges the spans (`schemas.read_models.Coverage`); here they are cut to the time that is asked for, and what a feed
leaves unseen that is silent now is `blind`. A minute counts as what holds at its end, so each is counted once, whichever way
the clocks go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from schemas.read_models import CoverageState

STATES: tuple[CoverageState, ...] = get_args(CoverageState)
MINUTE = timedelta(minutes=1)
_SEEN: frozenset[CoverageState] = frozenset({"monitored", "untagged"})
"""What we say only of somebody whom we can see."""


class Span(NamedTuple):
    """One state from an instant to another."""

    from_at: datetime
    to_at: datetime
    state: CoverageState


class Judged(NamedTuple):
    """A span as streams told it. `to_at` None: and still."""

    from_at: datetime
    to_at: datetime | None
    state: CoverageState


def spans(judged: Sequence[Judged], silent_since_at: datetime | None, from_at: datetime, to_at: datetime) -> tuple[Span, ...]:
    """End to end from one instant to the other. `silent_since_at`: since when a feed that he is seen by says nothing; None: all speak.

    Before the first span nothing was required of him: it begins with his case. Where nothing was told at all, nobody knows.
    """
    known = sorted(judged, key=lambda span: span.from_at)
    first: CoverageState = "not_required" if known else "blind"
    cuts = {at for span in known for at in (span.from_at, span.to_at) if at is not None} | ({silent_since_at} - {None})
    found: list[Span] = []
    begins = sorted({from_at, *(at for at in cuts if at is not None and from_at < at < to_at)})
    for at, next_at in zip(begins, [*begins[1:], to_at], strict=True):
        state = _state(known, at, first)
        if state in _SEEN and silent_since_at is not None and at >= silent_since_at:
            state = "blind"
        if found and found[-1].state == state:
            found[-1] = found[-1]._replace(to_at=next_at)
        elif at < next_at:
            found.append(Span(at, next_at, state))
    return tuple(found)


def minutes(found: Iterable[Span], from_at: datetime) -> Iterator[tuple[Span, int]]:
    """Each span with its whole minutes, counted from the beginning of the time: together they are all of it."""
    for span in found:
        yield span, (span.to_at - from_at) // MINUTE - (span.from_at - from_at) // MINUTE


def totals(found: Iterable[Span], from_at: datetime) -> Mapping[CoverageState, int]:
    """Whole minutes by state, every state named."""
    counted: dict[CoverageState, int] = dict.fromkeys(STATES, 0)
    for span, length_min in minutes(found, from_at):
        counted[span.state] += length_min
    return counted


def _state(known: Sequence[Judged], at: datetime, first: CoverageState) -> CoverageState:
    """The state at an instant; in a gap that streams never told of nobody knows."""
    there = [span for span in known if span.from_at <= at]
    if not there:
        return first
    return there[-1].state if there[-1].to_at is None or at < there[-1].to_at else "blind"
