"""What must be so at the end of a proof, whatever broke: asked of the ledger, of the receivers, and of those who gave commands.

Each check answers with what is wrong, in words; nothing where nothing is.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, func, select

from alerting import exercise, nobody_watching, not_delivered
from alerting.book import AlertBook
from alerting.directory import Directory
from alerting.ledger.alerts import load_all
from alerting.ledger.facts import SOURCE
from alerting.ledger.outbox import ANSWERED, IN_DOUBT
from alerting.ledger.tables.alerts import ALERT, HISTORY
from alerting.ledger.tables.asked import FACT
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.ledger.taking import position
from ops.faults.officers import Given
from schemas.alert import Alert
from schemas.finding import FindingChange
from schemas.person import PersonView

ALERTINGS_OWN = (exercise.SLUG, nobody_watching.SLUG, not_delivered.SLUG)
"""Rules of alerting itself: nobody tells it of these, and no replay has them."""
_ARRIVES = ("email", "sms", "webhook")
_TAKEN = DELIVERY.c.state.in_(("handed_over", "delivered")) & DELIVERY.c.detail.not_in((IN_DOUBT, ANSWERED))
"""By the other side, which said so."""
_IN_DOUBT = select(DELIVERY.c.message_id).where(DELIVERY.c.detail == IN_DOUBT)
_ANSWERED = select(DELIVERY.c.message_id).where(DELIVERY.c.detail == ANSWERED)
_DONE = {"acknowledge": "people.acknowledged", "release": "people.released", "note": "people.noted", "act": "people.acted"}
_OK, _REFUSED_BY_THE_ALERT = 200, frozenset({409, 412})


def behind(connection: Connection, records: Mapping[tuple[str, int], int]) -> int:
    """Records of the topics that the ledger does not have yet."""
    return sum(max(0, count - 1 - taken) for (log, part), count in records.items() if (taken := _taken(connection, log, part)) < count - 1)


def unsent(connection: Connection, now: datetime) -> int:
    """Messages that are due, or on their way."""
    due = (OUTBOX.c.state == "sending") | ((OUTBOX.c.state == "queued") & (OUTBOX.c.next_at <= now))
    return int(connection.execute(select(func.count()).select_from(OUTBOX).where(due)).scalar_one())


def findings(connection: Connection, changes: Sequence[FindingChange], views: Mapping[str, PersonView]) -> Iterator[str]:
    """Each finding is one alert, with each of its changes once: the alerts are those of the pure book that was told the same."""
    names = connection.execute(select(ALERT.c.alert_id).where(~ALERT.c.rule.in_(ALERTINGS_OWN))).scalars().all()
    ours = {name: _shown(record.of_book) for name, record in load_all(connection, names).items()}
    expected = {alert.alert_id: _shown(alert) for alert in _by_the_book(changes, views)}
    yield from _wrong("findings that are no alert", expected.keys() - ours.keys())
    yield from _wrong("alerts of no finding", ours.keys() - expected.keys())
    yield from _wrong(
        "alerts that differ from the book's", (name for name in ours.keys() & expected.keys() if ours[name] != expected[name])
    )
    raised = select(HISTORY.c.alert_id, func.count()).where(HISTORY.c.what == "matter.raised").group_by(HISTORY.c.alert_id)
    times: dict[str, int] = dict(connection.execute(raised).all())
    yield from _wrong("alerts that were not raised exactly once", (name for name in ours if times.get(name) != 1))


def messages(connection: Connection, arrived: Mapping[str, list[bool]]) -> Iterator[str]:
    """Each message has an end or waits; what was handed over did arrive; what came again says so, and came no oftener than it was tried.

    None comes a third time, whatever hit it: what is said then is said by another message, which says from the first that it repeats.
    """
    rows = {row.message_id: row for row in connection.execute(select(OUTBOX))}
    claims = select(DELIVERY.c.message_id, func.count()).where(DELIVERY.c.state == "sending").group_by(DELIVERY.c.message_id)
    tries: dict[str, int] = dict(connection.execute(claims).all())
    taken = set(connection.execute(select(DELIVERY.c.message_id).where(_TAKEN)).scalars())
    handed = {name for name in taken if rows[name].channel in _ARRIVES}
    yield from _wrong("messages that were handed over and did not arrive", handed - arrived.keys())
    yield from _wrong("messages that came and that nobody made", arrived.keys() - rows.keys())
    here = [(name, came) for name, came in arrived.items() if name in rows]
    unmarked = (name for name, came in here if not all(came[1:]))
    yield from _wrong("messages that came again and do not say so", unmarked)
    third = (name for name, came in here if len(came) > 2)  # noqa: PLR2004
    yield from _wrong("messages that came a third time", third)
    said_there = (name for name, came in here if not came[0] and _says_again(rows[name], rows))
    yield from _wrong("messages that say again what another one said there, and do not say so", said_there)
    told_otherwise = {row.after_id for row in rows.values()} | set(connection.execute(_ANSWERED).scalars())
    in_doubt = set(connection.execute(_IN_DOUBT).scalars()) - taken - told_otherwise
    dropped = (name for name in in_doubt if rows[name].next_at is None and not json.loads(rows[name].text)["mark"])
    yield from _wrong("messages in doubt that nobody looks at", dropped)
    yield from _wrong("messages that came oftener than they were tried", (name for name, came in here if len(came) > tries.get(name, 0)))
    waiting = {name for name, row in rows.items() if row.state in {"queued", "sending"} and row.next_at is None}
    yield from _wrong("messages that nobody will send", waiting)


def _says_again(row: Row[tuple[object, ...]], rows: Mapping[str, Row[tuple[object, ...]]]) -> bool:
    """Whether it was made in place of another one of its own channel."""
    return row.after_id is not None and bool(rows[row.after_id].channel == row.channel)


def commands(connection: Connection, given: Iterable[Given]) -> Iterator[str]:
    """Each command that was answered took effect once; each that the alert refused stands in its history once."""
    lines: dict[str, list[tuple[str, str | None, str, str]]] = defaultdict(list)
    asked = select(HISTORY.c.alert_id, HISTORY.c.what, HISTORY.c.by_id, HISTORY.c.result, HISTORY.c.body).where(
        HISTORY.c.by_id.is_not(None)
    )
    for alert_id, what, by_id, result, body in connection.execute(asked):
        lines[alert_id].append((what, by_id, result, json.dumps(json.loads(body), ensure_ascii=False)))
    strange, missing, again = [], [], []
    refused: Counter[tuple[str, str, str]] = Counter()
    for one in given:
        times = sum(what == _DONE[one.name] and one.mark in body for what, _, _, body in lines[one.alert_id])
        if one.status in _REFUSED_BY_THE_ALERT:
            refused[one.alert_id, one.officer_id, one.name] += 1
        elif one.status != _OK:
            strange.append(f"{one.name} was answered with {one.status}")
        if times < (one.status == _OK):
            missing.append(one.mark)
        if times > (one.status == _OK):
            again.append(one.mark)
    yield from _wrong("commands with an answer that nobody expects", strange)
    yield from _wrong("commands that were answered and are not there", missing)
    yield from _wrong("commands that took effect again", again)
    for (alert_id, officer_id, name), count in refused.items():
        tries = sum(
            what == f"people.{name}" and by_id == officer_id and result.startswith("refused") for what, by_id, result, _ in lines[alert_id]
        )
        if tries != count:
            yield f"{count} tries of {name} were refused, and {tries} stand in the history of {alert_id}"


def facts(connection: Connection, kept: Container[tuple[str, str]]) -> Iterator[str]:
    """What people stated is an event that was kept; `kept`: by source and id."""
    rows = connection.execute(select(FACT.c.id, FACT.c.taken_at, FACT.c.refused)).all()
    yield from _wrong("facts that intake was not given", (row.id for row in rows if row.taken_at is None))
    yield from _wrong("facts that intake refused", (row.id for row in rows if row.refused is not None))
    yield from _wrong("facts that are no event", (row.id for row in rows if (SOURCE, row.id) not in kept))


def _by_the_book(changes: Iterable[FindingChange], views: Mapping[str, PersonView]) -> tuple[Alert, ...]:
    book = AlertBook()
    for change in changes:
        book.apply([change], views.get(change.finding.person_id or ""), Directory())
    return book.alerts()


def _shown(alert: Alert) -> tuple[object, ...]:
    """What does not depend on who was on duty: topics have no order among them."""
    words = tuple((revision.change, revision.at) for revision in alert.revisions)
    return (alert.reference, alert.incident_id, alert.status, alert.severity, words)


def _taken(connection: Connection, log: str, part: int) -> int:
    found = position(connection, log, part)
    return -1 if found is None else found


def _wrong(what: str, names: Iterable[str]) -> Iterator[str]:
    found = sorted(names)
    if found:
        yield f"{what}: {len(found)} ({', '.join(found[:3])})"
