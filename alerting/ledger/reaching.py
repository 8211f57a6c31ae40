"""Who may see a person's alerts has changed: a line in the history of each open one, so that screens drop what is theirs no more.

Who may see what is `alerting.ledger.reach`; this only says that it must be asked anew. Called by `alerting.ledger.taking`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import to_builtins
from sqlalchemy import select

from alerting.ledger.alerts import load_all
from alerting.ledger.gone import Lost
from alerting.ledger.news import REACH
from alerting.ledger.steps import in_history
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import ALERT
from alerting.lifecycle.step import Entry
from alerting.rights import Where, cell
from schemas.alert import Alert
from schemas.person import Assignment, PersonView


def say(writing: Writing, changed: Iterable[tuple[PersonView, PersonView]]) -> None:
    """One line for each open alert of each of them (before, after)."""
    for before, after in changed:
        if _ways(before) == _ways(after):
            continue
        asked = select(ALERT.c.alert_id).where(ALERT.c.person_id == after.person_id, ~ALERT.c.closed)
        for record in load_all(writing.connection, writing.connection.execute(asked).scalars().all()).values():
            in_history(writing, record, Entry(REACH, body=to_builtins(lost(before, after, record.alert))))


def lost(before: PersonView, after: PersonView, alert: Alert) -> Lost:
    """From whom the alert was taken; nobody is named where somebody only gained it, nor who could not see it before."""
    excluded = set(after.excluded_officer_ids) - set(before.excluded_officer_ids)
    told = {one.officer_id for one in alert.recipients}
    named = (_by_name(before, alert) - _by_name(after, alert)) | (excluded & told)
    if before.restricted:
        return Lost(officer_ids=tuple(sorted(named)))
    return Lost(
        officer_ids=tuple(sorted(named)),
        excluded_ids=tuple(sorted(excluded - named)),
        client_areas=tuple(sorted(_client_areas(before, alert) - _client_areas(after, alert))),
        shut=after.restricted,
    )


def _by_name(view: PersonView, alert: Alert) -> set[str]:
    """Who of his team may see it: whoever was told may, an advocate where it concerns her client, others as their row says."""
    told = {one.officer_id for one in alert.recipients}
    posts = () if view.gone_to is not None else view.team
    return {post.officer_id for post in posts if post.officer_id in told or _opens(post, view, alert)} - set(view.excluded_officer_ids)


def _opens(post: Assignment, view: PersonView, alert: Alert) -> bool:
    found = cell("alert.read", post.role)
    if found.where is Where.CLIENTS:
        at_risk = alert.protected_person_ids
        return post.protected_person_id is None or not at_risk or post.protected_person_id in at_risk
    return not found.never and (view.in_custody or "in_custody" not in found.limits)


def _client_areas(view: PersonView, alert: Alert) -> set[str]:
    """Where advocates on duty may see it: somebody whom it concerns is looked after there, or nobody knows where."""
    if view.restricted or view.gone_to is not None:
        return set()
    at_risk = alert.protected_person_ids
    hers = {her.area for her in view.protected if not at_risk or her.protected_person_id in at_risk}
    return set(alert.areas) if None in hers else {area for area in hers if area in alert.areas}


def _areas(view: PersonView) -> set[str]:
    return {*view.areas, *(her.area for her in view.protected if her.area is not None)}


def _ways(view: PersonView) -> tuple[object, ...]:
    team = frozenset((post.officer_id, post.role, post.protected_person_id) for post in view.team)
    return team, _areas(view), view.restricted, view.in_custody, frozenset(view.excluded_officer_ids), view.gone_to
