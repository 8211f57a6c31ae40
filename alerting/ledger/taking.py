"""What streams tells, record by record, into the ledger: findings, people, statements about who is there, and read models.

How far each log is taken stands in the same transaction as what came of it, so a record is taken exactly once, whoever is
killed when. A record that cannot be taken is our own fault: it is kept whole in `untaken` and the auditor says so, and the
rest goes on. Called by the service, with records of the embedded table or of Kafka.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from alerting.ledger import clocks, people, reaching, read_models, statements
from alerting.ledger.steps import Terms
from alerting.ledger.store import AWAY, Ledger, Writing
from alerting.ledger.tables.told import INBOX, UNTAKEN
from alerting.ledger.telling import Change, tell
from alerting.ledger.upsert import upsert, upserting
from schemas import codec, topics
from schemas.finding import FindingChange
from schemas.person import PersonView

MOST = 40
"""Records in one transaction: others wait for it, some tens of milliseconds."""
_POSITION = select(INBOX.c.position).where(INBOX.c.topic == bindparam("log"), INBOX.c.partition == bindparam("partition"))


class Incoming(NamedTuple):
    """One record. `log`, `partition`, `number`: where it stands, growing; `topic`: what it holds, by `schemas.topics`."""

    log: str
    partition: int
    number: int
    topic: str
    value: bytes


def position(connection: Connection, log: str, partition: int = 0) -> int | None:
    """The number of the last record of a log that is taken; None where none is."""
    return connection.execute(_POSITION, {"log": log, "partition": partition}).scalar()


def take(ledger: Ledger, records: Sequence[Incoming], now: datetime, terms: Terms) -> int:
    """Take these, in order, at most `MOST` in a transaction; how many were new. What is taken already is passed over.

    The database's own failures are raised: nothing is lost by trying again.
    """
    new, waiting = 0, iter(records)
    while batch := list(islice(waiting, MOST)):
        try:
            with ledger.write(now) as writing:
                new += _take(writing, batch, terms)
        except AWAY:
            raise
        except Exception:  # noqa: BLE001  whatever one record breaks, the others of the batch must not wait for it
            new += sum(_take_alone(ledger, record, now, terms) for record in batch)
    return new


def untaken(connection: Connection) -> int:
    """How many records could not be taken."""
    return connection.execute(select(func.count()).select_from(UNTAKEN)).scalar_one()


def _take_alone(ledger: Ledger, record: Incoming, now: datetime, terms: Terms) -> int:
    try:
        with ledger.write(now) as writing:
            return _take(writing, [record], terms)
    except AWAY:
        raise
    except Exception as broken:  # noqa: BLE001  kept whole with its reason, and the auditor's books are not in order until it is mended
        with ledger.write(now) as writing:
            _set_aside(writing, record, broken)
        return 1


def _take(writing: Writing, batch: Sequence[Incoming], terms: Terms) -> int:
    connection = writing.connection
    taken = {log: position(connection, *log) for log in {(record.log, record.partition) for record in batch}}
    fresh = list(_fresh(batch, taken))
    changes = {record: FindingChange.model_validate_json(record.value) for record in fresh if record.topic == topics.FINDINGS}
    views = people.views(connection, {one.finding.person_id for one in changes.values() if one.finding.person_id is not None})
    findings: list[Change] = []
    told_of: dict[str, PersonView] = {}
    for record in fresh:
        if record.topic == topics.FINDINGS:
            change = changes[record]
            findings.append(Change(change, people.of_finding(change.finding, views.get(change.finding.person_id or ""))))
        elif record.topic == topics.PEOPLE:
            view = PersonView.model_validate_json(record.value)
            views[view.person_id] = told_of[view.person_id] = view
        elif record.topic == topics.DIRECTORY:
            tell(writing, findings, terms)  # those before it were told by who was there then
            findings.clear()
            _state(writing, record, terms)
        elif record.topic in read_models.KEEPS:
            read_models.KEEPS[record.topic](writing, record.value)
    tell(writing, findings, terms)
    reaching.say(writing, people.take(writing, told_of.values()))
    _stands_at(writing, fresh)
    return len(fresh)


def _fresh(batch: Sequence[Incoming], taken: Mapping[tuple[str, int], int | None]) -> Iterator[Incoming]:
    """Those beyond what is taken; a log that repeats itself, as Kafka after a rebalance, changes nothing."""
    last = dict(taken)
    for record in batch:
        before = last[record.log, record.partition]
        if before is None or record.number > before:
            last[record.log, record.partition] = record.number
            yield record


def _state(writing: Writing, record: Incoming, terms: Terms) -> None:
    """A statement about who is there; what it ends the duty of is given to somebody else in time."""
    event = codec.decode(record.value, max_bytes=codec.MAX_OWN_BYTES)
    officers = tuple(clocks.concerned(statements.directory(writing.connection), event))
    if statements.state(writing, event):
        clocks.of_owners(writing, officers, terms.policies)


def _stands_at(writing: Writing, fresh: Sequence[Incoming]) -> None:
    last = {(record.log, record.partition): record.number for record in fresh}
    rows = [{"topic": log, "partition": partition, "position": number} for (log, partition), number in last.items()]
    writing.put(upserting(writing.connection.dialect.name, INBOX, ("topic", "partition", "position")), rows)


def _set_aside(writing: Writing, record: Incoming, broken: Exception) -> None:
    row = {
        "topic": record.log,
        "partition": record.partition,
        "position": record.number,
        "holds": record.topic,
        "value": record.value,
        "because": f"{type(broken).__name__}: {broken}",
        "at": writing.now,
    }
    upsert(writing.connection, UNTAKEN, [row])
    writing.audit("record.untaken", {"log": record.log, "partition": record.partition, "number": record.number})
    _stands_at(writing, [record])
