"""Who is there and on duty, from every statement the ledger has heard. Called by everything that tells somebody something.

The directory of a number of statements is the same in every process, so it is kept in memory up to the last one and only
what is new is learnt.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, insert, select

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


_known: MutableMapping[Pool, _Known] = WeakKeyDictionary()


def directory(connection: Connection) -> Directory:
    """The directory as this transaction sees it."""
    row = connection.execute(select(STATEMENT.c.number, STATEMENT.c.source, STATEMENT.c.id).order_by(STATEMENT.c.number.desc()).limit(1))
    last = next((tuple(one) for one in row), None)
    pool = connection.engine.pool
    known = _known.get(pool, _Known(None, Directory()))
    if last == known.last:
        return known.directory
    now_known, after = known.directory, 0
    if known.last is not None and _stands(connection, known.last):
        after = known.last[0]
    else:
        now_known = Directory()
    lines = connection.execute(select(STATEMENT.c.event).where(STATEMENT.c.number > after).order_by(STATEMENT.c.number)).scalars()
    events = [codec.decode(line, max_bytes=codec.MAX_OWN_BYTES) for line in lines]
    now_known = learn_all(now_known, events)
    if after == 0 and events:  # the last statement is no later than now
        now_known = forget(now_known, max(event.occurred_at for event in events) - REMEMBERED)
    _known[pool] = _Known(last, now_known)
    return now_known


def state(writing: Writing, event: Event) -> bool:
    """One `directory.*` event into the ledger; whether it is new."""
    learn(Directory(), event)  # refuses what is no statement, before it is kept
    there = select(STATEMENT.c.number).where(STATEMENT.c.source == event.source, STATEMENT.c.id == event.id)
    if writing.connection.execute(there).first() is not None:
        return False
    writing.connection.execute(insert(STATEMENT).values(source=event.source, id=event.id, event=codec.encode(event)))
    return True


def _stands(connection: Connection, last: tuple[int, str, str]) -> bool:
    number, source, name = last
    asked = select(STATEMENT.c.number).where(STATEMENT.c.number == number, STATEMENT.c.source == source, STATEMENT.c.id == name)
    return connection.execute(asked).first() is not None
