"""Who may see a person's alerts has changed: a line in the history of each open one, so that screens drop what is theirs no more.

Who may see what is `alerting.ledger.reach`; this only says that it must be asked anew. Called by `alerting.ledger.taking`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import to_builtins
from sqlalchemy import select

from alerting.ledger.alerts import load_all
from alerting.ledger.news import REACH, Lost
from alerting.ledger.steps import in_history
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import ALERT
from alerting.lifecycle.step import Entry
from schemas.person import PersonView


def lost(before: PersonView, after: PersonView) -> Lost | None:
    """From whom a person's alerts were taken; nobody named where somebody only gained them; None where nothing of it changed."""
    if _ways(before) == _ways(after):
        return None
    gone = after.gone_to is not None
    officers = {post.officer_id for post in before.team} - (set() if gone else {post.officer_id for post in after.team})
    officers |= set(after.excluded_officer_ids) - set(before.excluded_officer_ids)
    shut = gone or (after.restricted and not before.restricted)
    areas = _areas(before) - (set() if shut else _areas(after))
    return Lost(officer_ids=tuple(sorted(officers)), areas=tuple(sorted(areas)))


def say(writing: Writing, changed: Iterable[tuple[PersonView, PersonView]]) -> None:
    """One line for each open alert of each of them (before, after)."""
    for before, after in changed:
        taken = lost(before, after)
        if taken is None:
            continue
        asked = select(ALERT.c.alert_id).where(ALERT.c.person_id == after.person_id, ~ALERT.c.closed)
        for record in load_all(writing.connection, writing.connection.execute(asked).scalars().all()).values():
            in_history(writing, record, Entry(REACH, body=to_builtins(taken)))


def _areas(view: PersonView) -> set[str]:
    return {*view.areas, *(her.area for her in view.protected if her.area is not None)}


def _ways(view: PersonView) -> tuple[object, ...]:
    team = frozenset((post.officer_id, post.role, post.protected_person_id) for post in view.team)
    return team, _areas(view), view.restricted, view.in_custody, frozenset(view.excluded_officer_ids), view.gone_to
