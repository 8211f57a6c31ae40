"""What people have made of an alert, as the API says it: `handling`, `due[]` and `delays` of console 1.4.

Not which of it somebody may see (`alerting.redaction`). Called by the console and by `vigil alerts`' kin.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.alarming import LATCHED
from alerting.directory import Directory
from alerting.due import due
from alerting.handling import Challenge, Closure, Handling, Lease, Owner, Shelf
from alerting.step import JSON, Around, Due
from schemas.alert import Alert
from schemas.fields import instant_text


def handling_view(alert: Alert, handling: Handling, at: datetime, around: Around) -> dict[str, JSON]:
    """`handling`: the word for it, the axes, and who, until when and why."""
    return {
        "state": handling.state,
        "acknowledged": handling.acknowledged_at is not None,
        "actioned": handling.actioned_at is not None,
        "shelved": handling.shelf is not None,
        "latched": alert.severity in LATCHED,
        "awaiting_second_key": handling.awaiting_second_key,
        "challenged": handling.challenged,
        "closed": handling.closed,
        "owner": None if handling.owner is None else _owner(handling.owner, around.directory, at),
        "lease": None if handling.lease is None else _lease(handling.lease),
        "shelf": None if handling.shelf is None else _shelf(handling.shelf),
        "closure": None if handling.closure is None else _closure(handling.closure),
        "challenge": None if handling.challenge is None else _challenge(handling.challenge, handling),
    }


def due_view(alert: Alert, handling: Handling, at: datetime, around: Around) -> list[JSON]:
    """`due[]`: every clock that runs, whichever runs out first first."""
    return [_due(one) for one in due(alert, handling, at, around)]


def delays(alert: Alert, handling: Handling) -> dict[str, JSON]:
    """The three delays, in seconds; null for what has not happened yet."""
    return {
        "happened_to_known_s": _seconds(alert.began_at, alert.raised_at),
        "known_to_acknowledged_s": _seconds(alert.raised_at, handling.first_acknowledged_at),
        "acknowledged_to_acted_s": _seconds(handling.first_acknowledged_at, handling.first_acted_at),
    }


def _due(one: Due) -> dict[str, JSON]:
    whose: dict[str, JSON] = {"role": one.who} if one.who else {}
    return {"what": one.what, **whose, "at": instant_text(one.at), "officer_id": one.officer_id, "then": one.then}


def _seconds(from_at: datetime | None, to_at: datetime | None) -> int | None:
    return None if from_at is None or to_at is None else (to_at - from_at) // timedelta(seconds=1)


def _owner(owner: Owner, directory: Directory, at: datetime) -> dict[str, JSON]:
    described = directory.officer(owner.officer_id, at)
    name = owner.officer_id if described is None else described.name
    return {"officer_id": owner.officer_id, "name": name, "role": owner.role, "since_at": instant_text(owner.since_at)}


def _lease(lease: Lease) -> dict[str, JSON]:
    said: dict[str, JSON] = {"officer_id": lease.officer_id, "intent": lease.intent, "intent_text": lease.intent_text}
    return {**said, "since_at": instant_text(lease.since_at), "until_at": instant_text(lease.until_at)}


def _shelf(shelf: Shelf) -> dict[str, JSON]:
    return {"officer_id": shelf.officer_id, "until_at": instant_text(shelf.until_at), "reason": shelf.reason}


def _closure(closure: Closure) -> dict[str, JSON]:
    return {
        "outcome": closure.outcome,
        "rationale": closure.rationale,
        "officer_id": closure.officer_id,
        "role": closure.role,
        "at": instant_text(closure.at),
        "needs_second_key": closure.needs_second_key,
        "confirmed_by": closure.confirmed_by,
        "confirmed_at": _instant(closure.confirmed_at),
        "confirm_rationale": closure.confirm_rationale,
        "duplicate_of": closure.duplicate_of,
        "order_id": closure.order_id,
        "condition_id": closure.condition_id,
    }


def _challenge(challenge: Challenge, handling: Handling) -> dict[str, JSON]:
    asked = handling.asked_to_decide
    return {
        "challenge_id": challenge.challenge_id,
        "against": challenge.against,
        "rationale": challenge.rationale,
        "asks_for": challenge.asks_for,
        "officer_id": challenge.officer_id,
        "role": challenge.role,
        "at": instant_text(challenge.at),
        "decider_id": None if asked is None else asked.officer_id,
        "answered_at": _instant(challenge.answered_at),
        "upheld": challenge.upheld,
        "answered_by": challenge.answered_by,
        "answer_rationale": challenge.answer_rationale,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
