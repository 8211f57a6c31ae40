"""What an alert rests on, where that was, and the alert as a CAP message: `/evidence`, `/places`, `/cap` of console 1.4.

Places leave in the form that the reader's role may have. An event that is an intelligence report of code C does not exist for
whom it does not name. Called over HTTP alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, and_, or_, select

from alerting.actor import Actor
from alerting.console import places
from alerting.console.answering import reading, reading_bytes
from alerting.console.desk import Desk
from alerting.console.finding import one_alert, reason_of
from alerting.console.lines import line
from alerting.console.shown import One, reading_of
from alerting.console.signed import Signed
from alerting.delivery.cap import MEDIA_TYPE, cap
from alerting.ledger.queue import number
from alerting.ledger.tables.told import FIX, PERSON, TIMELINE
from alerting.ledger.unreadable import unknown_to
from schemas.fields import instant_text
from schemas.read_models import FixBeside, OrderShown, PersonPage, TimelineEntry

LED_UP_TO_IT = timedelta(minutes=30)
MOST_FIXES = 2_000
"""Of a long matter the last ones."""
_MOST_NAMES = 300


def routes(desk: Desk) -> APIRouter:
    """The three."""
    router = APIRouter()

    @router.get("/alerts/{alert_id}/evidence", **line("alert.read", one=True))
    def evidence(alert_id: str, request: Request, signed: Signed) -> Response:
        """The events that it rests on, with how late each was heard. A position is told as the reader's role may know it."""
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
            items = _events(connection, signed.actor, one)
            as_of_seq = number(connection)
        said = {"items": items, "next_cursor": None, "as_of_seq": as_of_seq, "redacted": one.body["redacted"]}
        return reading(request, signed, said, reading_of((one,), reason_of(request, one))._replace(fields=("evidence",)))

    @router.get("/alerts/{alert_id}/places", **line("alert.read", one=True))
    def places_of_alert(alert_id: str, request: Request, signed: Signed) -> Response:
        """Zones of the orders concerned, and the fixes beside the alert, as GeoJSON."""
        at = desk.clock()
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
            known = places.conditions(_orders(connection, one), at, one.record.finding.order_id)
            found = _fixes(connection, one, at)
        features = [*places.zones(known, one.seen.location), *places.fixes(found, one.seen.location, known)]
        shown = reading_of((one,), reason_of(request, one))._replace(fields=("location",))
        answer = reading(request, signed, places.collection(features), shown)
        answer.headers["content-type"] = places.MEDIA_TYPE
        return answer

    @router.get("/alerts/{alert_id}/cap", **line("alert.read", one=True))
    def cap_of_alert(alert_id: str, request: Request, signed: Signed) -> Response:
        """The alert in the Common Alerting Protocol, version 1.2: what may leave, and no more."""
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
        shown = reading_of((one,), reason_of(request, one))._replace(fields=("cap",))
        return reading_bytes(request, signed, cap(one.record.alert, desk.settings.origin), shown, media_type=MEDIA_TYPE)

    return router


def _events(connection: Connection, actor: Actor, one: One) -> list[dict[str, object]]:
    """In the order of the alert. What the read models do not hold is named by its source and id alone."""
    alert = one.record.alert
    unknown = unknown_to(connection, actor, (alert,)).events
    refs = [(ref.source, ref.id) for ref in alert.evidence if (ref.source, ref.id) not in unknown]
    entries = {(entry.source, entry.id): entry for entry in _entries(connection, refs)}
    found = {(fix.source, fix.id): fix for fix in _fixes_named(connection, alert.person_id, refs)}
    known = places.conditions(_orders(connection, one), alert.began_at, one.record.finding.order_id)
    items: list[dict[str, object]] = []
    for ref in refs:
        said: dict[str, object] = {"source": ref[0], "id": ref[1]}
        if (entry := entries.get(ref)) is not None:
            late_by_s = max(0, int((entry.received_at - entry.occurred_at).total_seconds()))
            said |= {"type": entry.type, **_times(entry.occurred_at, entry.received_at), "late_by_s": late_by_s}
            said |= {"data": entry.said} if one.seen.names else {}
        elif (fix := found.get(ref)) is not None:
            late_by_s = max(0, int((fix.received_at - fix.at).total_seconds()))
            said |= {"type": "tagging.position", **_times(fix.at, fix.received_at), "late_by_s": late_by_s}
            place = next(places.fixes((fix,), one.seen.location, known), None)
            said |= {} if place is None else {"place": place}
        items.append(said)
    return items


def _times(occurred_at: datetime, received_at: datetime) -> dict[str, object]:
    return {"occurred_at": instant_text(occurred_at), "received_at": instant_text(received_at)}


def _entries(connection: Connection, refs: list[tuple[str, str]]) -> list[TimelineEntry]:
    found: list[TimelineEntry] = []
    for start in range(0, len(refs), _MOST_NAMES):
        named = (and_(TIMELINE.c.source == source, TIMELINE.c.id == name) for source, name in refs[start : start + _MOST_NAMES])
        rows = connection.execute(select(TIMELINE.c.entry).where(or_(*named))).scalars()
        found.extend(TimelineEntry.model_validate_json(text) for text in rows)
    return found


def _fixes_named(connection: Connection, person_id: str | None, refs: list[tuple[str, str]]) -> list[FixBeside]:
    if person_id is None:
        return []
    found: list[FixBeside] = []
    for start in range(0, len(refs), _MOST_NAMES):
        named = (and_(FIX.c.source == source, FIX.c.id == name) for source, name in refs[start : start + _MOST_NAMES])
        rows = connection.execute(select(FIX.c.fix).where(FIX.c.person_id == person_id, or_(*named))).scalars()
        found.extend(FixBeside.model_validate_json(text) for text in rows)
    return found


def _fixes(connection: Connection, one: One, at: datetime) -> list[FixBeside]:
    """Those beside the matter and of the half hour that led up to it, the first first."""
    alert = one.record.alert
    if alert.person_id is None or one.seen.location == "none":
        return []
    within = (FIX.c.at >= alert.began_at - LED_UP_TO_IT, FIX.c.at <= (alert.ended_at or at))
    asked = select(FIX.c.fix).where(FIX.c.person_id == alert.person_id, *within).order_by(FIX.c.at.desc()).limit(MOST_FIXES)
    return [FixBeside.model_validate_json(text) for text in connection.execute(asked).scalars()][::-1]


def _orders(connection: Connection, one: One) -> tuple[OrderShown, ...]:
    text = connection.execute(select(PERSON.c.page).where(PERSON.c.person_id == one.record.alert.person_id)).scalar()
    return () if text is None else PersonPage.model_validate_json(text).orders
