"""The log of readings: who saw, changed, combined, disclosed or was denied what about whom (Data Protection Act 2018 s.62).

Written in the ledger before the bytes leave. The row holds names and may be erased one day; what enters the audit chain is
its salted hash, which proves the row while it stands and says nothing without it. Called by the console and the intelligence desk.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
import rfc8785
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, true

from alerting.ledger.store import Writing
from alerting.ledger.tables.books import READING, READING_SUBJECT

_SALT_BYTES = 16
_names = msgspec.json.Decoder(tuple[str, ...]).decode


class Reading(NamedTuple):
    """One response that shows personal data, or one denial. `kind`: `reading`, `denial`, `disclosure`, `alteration`, ...

    `report_source`, `report_event`: the report of code C that it tells of, which most who may see the log must not know to be there.
    """

    kind: str
    officer_id: str
    role: str
    purpose: str
    reason: str | None
    subject_ids: tuple[str, ...]
    fields: tuple[str, ...]
    route: str
    request_id: str
    report_source: str | None = None
    report_event: str | None = None


class Logged(NamedTuple):
    """A reading as it stands in the log. `hash`: what the chain holds of it."""

    number: int
    at: datetime
    reading: Reading
    hash: str


def write(writing: Writing, reading: Reading) -> int:
    """One row of the log, one for each person in it, and one entry of the chain; its number."""
    salt = secrets.token_bytes(_SALT_BYTES)  # a guess at the row must not be provable from the chain
    row = {**reading._asdict(), "subject_ids": _text(reading.subject_ids), "fields": _text(reading.fields)}
    number: int = writing.connection.execute(
        insert(READING).values(at=writing.now, salt=salt, **row).returning(READING.c.number)
    ).scalar_one()
    subjects = [{"subject_id": subject_id, "number": number} for subject_id in dict.fromkeys(reading.subject_ids)]
    if subjects:
        writing.connection.execute(insert(READING_SUBJECT), subjects)
    writing.audit(reading.kind, {"reading": number, "hash": _hash(salt, number, writing.now, reading)})
    return number


def about(
    connection: Connection, subject_id: str, *, which: ColumnElement[bool] | None = None, before: int | None = None, limit: int = 50
) -> Iterator[Logged]:
    """Who has read about somebody, the last first; `which` of it; `before`: the number to go on from."""
    numbers = select(READING_SUBJECT.c.number).where(READING_SUBJECT.c.subject_id == subject_id)
    yield from _logged(connection, and_(READING.c.number.in_(numbers), true() if which is None else which), before, limit)


def by(connection: Connection, officer_id: str, *, before: int | None = None, limit: int = 50) -> Iterator[Logged]:
    """What an officer has read, the last first."""
    yield from _logged(connection, READING.c.officer_id == officer_id, before, limit)


def between(connection: Connection, from_at: datetime, to_at: datetime, *, before: int | None = None, limit: int = 50) -> Iterator[Logged]:
    """Everything in a time, the last first."""
    yield from _logged(connection, and_(READING.c.at >= from_at, READING.c.at < to_at), before, limit)


def hash_of(row: Row[tuple[object, ...]]) -> str:
    """What the chain holds of a row that stands as it was written."""
    return _hash(row.salt, row.number, row.at, _reading(row))


def subjects_of(row: Row[tuple[object, ...]]) -> tuple[str, ...]:
    """Whom it was about."""
    return _names(row.subject_ids)


def _logged(connection: Connection, which: ColumnElement[bool], before: int | None, limit: int) -> Iterator[Logged]:
    asked = select(READING).where(which).order_by(READING.c.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(READING.c.number < before)
    for row in connection.execute(asked):
        reading = _reading(row)
        yield Logged(row.number, row.at, reading, _hash(row.salt, row.number, row.at, reading))


def _reading(row: Row[tuple[object, ...]]) -> Reading:
    said = row._asdict()
    plain = {name: said[name] for name in Reading._fields}
    return Reading(**{**plain, "subject_ids": _names(row.subject_ids), "fields": _names(row.fields)})


def _hash(salt: bytes, number: int, at: datetime, reading: Reading) -> str:
    text = rfc8785.dumps(
        {**reading._asdict(), "number": number, "at": at.isoformat(), "subject_ids": [*reading.subject_ids], "fields": [*reading.fields]}
    )
    return hashlib.sha256(salt + text).hexdigest()


def _text(names: tuple[str, ...]) -> str:
    return msgspec.json.encode(names).decode()
