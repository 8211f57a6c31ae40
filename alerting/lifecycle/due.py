"""Every clock that an alert must have now: a pure function of its state, so that an open alert without one is impossible.

The ledger keeps them as rows and writes the difference; its sweep finds what has run out; `alerting.lifecycle.door.fire` says what
happens then. How long each is, is `alerting.lifecycle.policy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerting.lifecycle.asking import may_not_decide
from alerting.lifecycle.escalation import TO_ANSWER, TO_CLOSE, TO_CONFIRM, TO_DECIDE, Rung, go_on_from, still_has_it
from alerting.lifecycle.handling import Ask, Handling
from alerting.lifecycle.policy import NOBODY_KNOWN
from alerting.lifecycle.reminders import next_at
from alerting.lifecycle.step import Around, Due
from alerting.on_duty import leaves_at
from schemas.alert import Alert


def due(alert: Alert, handling: Handling, at: datetime, around: Around) -> tuple[Due, ...]:
    """All of them, whichever runs out first first. Some may have run out already: they are for the next sweep."""
    return tuple(sorted(_clocks(alert, handling, at, around), key=lambda one: (one.at, one.what, one.who)))


def _clocks(alert: Alert, handling: Handling, at: datetime, around: Around) -> Iterator[Due]:
    reminder_at = next_at(alert, handling)
    if reminder_at is not None:
        yield Due("reminder", "", reminder_at, None, "alarms again")
    if handling.late_evidence is not None:
        yield Due("late_evidence", "", handling.late_evidence.until_at, None, "tells how it stands by then")
    if handling.closed:
        return
    yield from _of_owner(handling, at, around)
    if handling.challenged:
        yield _of_challenge(alert, handling, at, around)
    if handling.withdrawal_told_at is not None:
        yield _of_withdrawal(alert, handling, at, around)
    elif handling.held_until_at is not None:
        yield Due("told", "", handling.held_until_at, None, "tells whom the rule names")
    elif handling.shelf is not None:
        yield Due("shelf_ends", "", handling.shelf.until_at, handling.shelf.officer_id, "comes back, unanswered")
    elif handling.awaiting_second_key and not handling.challenged:
        yield _of_second_key(alert, handling, at, around)
    else:
        yield from _of_answer(alert, handling, at, around)


def _of_owner(handling: Handling, at: datetime, around: Around) -> Iterator[Due]:
    owner = handling.owner
    if owner is None:
        yield Due("owner", "", (handling.owner_sought_at or at) + NOBODY_KNOWN, None, "looks again for somebody on duty")
        return
    ends_at = leaves_at(around.directory, owner.officer_id, owner.role, at) if still_has_it(owner, around, at) else at
    if ends_at is not None:
        yield Due("owner", "", ends_at, owner.officer_id, "goes to whoever is on duty then")


def _of_answer(alert: Alert, handling: Handling, at: datetime, around: Around) -> Iterator[Due]:
    clocks, asked = around.policy.of(alert.severity), handling.asked_to_answer
    if asked is not None and asked.officer_id is not None:
        yield Due("answer", "", clocks.answer_by(asked.since_at), asked.officer_id, _to(TO_ANSWER, asked, alert, around, at))
    if handling.lease is not None:
        yield Due("lease_ends", "", handling.lease.until_at, handling.lease.officer_id, _after_lease(alert, handling, at, around))
    for role in handling.roles_unheard:
        further = "goes on to the deputy and on-call" if role.step == 0 else "goes on"
        yield Due("role_unheard", role.role, clocks.answer_by(role.since_at), None, further)
    if handling.challenged:
        return
    closing = handling.asked_to_close
    if closing is None:
        from_at = handling.open_since_at or alert.raised_at
        owner_id = None if handling.owner is None else handling.owner.officer_id
        yield Due("close", "", from_at + clocks.close_within, owner_id, _to(TO_CLOSE, None, alert, around, at))
    else:
        again_at = closing.since_at + (clocks.lease_at_most if closing.officer_id is not None else NOBODY_KNOWN)
        yield Due("close", "", again_at, closing.officer_id, _to(TO_CLOSE, closing, alert, around, at))


def _after_lease(alert: Alert, handling: Handling, at: datetime, around: Around) -> str:
    if handling.may_end_itself and alert.severity in {"medium", "low"}:
        return "leaves the queue: the matter has ended"
    owner = handling.owner
    asked = None if owner is None else Ask(officer_id=owner.officer_id, role=owner.role, step=0, since_at=at)
    return _to(TO_ANSWER, asked, alert, around, at)


def _of_second_key(alert: Alert, handling: Handling, at: datetime, around: Around) -> Due:
    closure = handling.closure
    never = frozenset() if closure is None or closure.officer_id is None else frozenset({closure.officer_id})
    words = _to(TO_CONFIRM, handling.asked_to_confirm, alert, around, at, never)
    return _asked("second_key", handling.asked_to_confirm, around.policy.of(alert.severity).second_key_within, words, at)


def _of_challenge(alert: Alert, handling: Handling, at: datetime, around: Around) -> Due:
    words = _to(TO_DECIDE, handling.asked_to_decide, alert, around, at, may_not_decide(handling))
    return _asked("challenge", handling.asked_to_decide, around.policy.of(alert.severity).challenge_within, words, at)


def _asked(what: str, asked: Ask | None, within: timedelta, words: str, at: datetime) -> Due:
    """The clock of somebody who was asked; with nobody there to ask, somebody is looked for again soon."""
    if asked is None:
        return Due(what, "", at, None, words)
    return Due(what, "", asked.since_at + (within if asked.officer_id is not None else NOBODY_KNOWN), asked.officer_id, words)


def _of_withdrawal(alert: Alert, handling: Handling, at: datetime, around: Around) -> Due:
    clocks = around.policy.of(alert.severity)
    told_at = handling.withdrawal_told_at or at
    again_at = clocks.answer_by(told_at) if handling.withdrawal_step == 0 else told_at + clocks.lease_at_most
    return Due("withdrawal", "", again_at, None, "tells again whoever has not seen it")


def _to(
    ladder: tuple[Rung, ...], asked: Ask | None, alert: Alert, around: Around, at: datetime, never: frozenset[str] = frozenset()
) -> str:
    """The words for what happens then, as things stand now."""
    return f"escalates to {go_on_from(ladder, asked, alert, around, at, avoid=(), never=never).word}"
