"""What the audit chain says of the rows beside it: each reading and each line of the history stands as it was written.

The chain itself is checked by `alerting.ledger.roots`; whole, it shows no row that was altered or taken away beside it. Called by
`vigil verify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec
from sqlalchemy import Column, Connection, Row, func, or_, select

from alerting.ledger import readings, words
from alerting.ledger.tables.alerts import HISTORY
from alerting.ledger.tables.books import AUDIT, READING, READING_SUBJECT

_AT_ONCE = 1_000
_MOST_FAULTS = 20
_READING, _LINE = frozenset({"reading", "hash"}), frozenset({"seq", "alert", "version", "by", "role", "version_seen", "result"})
_said = msgspec.json.Decoder(dict[str, object]).decode
Found = Mapping[object, Row[tuple[object, ...]]]


class Told(NamedTuple):
    """An entry of the chain."""

    at: datetime
    kind: str
    said: Mapping[str, object]


def faults(connection: Connection) -> tuple[str, ...]:
    """One line a row that is not what the chain says, is not there, or is not in the chain; nothing where all stand."""
    return tuple(islice(_faults(connection), _MOST_FAULTS))


def _faults(connection: Connection) -> Iterator[str]:
    read, changed = 0, 0
    asked = select(AUDIT.c.at, AUDIT.c.kind, AUDIT.c.entry).order_by(AUDIT.c.number)
    ours = asked.where(or_(AUDIT.c.entry.like('%"reading":%'), AUDIT.c.entry.like('%"seq":%')))
    for part in connection.execute(ours.execution_options(yield_per=_AT_ONCE)).partitions():
        told = [Told(row.at, row.kind, _said(row.entry)) for row in part]
        of_readings = [one for one in told if one.said.keys() == _READING]
        of_lines = [one for one in told if one.said.keys() - {"words"} == _LINE]
        read, changed = read + len(of_readings), changed + len(of_lines)
        yield from _readings(connection, of_readings)
        yield from _lines(connection, of_lines)
    for what, table, count in (("readings", READING, read), ("lines of the history", HISTORY, changed)):
        there = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if there != count:
            yield f"there are {there} {what}, and the chain has {count}"


def _readings(connection: Connection, told: Sequence[Told]) -> Iterator[str]:
    numbers = [one.said["reading"] for one in told]
    found = _found(connection, READING.c.number, numbers)
    subjects: dict[object, set[str]] = {}
    for subject_id, number in connection.execute(select(READING_SUBJECT).where(READING_SUBJECT.c.number.in_(numbers))):
        subjects.setdefault(number, set()).add(subject_id)
    for one in told:
        number = one.said["reading"]
        row = found.get(number)
        if row is None:
            yield f"reading {number} is not there"
        elif readings.hash_of(row) != one.said["hash"] or subjects.get(number, set()) != set(readings.subjects_of(row)):
            yield f"reading {number} is not what was written"


def _lines(connection: Connection, told: Sequence[Told]) -> Iterator[str]:
    found = _found(connection, HISTORY.c.seq, [one.said["seq"] for one in told])
    for at, kind, said in told:
        row = found.get(said["seq"])
        if row is None:
            yield f"line {said['seq']} of the history is not there"
            continue
        stands = (row.alert_id, row.version, row.by_id, row.role, row.version_seen, row.result, row.what, row.at)
        written = tuple(said[name] for name in ("alert", "version", "by", "role", "version_seen", "result"))
        if stands != (*written, kind, at):
            yield f"line {said['seq']} of the history is not what was written"
        elif not _same_words(row, said.get("words")):
            yield f"the words in line {said['seq']} of the history are not those that were written"


def _same_words(row: Row[tuple[object, ...]], hashed: object) -> bool:
    if hashed is None:
        return bool(row.body == words.NONE)
    return row.salt is not None and words.hash_of(row.salt, row.seq, row.body) == hashed


def _found(connection: Connection, name: Column[int], numbers: Sequence[object]) -> Found:
    if not numbers:
        return {}
    place = name.key
    return {getattr(row, place): row for row in connection.execute(select(name.table).where(name.in_(numbers)))}
