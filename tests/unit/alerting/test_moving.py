"""What moves with the clock, and what stays as it was said: every instant of a handling is one of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from alerting.lifecycle.handling import Ask, Challenge, Closure, Handling, LateEvidence, Lease, Owner, RoleAsk, Shelf
from alerting.lifecycle.moving import moved
from tests.unit.alerting.invented import HOUR, MINUTE, NOON

STAYS = {
    "acknowledged_at",
    "actioned_at",
    "challenges.0.answered_at",
    "challenges.0.at",
    "closed_at",
    "closure.confirmed_at",
    "first_acknowledged_at",
    "first_acted_at",
    "opened.of-1",
    "owner.since_at",
}
"""What people said or did, with the instant at which the history has it."""


def a_challenge(*, answered: bool) -> Challenge:
    made = Challenge(challenge_id="ch-1", against="closure", rationale="She is not safe.", officer_id="of-3", role="idva", at=NOON)
    return msgspec.structs.replace(made, answered_at=NOON) if answered else made


def full() -> Handling:
    """With every instant set."""
    ask = Ask(officer_id="of-1", role="oic", step=1, since_at=NOON)
    closure = Closure(outcome="enforced", rationale="x", officer_id="of-1", role="oic", at=NOON, needs_second_key=True, confirmed_at=NOON)
    return Handling(
        owner=Owner(officer_id="of-1", role="oic", since_at=NOON),
        lease=Lease(officer_id="of-1", intent="send_unit", since_at=NOON, until_at=NOON),
        shelf=Shelf(officer_id="of-1", until_at=NOON, reason="x"),
        closure=closure,
        challenges=(a_challenge(answered=True), a_challenge(answered=False)),
        acknowledged_at=NOON,
        first_acknowledged_at=NOON,
        actioned_at=NOON,
        first_acted_at=NOON,
        closed_at=NOON,
        open_since_at=NOON,
        alarmed_at=NOON,
        held_until_at=NOON,
        asked_to_answer=ask,
        asked_to_close=ask,
        asked_to_confirm=ask,
        asked_to_decide=ask,
        owner_sought_at=NOON,
        roles_unheard=(RoleAsk(role="idva", step=0, since_at=NOON),),
        opened={"of-1": NOON},
        withdrawal_told_at=NOON,
        late_evidence=LateEvidence(since_at=NOON, until_at=NOON, revisions=1, status="open"),
    )


def instants(value: object, path: str = "") -> Iterator[tuple[str, datetime]]:
    if isinstance(value, datetime):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        yield from (one for name in value.__struct_fields__ for one in instants(getattr(value, name), f"{path}.{name}".strip(".")))
    elif isinstance(value, Mapping):
        yield from (one for name, inner in value.items() for one in instants(inner, f"{path}.{name}"))
    elif isinstance(value, tuple):
        yield from (one for place, inner in enumerate(value) for one in instants(inner, f"{path}.{place}"))


def test_every_instant_is_set_and_moves_or_stays_as_it_was_said() -> None:
    unset = {name for name in Handling.__struct_fields__ if name.endswith("_at") and getattr(full(), name) is None}
    assert set() == unset

    after = dict(instants(moved(full(), HOUR)))
    assert STAYS == {path for path, at in after.items() if at == NOON}
    assert {NOON - HOUR, NOON} == set(after.values())


def test_of_what_was_written_since_in_part_only_what_began_later_moves_and_a_promise_keeps_its_length() -> None:
    before = msgspec.structs.replace(
        full(), lease=Lease(officer_id="of-1", intent="send_unit", since_at=NOON - HOUR, until_at=NOON), alarmed_at=NOON - MINUTE
    )
    after = moved(before, HOUR, NOON - MINUTE)

    assert (NOON - HOUR, NOON, NOON - MINUTE, NOON) == (
        after.lease.since_at if after.lease else None,
        after.lease.until_at if after.lease else None,
        after.alarmed_at,
        after.shelf.until_at if after.shelf else None,
    )
    assert NOON - HOUR == after.open_since_at
