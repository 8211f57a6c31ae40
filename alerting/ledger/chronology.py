"""The chronology of one person out of the ledger: timeline, alerts with their history, who was told and read, and what was sent.

Reads alone; that it was read is for the caller to log before it is shown. What of it may be told is the caller's to say too
(`Within`): the console's, what its reader may see; without a word of it, everything but intelligence. A note that was narrowed
keeps its text. Called by `vigil chronology` and by the console.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, select, true

from alerting.chronology import Chronology, Delayed, Kind, Line
from alerting.ledger import people, statements
from alerting.ledger.alerts import Record, load_all
from alerting.ledger.events_known import NOT_GRADED
from alerting.ledger.news import DONE, REACH
from alerting.ledger.tables.alerts import ALERT, HISTORY, TOLD
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.ledger.tables.told import PERSON_IDENTIFIER, TIMELINE
from alerting.lifecycle.delays import delays
from schemas.event import Identifier
from schemas.identifiers import IDENTIFIER_TYPES, canonical
from schemas.read_models import TimelineEntry

_MATTER = "matter."
_read_body = msgspec.json.Decoder(dict[str, object]).decode


class Within(NamedTuple):
    """What of it may be told: conditions over ALERT and over TIMELINE."""

    alerts: ColumnElement[bool]
    events: ColumnElement[bool]


WITHOUT_INTELLIGENCE = Within(true(), NOT_GRADED)


def person_named(connection: Connection, said: str) -> str | None:
    """A person by id, or by `TYPE:VALUE`; of one who is another's now, whose."""
    kind, _, value = said.partition(":")
    name: str | None = said
    if value and kind in IDENTIFIER_TYPES:
        known = canonical(Identifier(kind, value))
        asked = select(PERSON_IDENTIFIER.c.person_id).where(
            PERSON_IDENTIFIER.c.type == known.type, PERSON_IDENTIFIER.c.value == known.value
        )
        name = connection.execute(asked.order_by(PERSON_IDENTIFIER.c.person_id)).scalar()
    view = None if name is None else people.view(connection, name)
    return None if view is None else view.gone_to or view.person_id


def chronology(
    connection: Connection,
    person_id: str,
    now: datetime,
    from_at: datetime | None,
    to_at: datetime | None,
    within: Within = WITHOUT_INTELLIGENCE,
) -> Chronology:
    """Everything about a person who is known here, between two instants (None: no limit)."""
    view = people.view(connection, person_id)
    asked = select(ALERT.c.alert_id).where(ALERT.c.person_id == person_id, within.alerts).order_by(ALERT.c.raised_at, ALERT.c.alert_id)
    names = connection.execute(asked).scalars().all()
    records = load_all(connection, names)
    lines = [
        line
        for line in (*_events(connection, person_id, within), *_of_alerts(connection, records))
        if (from_at is None or line.at >= from_at) and (to_at is None or line.at < to_at)
    ]
    lines.sort(key=lambda line: (line.at, line.known_at, line.kind, line.what, line.reference or "", line.by or ""))
    spoken_of = {line.reference for line in lines}
    known = statements.directory(connection)
    officers = {line.by for line in lines if line.by is not None}
    return Chronology(
        person_id=person_id,
        label=person_id if view is None else view.label,
        made_at=now,
        from_at=from_at,
        to_at=to_at,
        lines=tuple(lines),
        alerts=tuple(_delayed(record) for record in records.values() if record.alert.reference in spoken_of),
        names={one: officer.name for one in sorted(officers) if (officer := known.officer(one, now)) is not None},
    )


def _events(connection: Connection, person_id: str, within: Within) -> Iterator[Line]:
    for text in connection.execute(select(TIMELINE.c.entry).where(TIMELINE.c.person_id == person_id, within.events)).scalars():
        entry = TimelineEntry.model_validate_json(text)
        yield Line(
            at=entry.occurred_at,
            known_at=entry.received_at,
            kind="event",
            what=entry.type,
            text=", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in entry.said.items()),
            source=entry.source,
            message_status=entry.message_status,
        )


def _of_alerts(connection: Connection, records: Mapping[str, Record]) -> Iterator[Line]:
    names = sorted(records)
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        yield from _history(connection, records, part)
        yield from _told(connection, records, part)
        yield from _sent(connection, records, part)


def _history(connection: Connection, records: Mapping[str, Record], part: Iterable[str]) -> Iterator[Line]:
    done = (HISTORY.c.result == DONE, HISTORY.c.what != REACH)
    for row in connection.execute(select(HISTORY).where(HISTORY.c.alert_id.in_(list(part)), *done)):
        alert = records[row.alert_id].alert
        kind: Kind = "alert" if row.what.startswith(_MATTER) else "person"
        body = _read_body(row.body)
        at = alert.began_at if row.what == f"{_MATTER}raised" else row.at
        narrowed = body.get("audience")
        shown = {} if narrowed else {name: value for name, value in body.items() if name != "because"}
        text = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in shown.items())
        said = f"{alert.severity}: {body.get('because', alert.because)}" if kind == "alert" else text
        yield Line(
            at,
            row.at,
            kind,
            row.what.partition(".")[2].replace("_", " "),
            said,
            alert.reference,
            row.by_id,
            row.role,
            None,
            alert.message_status,
        )


def _told(connection: Connection, records: Mapping[str, Record], part: Iterable[str]) -> Iterator[Line]:
    for row in connection.execute(select(TOLD).where(TOLD.c.alert_id.in_(list(part)))):
        alert = records[row.alert_id].alert
        yield Line(
            row.at, row.at, "told", row.reason.replace("_", " "), "", alert.reference, row.officer_id, row.role, None, alert.message_status
        )
        if row.opened_at is not None:
            yield Line(
                row.opened_at,
                row.opened_at,
                "opened",
                "opened it",
                "",
                alert.reference,
                row.officer_id,
                row.role,
                None,
                alert.message_status,
            )


def _sent(connection: Connection, records: Mapping[str, Record], part: Iterable[str]) -> Iterator[Line]:
    asked = (
        select(
            DELIVERY.c.at,
            DELIVERY.c.state,
            DELIVERY.c.repeat,
            DELIVERY.c.detail,
            OUTBOX.c.alert_id,
            OUTBOX.c.channel,
            OUTBOX.c.officer_id,
            OUTBOX.c.role,
        )
        .join(OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id)
        .where(OUTBOX.c.alert_id.in_(list(part)), DELIVERY.c.state != "sending")
    )
    for row in connection.execute(asked):
        alert = records[row.alert_id].alert
        text = ", ".join(part for part in (row.channel, "repeat" if row.repeat else "", row.detail) if part)
        yield Line(
            row.at,
            row.at,
            "delivery",
            row.state.replace("_", " "),
            text,
            alert.reference,
            row.officer_id,
            row.role,
            None,
            alert.message_status,
        )


def _delayed(record: Record) -> Delayed:
    alert = record.alert
    return Delayed(alert.alert_id, alert.reference, alert.rule, alert.severity, alert.because, delays(alert, record.handling))


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {_said(inner)}" for name, inner in value.items())
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)
