"""Changes that wait while evidence about a person comes out of order: 60 s after the last of it, 5 min at most (design 8).

An upload that drips in moves a beginning, closes, withdraws and reopens; people are to hear how it ended. What is new or more
urgent never waits: a first raising, another severity, whatever is critical; before the last two goes what waited of the person.
Rows, so that a restart forgets none. Called by `alerting.ledger.taking` with what comes, and by the service for what is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, insert, literal, or_, select

from alerting.ledger import people
from alerting.ledger.alerts import load_all
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import HELD, HOLD
from alerting.ledger.telling import Change, tell
from alerting.ledger.upsert import upsert
from schemas.finding import Change as Word
from schemas.finding import Finding, FindingChange

SETTLES_AFTER = timedelta(seconds=60)
AT_MOST = timedelta(minutes=5)
AT_ONCE = 20
"""People in one transaction."""


def sift(writing: Writing, changes: Sequence[Change]) -> list[Change]:
    """What of these, and of what waited, is to be told now, in order; the rest waits from here on."""
    waits = writing.connection.execute(select(HOLD.c.person_id).limit(1)).first() is not None
    if not waits and not any(one.change.out_of_order for one in changes):
        return list(changes)
    told: list[Change] = []
    for one in changes:
        told += list(_told(writing, one, told))
    return told


def release(ledger: Ledger, now: datetime, terms: Terms) -> int:
    """Tell what has waited long enough; of how many people."""
    over = select(HOLD.c.person_id).where(HOLD.c.until_at <= now).order_by(HOLD.c.until_at)
    with ledger.read() as connection:
        if connection.execute(over.limit(1)).first() is None:
            return 0
    with ledger.write(now) as writing:
        person_ids = list(writing.connection.execute(over.limit(AT_ONCE)).scalars())
        tell(writing, [one for person_id in person_ids for one in _over(writing, person_id)], terms)
    return len(person_ids)


def _told(writing: Writing, one: Change, before: Iterable[Change]) -> Iterator[Change]:
    person_id = one.person_id
    if person_id is None:
        yield one
        return
    for other in _elsewhere(writing, one):
        yield from _over(writing, other)
    held = writing.connection.execute(select(HOLD.c.since_at, HOLD.c.until_at).where(HOLD.c.person_id == person_id)).one_or_none()
    since_at = None if held is None else held.since_at
    if held is not None and held.until_at <= writing.now:
        yield from _over(writing, person_id)
        since_at = None
    if one.change.out_of_order:
        since_at = since_at or writing.now
        until_at = min(writing.now + SETTLES_AFTER, since_at + AT_MOST)
        upsert(writing.connection, HOLD, [{"person_id": person_id, "since_at": since_at, "until_at": until_at}])
    if since_at is None or _more_urgent(one):
        yield from _waiting(writing, person_id)
        yield one
    elif _new(writing, one, before):
        yield one
    else:
        said = {"person_id": person_id, "finding_id": one.change.finding.finding_id, "change": one.change.model_dump_json()}
        writing.connection.execute(insert(HELD).values(said))


def _more_urgent(one: Change) -> bool:
    return one.change.finding.severity == "critical" or one.change.change == "severity"


def _new(writing: Writing, one: Change, before: Iterable[Change]) -> bool:
    """Whether it is a first raising, or said in one breath with it."""
    change, finding = one.change, one.change.finding
    if change.change != "raised":
        return any(
            (other.change.change, other.change.at, other.change.finding.finding_id) == ("raised", change.at, finding.finding_id)
            for other in before
        )
    names = {finding.finding_id, *finding.supersedes}
    known = exists(select(ALERT.c.alert_id).where(ALERT.c.alert_id.in_(names)))
    waits = exists(select(HELD.c.number).where(HELD.c.finding_id.in_(names)))
    return writing.connection.execute(select(literal(1)).where(or_(known, waits))).first() is None


def _elsewhere(writing: Writing, one: Change) -> Sequence[str]:
    """Other people of whom something waits that this goes on from: a merge gives findings away."""
    names = {one.change.finding.finding_id, *one.change.finding.supersedes}
    asked = select(HELD.c.person_id).where(HELD.c.finding_id.in_(names), HELD.c.person_id != one.person_id)
    return writing.connection.execute(asked.distinct()).scalars().all()


def _over(writing: Writing, person_id: str) -> Iterator[Change]:
    """What waited of the person, who waits no longer."""
    writing.connection.execute(delete(HOLD).where(HOLD.c.person_id == person_id))
    yield from _waiting(writing, person_id)


def _waiting(writing: Writing, person_id: str) -> Iterator[Change]:
    """What waits of the person, taken out; of an alert that there is, only what it comes to."""
    rows = writing.connection.execute(select(HELD.c.change).where(HELD.c.person_id == person_id).order_by(HELD.c.number)).scalars().all()
    if not rows:
        return
    writing.connection.execute(delete(HELD).where(HELD.c.person_id == person_id))
    view = people.view(writing.connection, person_id)
    changes = [FindingChange.model_validate_json(row) for row in rows]
    last = {change.finding.finding_id: number for number, change in enumerate(changes)}
    told = {name: record.finding for name, record in load_all(writing.connection, last).items()}
    for number, change in enumerate(changes):
        before = told.get(change.finding.finding_id)
        words: Sequence[Word] = (change.change,)
        if before is not None:
            words = tuple(_words(before, change.finding)) if last[change.finding.finding_id] == number else ()
        for word in words:
            yield Change(change.model_copy(update={"change": word}), people.of_finding(change.finding, view), waited=True)


def _words(before: Finding, after: Finding) -> Iterator[Word]:
    """What it comes to, in the words of contract 3."""
    if after.status == "withdrawn" or before.status == "withdrawn":
        yield "withdrawn" if after.status == "withdrawn" else "raised"
        return
    confirmed = before.provisional and not after.provisional
    if confirmed:
        yield "confirmed"
    if before.status != after.status:
        yield "closed" if after.status == "closed" else "reopened"
    elif not confirmed:
        yield "amended"
