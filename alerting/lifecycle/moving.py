"""A handling whose clocks were written by a clock that was ahead: all that they count from or end at, as much earlier. Pure.

What somebody said or did, and when, stays as it was said: it stands in the history with the same instant. So do reminders, which
count from the beginning of the matter, and whatever a rota or a working day says. Called by `alerting.ledger.clock_jumps`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerting.lifecycle.handling import Ask, Handling, LateEvidence, Lease

_Earlier = Callable[[datetime], datetime]


def moved(handling: Handling, by: timedelta, beyond: datetime | None = None) -> Handling:
    """`beyond`: some of it was written since, so only what began at a later instant than this moves; None: all of it."""

    def earlier(at: datetime) -> datetime:
        return at - by if beyond is None or at > beyond else at

    def maybe(at: datetime | None) -> datetime | None:
        return None if at is None else earlier(at)

    shelf, held_until_at, closure = handling.shelf, handling.held_until_at, handling.closure
    if beyond is None:  # of these nothing says when they began
        shelf = None if shelf is None else replace(shelf, until_at=shelf.until_at - by)
        held_until_at = None if held_until_at is None else held_until_at - by
    if closure is not None and handling.awaiting_second_key:
        closure = replace(closure, at=earlier(closure.at))  # overdue is who was asked later than this
    return replace(
        handling,
        lease=_lease(handling.lease, earlier),
        shelf=shelf,
        closure=closure,
        challenges=tuple(one if one.answered_at is not None else replace(one, at=earlier(one.at)) for one in handling.challenges),
        open_since_at=maybe(handling.open_since_at),
        alarmed_at=maybe(handling.alarmed_at),
        held_until_at=held_until_at,
        asked_to_answer=_ask(handling.asked_to_answer, earlier),
        asked_to_close=_ask(handling.asked_to_close, earlier),
        asked_to_confirm=_ask(handling.asked_to_confirm, earlier),
        asked_to_decide=_ask(handling.asked_to_decide, earlier),
        owner_sought_at=maybe(handling.owner_sought_at),
        roles_unheard=tuple(replace(one, since_at=earlier(one.since_at)) for one in handling.roles_unheard),
        withdrawal_told_at=maybe(handling.withdrawal_told_at),
        late_evidence=_late(handling.late_evidence, earlier),
    )


def _ask(ask: Ask | None, earlier: _Earlier) -> Ask | None:
    return None if ask is None else replace(ask, since_at=earlier(ask.since_at))


def _lease(lease: Lease | None, earlier: _Earlier) -> Lease | None:
    if lease is None:
        return None
    since_at = earlier(lease.since_at)
    return replace(lease, since_at=since_at, until_at=lease.until_at - (lease.since_at - since_at))


def _late(waits: LateEvidence | None, earlier: _Earlier) -> LateEvidence | None:
    if waits is None:
        return None
    since_at = earlier(waits.since_at)
    return replace(waits, since_at=since_at, until_at=waits.until_at - (waits.since_at - since_at))
