"""`GET /people/{person_id}/timeline` (console 1.7): everything about one person in the order in which it happened, page by page.

Events, alerts, what people decided and the messages that were sent, merged by `occurred_at`, each with when it was known and how
late that was. Reach is in each query; a page goes on strictly after its last line, so none is skipped or told twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, true, tuple_

from alerting.actor import Actor
from alerting.console.alert_in_short import in_short
from alerting.console.answering import reading
from alerting.console.cursors import Part
from alerting.console.desk import Desk
from alerting.console.filters import Several
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.person_found import Found, one_person, why
from alerting.console.signed import Signed
from alerting.console.trail import may_read
from alerting.directory import Directory
from alerting.ledger import statements
from alerting.ledger.alerts import load_all
from alerting.ledger.events_known import known_events
from alerting.ledger.news import DONE, REACH
from alerting.ledger.queue import number
from alerting.ledger.reach import roles_on, seen_alerts, visible_alerts
from alerting.ledger.tables.alerts import ALERT, HISTORY
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.tables.told import TIMELINE
from alerting.lifecycle.door import OPENED
from alerting.rights import Right
from schemas.fields import Instant, instant_text
from schemas.read_models import TimelineEntry

Kind = Literal["event", "alert", "decision", "delivery"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In this order at one instant."""
NO_DECISION = (REACH, OPENED)
JSON = dict[str, object]
_READ: tuple[Right, ...] = ("alert.read",)
_body = msgspec.json.Decoder(dict[str, object]).decode


