"""Who is there and on duty, from every statement the ledger has heard. Called by everything that tells somebody something.

The directory of a number of statements is the same in every process, so it is kept in memory up to the last one and only
what is new is learnt.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, bindparam, insert, select

from alerting.directory import Directory, forget, learn, learn_all
from alerting.ledger.store import Writing
from alerting.ledger.tables.told import STATEMENT
from schemas import codec
from schemas.event import Event

REMEMBERED = timedelta(days=28)
"""Shifts and absences that were over so long before the last statement are let go when the directory is read anew."""


class _Known(NamedTuple):
    """`last`: number and name of the last statement in it; a number alone may be given again after a transaction was taken back."""

    last: tuple[int, str, str] | None
    directory: Directory


_LAST = select(STATEMENT.c.number, STATEMENT.c.source, STATEMENT.c.id).order_by(STATEMENT.c.number.desc()).limit(1)
_AFTER = select(STATEMENT.c.event).where(STATEMENT.c.number > bindparam("after")).order_by(STATEMENT.c.number)
_NAMED = select(STATEMENT.c.number).where(STATEMENT.c.source == bindparam("source"), STATEMENT.c.id == bindparam("id"))
_known: MutableMapping[Pool, _Known] = WeakKeyDictionary()


def directory(connection: Connection) -> Directory:
    """The directory as this transaction sees it."""
    last = next((tuple(one) for one in connection.execute(_LAST)), None)
    pool = connection.engine.pool
    known = _known.get(pool, _Known(None, Directory()))
    if last == known.last:
        return known.directory
    now_known, after = known.directory, 0
    if known.last is not None and _stands(connection, known.last):
        after = known.last[0]
    else:
        now_known = Directory()
    lines = connection.execute(_AFTER, {"after": after}).scalars()
    events = [codec.decode(line, max_bytes=codec.MAX_OWN_BYTES) for line in lines]
    now_known = learn_all(now_known, events)
    if after == 0 and events:  # the last statement is no later than now
        now_known = forget(now_known, max(event.occurred_at for event in events) - REMEMBERED)
    _known[pool] = _Known(last, now_known)
    return now_known


def state(writing: Writing, event: Event) -> bool:
    """One `directory.*` event into the ledger; whether it is new."""
    learn(Directory(), event)  # refuses what is no statement, before it is kept
    if writing.connection.execute(_NAMED, {"source": event.source, "id": event.id}).first() is not None:
        return False
    writing.connection.execute(insert(STATEMENT).values(source=event.source, id=event.id, event=codec.encode(event)))
    return True


def _stands(connection: Connection, last: tuple[int, str, str]) -> bool:
    number, source, name = last
    return number in connection.execute(_NAMED, {"source": source, "id": name}).scalars().all()
