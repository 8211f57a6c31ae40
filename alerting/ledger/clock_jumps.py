"""The machine's clock has gone back: whatever the ledger waits for comes as much earlier, so that nobody waits an hour for two minutes.

The proof is a mark, an instant that a process of ours saw and wrote down with how far the ledger had come: time never goes back, so
a mark that lies ahead of now was written by a clock that was ahead. What was said and when stays as it was said (history, chain,
answers, the alert itself); only what a clock counts from or ends at moves. When it is looked, says `alerting.service.seen`; why
nothing else would do, ops/decisions/0034-the-clock-goes-back.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from pydantic import ValidationError
from sqlalchemy import BigInteger, Column, Connection, Update, and_, bindparam, func, literal, not_, select, type_coerce, update

from alerting.ledger.alerts import Record, with_incidents
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.access import GRANT, PULSE, SESSION, SHIFT, SIGN_IN
from alerting.ledger.tables.alerts import ALERT, TIMER
from alerting.ledger.tables.asked import FACT
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.ledger.upsert import upsert
from alerting.lifecycle.moving import moved
from alerting.lifecycle.step import Entry, Step
from alerting.risk_order import SEVERITIES

TOLERANCE = timedelta(seconds=5)
"""So much may the clocks of two machines differ, or one be slewed, without anything being moved."""
PART = "clock"
WENT_BACK = "system.clock_went_back"
SINCE = timedelta(seconds=10)
"""From a jump to the look that sees it, a restart in between."""
_AT_ONCE = 500
"""Alerts written together: PostgreSQL ends a writer that says nothing for long."""
_TICK = timedelta(microseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class _Stood(msgspec.Struct, frozen=True):
    """How far the ledger had come at a mark: the number of the last change, and of the last step of a message.

    `times_back`: how often the clock has gone back until then. A jump back and one forward leave nothing else to be seen.
    """

    seq: int
    step: int
    times_back: int = 0


class _Mark(NamedTuple):
    at: datetime
    stood: _Stood


def mark(ledger: Ledger, now: datetime) -> None:
    """It was this late, and the ledger had come so far."""
    with ledger.write(now) as writing:
        last = _last(writing.connection)
        _mark(writing, 0 if last is None else last.stood.times_back)


def put_right(ledger: Ledger, now: datetime, terms: Terms, seen_at: datetime | None = None) -> timedelta:
    """Where the mark lies ahead of now: move all that waits, in one transaction; how far. Whoever comes second finds nothing to move.

    `seen_at`: the latest instant that the caller itself saw, which is more exact than a mark of some seconds ago.
    """
    with ledger.write(now) as writing:
        last = _last(writing.connection)
        if last is None or last.at - now <= TOLERANCE:
            return timedelta()
        back = _Back(now, max(last.at, seen_at or last.at) - now, last.stood)
        alerts, messages = _alerts(writing, back, terms), _messages(writing, back)
        for statement in (*_others(back), *_given(back)):
            writing.connection.execute(statement)
        writing.audit("clock.went_back", {"by_s": back.by_s, "alerts": alerts, "messages": messages})
        _mark(writing, last.stood.times_back + 1)
    return back.by


class _Back(NamedTuple):
    """`by`: how far; `stood`: what is no later than this was written before."""

    now: datetime
    by: timedelta
    stood: _Stood

    @property
    def by_s(self) -> int:
        return round(self.by.total_seconds())

    def before(self, number: int, last: int, at: datetime) -> bool:
        """Whether something was written by the clock that was ahead: not beyond the mark, or at an instant that has not come."""
        return number <= last or at > self.now


def _mark(writing: Writing, times_back: int) -> None:
    step = writing.connection.execute(select(func.max(DELIVERY.c.number))).scalar() or 0
    stood = msgspec.json.encode(_Stood(writing.seq, step, times_back)).decode()
    upsert(writing.connection, PULSE, [{"part": PART, "at": writing.now, "state": "pass", "detail": stood}])


def _last(connection: Connection) -> _Mark | None:
    row = connection.execute(select(PULSE.c.at, PULSE.c.detail).where(PULSE.c.part == PART)).first()
    return None if row is None else _Mark(row.at, msgspec.json.decode(row.detail, type=_Stood))


def _alerts(writing: Writing, back: _Back, terms: Terms) -> int:
    """Each alert that has a clock: what its clocks count from is earlier, and its history says so. Nobody is asked to look again."""
    ticking = select(ALERT.c.alert_id, ALERT.c.seq, ALERT.c.changed_at).where(ALERT.c.alert_id.in_(select(TIMER.c.alert_id)))
    before = {name: back.before(seq, back.stood.seq, at) for name, seq, at in writing.connection.execute(ticking)}
    records = {record.alert.alert_id: record for record in _whole(writing.connection, tuple(before))}
    handled = {name: record.handling for name, record in records.items()}
    for name, written_before in before.items():
        if name in handled:
            handled[name] = moved(handled[name], back.by, None if written_before else back.now)
    surroundings = Surroundings(writing.connection, terms.policies)
    surroundings.put_all(record._replace(handling=handled[name]) for name, record in records.items())
    entry = Entry(WENT_BACK, body={"by_s": back.by_s})
    taken = []
    for name in sorted(before.keys() & records.keys()):
        record = records[name]
        step = Step(record.alert, handled[name], (entry,))
        around = surroundings.around(record.alert, record.finding)
        taken.append(Taken(record, step, around, record.risk_level, living=record.living))
    for start in range(0, len(taken), _AT_ONCE):
        write(writing, taken[start : start + _AT_ONCE], terms)
    return len(taken)


def _whole(connection: Connection, names: Sequence[str]) -> Sequence[Record]:
    """These with their incidents; one that cannot be read, our own fault, holds up no other: the sweep names it when it is due."""
    try:
        return with_incidents(connection, names)
    except (ValidationError, msgspec.DecodeError):
        if len(names) == 1:
            return ()
        half = len(names) // 2
        both = (*_whole(connection, names[:half]), *_whole(connection, names[half:]))
        return tuple({record.alert.alert_id: record for record in both}.values())


def _messages(writing: Writing, back: _Back) -> int:
    """Each message that waits: its next try, its lease, since when an answer to it counts, and the steps of which proof is awaited."""
    waits = (OUTBOX.c.place_severity.in_(list(SEVERITIES.values())), OUTBOX.c.next_at > _BEGINNING)
    last = select(func.max(DELIVERY.c.number)).join(OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id).where(*waits)
    asked = select(DELIVERY.c.message_id, DELIVERY.c.number, DELIVERY.c.at)
    rows = writing.connection.execute(asked.where(DELIVERY.c.number.in_(last.group_by(DELIVERY.c.message_id))))
    names = [{"this": row.message_id} for row in rows if back.before(row.number, back.stood.step, row.at)]
    writing.put(
        _earlier(OUTBOX.c.next_at, OUTBOX.c.leased_until_at, OUTBOX.c.made_at, by=back.by).where(OUTBOX.c.message_id == bindparam("this")),
        names,
    )
    writing.put(_earlier(DELIVERY.c.at, by=back.by).where(DELIVERY.c.message_id == bindparam("this")), names)
    writing.flush()
    return len(names)


def _others(back: _Back) -> tuple[Update, ...]:
    """Walls that were live, parts that were at work, facts that were stated: who has been silent since must be missed in time."""
    return (
        _earlier(SHIFT.c.live_at, by=back.by).where(SHIFT.c.live_at > back.now),
        _earlier(PULSE.c.at, by=back.by).where(PULSE.c.at > back.now),
        _earlier(FACT.c.at, by=back.by).where(FACT.c.at > back.now, FACT.c.taken_at.is_(None)),
    )


def _given(back: _Back) -> tuple[Update, ...]:
    """Sessions, emergency access, links to sign in with: nothing lasts longer than it was given. They have no number, only an instant.

    One of the last moments was written since; should it be as old as the jump, to the second, it lasts as it stands.
    """
    since = back.now - SINCE
    earlier_began = and_(SESSION.c.ended_at.is_(None), not_(SESSION.c.began_at.between(since, back.now)))
    earlier_seen = and_(SESSION.c.ended_at.is_(None), not_(SESSION.c.seen_at.between(since, back.now)))
    return (
        _earlier(SESSION.c.seen_at, by=back.by).where(earlier_seen),
        _earlier(SESSION.c.began_at, SESSION.c.strong_at, by=back.by).where(earlier_began),
        _earlier(GRANT.c.at, GRANT.c.until_at, by=back.by).where(not_(GRANT.c.at.between(since, back.now)), GRANT.c.until_at > back.now),
        _earlier(SIGN_IN.c.until_at, by=back.by).where(SIGN_IN.c.spent_at.is_(None)),
    )


def _earlier(*columns: Column[datetime] | Column[datetime | None], by: timedelta) -> Update:
    """These columns of one table, as much earlier; what is not set stays so."""
    span = literal(by // _TICK, BigInteger)
    return update(columns[0].table).values({column.name: type_coerce(column, BigInteger) - span for column in columns})