class Asked(BaseModel):
    """The query. `kinds`: all of them unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_at: Instant | None = None
    to_at: Instant | None = None
    kinds: Several[Kind] = ()
    limit: Limit = USUAL
    cursor: str | None = None


class Place(NamedTuple):
    """Where a line stands: its instant, its kind, and its name among those."""

    at: datetime
    kind: int
    name: tuple[Part, ...]


class Lines(NamedTuple):
    """How the lines of one kind are found: the question, when each happened, and what names it."""

    asked: Select[tuple[object, ...]]
    at: ColumnElement[datetime]
    name: tuple[ColumnElement[object], ...]


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/people/{person_id}/timeline", **line("people.read", one=True))
    def timeline(person_id: str, request: Request, signed: Signed, asked: Annotated[Asked, Query()]) -> Response:
        """Events, alerts, decisions and deliveries, the first first."""
        cursors = Cursors(desk, request, signed)
        at = desk.clock()
        with desk.ledger.read() as connection:
            found = one_person(connection, at, request, signed, person_id)
            rows = _rows(connection, signed.actor, at, found, asked, cursors.after)
            page = rows[: asked.limit]
            items = _items(connection, signed.actor, at, page)
            seq = number(connection)
        last = page[-1][0] if len(rows) > len(page) else None
        after = None if last is None else (last.at, last.kind, *last.name)
        said = {**cursors.page(items, seq, after), "as_of_at": instant_text(found.as_of_at)}
        return reading(request, signed, said, found.shows("timeline", reason=why(request, found)))

    return router


def _rows(
    connection: Connection, actor: Actor, at: datetime, found: Found, asked: Asked, after: tuple[Part, ...] | None
) -> list[tuple[Place, Row[tuple[object, ...]]]]:
    """The lines of the page and one more, of whatever kind."""
    streams = [
        _stream(connection, kind, _lines(connection, kind, actor, at, found), asked, after)
        for kind in KINDS
        if not asked.kinds or kind in asked.kinds
    ]
    merged = heapq.merge(*streams, key=lambda one: (one[0].at, one[0].kind))
    return [one for one, _ in zip(merged, range(asked.limit + 1), strict=False)]


def _lines(connection: Connection, kind: Kind, actor: Actor, at: datetime, found: Found) -> Lines:
    his = and_(ALERT.c.person_id == found.person_id, visible_alerts(actor, at))
    of_alerts = select(ALERT.c.alert_id).where(his)
    match kind:
        case "event":
            events = select(TIMELINE).where(TIMELINE.c.person_id == found.person_id, known_events(connection, actor, found.person_id))
            return Lines(events, TIMELINE.c.at, (TIMELINE.c.source, TIMELINE.c.id))
        case "alert":
            return Lines(select(ALERT.c.alert_id, ALERT.c.began_at).where(his), ALERT.c.began_at, (ALERT.c.alert_id,))
        case "decision":
            of_people = (HISTORY.c.by_id.is_not(None), HISTORY.c.result == DONE, HISTORY.c.what.not_in(NO_DECISION))
            return Lines(select(HISTORY).where(HISTORY.c.alert_id.in_(of_alerts), *of_people), HISTORY.c.at, (HISTORY.c.seq,))
        case "delivery":
            sent = select(OUTBOX).where(OUTBOX.c.alert_id.in_(of_alerts), OUTBOX.c.officer_id.is_not(None))
            return Lines(sent, OUTBOX.c.made_at, (OUTBOX.c.message_id,))


def _stream(
    connection: Connection, kind: Kind, lines: Lines, asked: Asked, after: tuple[Part, ...] | None
) -> Iterator[tuple[Place, Row[tuple[object, ...]]]]:
    within = [_beyond(lines, KINDS.index(kind), after)]
    within += [] if asked.from_at is None else [lines.at >= asked.from_at]
    within += [] if asked.to_at is None else [lines.at < asked.to_at]
    rows = connection.execute(lines.asked.where(*within).order_by(lines.at, *lines.name).limit(asked.limit + 1))
    for row in rows:
        said = row._mapping  # noqa: SLF001  the library's public name for it
        yield Place(said[lines.at], KINDS.index(kind), tuple(said[column] for column in lines.name)), row


def _beyond(lines: Lines, kind: int, after: tuple[Part, ...] | None) -> ColumnElement[bool]:
    """Strictly after a place."""
    if after is None:
        return true()
    at, last_kind, *name = after
    if kind != last_kind:
        return lines.at >= at if kind > int(str(last_kind)) else lines.at > at
    return or_(lines.at > at, and_(lines.at == at, tuple_(*lines.name) > tuple_(*name)))


def _items(connection: Connection, actor: Actor, at: datetime, page: list[tuple[Place, Row[tuple[object, ...]]]]) -> list[JSON]:
    names = sorted({row.alert_id for place, row in page if KINDS[place.kind] != "event"})
    records, seen = load_all(connection, names), seen_alerts(connection, actor, at, names)
    roles = roles_on(connection, actor, at, _READ, names) if names else {}
    directory = statements.directory(connection)
    items: list[JSON] = []
    for place, row in page:
        match KINDS[place.kind]:
            case "event":
                items.append(_event(TimelineEntry.model_validate_json(row.entry)))
            case "alert":
                alert = records[row.alert_id].alert
                times = {"occurred_at": instant_text(alert.began_at), "received_at": instant_text(alert.raised_at)}
                items.append({"kind": "alert", **times, **in_short(records[row.alert_id], seen[row.alert_id])})
            case "decision":
                body = _body(row.body)
                said = body if may_read(body, row.by_id, actor, roles[row.alert_id]["alert.read"]) else {}
                what = {"change": row.what, "by": row.by_id, "by_name": _name(directory, row.by_id, at), "role": row.role, "said": said}
                items.append({"kind": "decision", **_at_once(row.at), **_of(records[row.alert_id].alert.reference, row), **what})
            case "delivery":
                who = {"officer_id": row.officer_id, "name": _name(directory, row.officer_id, at), "role": row.role}
                how = {"channel": row.channel, "occasion": row.occasion.partition(" ")[0].partition(":")[0], "state": row.state}
                items.append({"kind": "delivery", **_at_once(row.made_at), **_of(records[row.alert_id].alert.reference, row), **who, **how})
    return items


def _event(entry: TimelineEntry) -> JSON:
    late_by_s = max(0, int((entry.received_at - entry.occurred_at).total_seconds()))
    times = {"occurred_at": instant_text(entry.occurred_at), "received_at": instant_text(entry.received_at), "late_by_s": late_by_s}
    return {"kind": "event", **times, **entry.model_dump(mode="json", include={"type", "source", "id", "area", "message_status", "said"})}


def _at_once(at: datetime) -> JSON:
    """Of what is done here: it is known when it happens."""
    return {"occurred_at": instant_text(at), "received_at": instant_text(at), "late_by_s": 0}


def _of(reference: str, row: Row[tuple[object, ...]]) -> JSON:
    return {"alert_id": row.alert_id, "reference": reference}


def _name(directory: Directory, officer_id: str | None, at: datetime) -> str | None:
    officer = None if officer_id is None else directory.officer(officer_id, at)
    return None if officer is None else officer.name
