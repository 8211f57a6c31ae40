"""Who asks, in the words of a condition: the officer and the instant themselves, or as what is bound when the question is put.

What a condition says depends on the roles and areas that an officer acts in; whose id it is and when they ask does not. So
officers who act alike share one question (`alike`), which is put together once. Called by `ways` and `reach`; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import BindParameter, String, bindparam

from alerting.actor import Actor
from alerting.ledger.tables.columns import Instant

READABLE_AFTER = timedelta(days=30)
"""An alert one acted on, or was told of, stays readable so long after; a challenge is possible for 28 days of it."""
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_OFFICER_ID, _AT, _SINCE_AT = "asking_officer_id", "asked_at", "readable_since_at"


class Asking(NamedTuple):
    """`actor`: the roles, areas and duties that they ask in. `officer_id`, `at`: bound, where `actor` stands for all who act alike."""

    actor: Actor
    officer_id: str | BindParameter[str]
    at: datetime | BindParameter[datetime]
    readable_since_at: datetime | BindParameter[datetime]


def asking(actor: Actor, at: datetime) -> Asking:
    """One officer at one instant."""
    return Asking(actor, actor.officer_id, at, at - READABLE_AFTER)


def whoever(alike: Actor) -> Asking:
    """Anybody who acts like that, at any time: the question is put with `bound`."""
    return Asking(alike, bindparam(_OFFICER_ID, type_=String()), bindparam(_AT, type_=Instant()), bindparam(_SINCE_AT, type_=Instant()))


def bound(actor: Actor, at: datetime) -> Mapping[str, object]:
    """What a question of `whoever` is put with."""
    return {_OFFICER_ID: actor.officer_id, _AT: at, _SINCE_AT: at - READABLE_AFTER}


def alike(actor: Actor) -> Actor:
    """The same for all officers whose questions are the same."""
    duty = tuple(held._replace(until_at=_NO_TIME) for held in actor.duty)
    return replace(actor, officer_id="", name="", line_manager_id=None, duty=duty, at=_NO_TIME)
