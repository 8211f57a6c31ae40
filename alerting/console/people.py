"""`GET /people/{person_id}` (console 1.7): one managed person, whole, as far as the reader may know him.

What it looks like is `alerting.console.person_shown`; his timeline, coverage and places are routes of their own. A supervisor is
told who has read it.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, false, select

from alerting.actor import Actor
from alerting.console.alert_in_short import in_short
from alerting.console.answering import reading
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.person_found import Found, one_person, why
from alerting.console.person_shown import body
from alerting.console.reveal import RIGHTS
from alerting.console.signed import Signed
from alerting.directory import Directory
from alerting.intelligence.reading import not_sealed_from
from alerting.ledger import readings, statements
from alerting.ledger.alerts import load_all
from alerting.ledger.reach import ground, ground_of_protected, seen_alerts, visible_alerts
from alerting.ledger.tables.alerts import ALERT
from schemas.fields import instant_text

MOST_ALERTS = 200
MOST_READINGS = 20
JSON = dict[str, object]


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/people/{person_id}", **line("people.read", one=True))
    def person(person_id: str, request: Request, signed: Signed) -> Response:
        """Identifiers, risk, custody, tag, team, orders, protected people (masked) and open alerts."""
        at = desk.clock()
        with desk.ledger.read() as connection:
            found = one_person(connection, at, request, signed, person_id)
            reason = why(request, found)
            directory = statements.directory(connection)
            said = body(found, directory, _revealable(connection, signed.actor, found, at), at)
            said["alerts"] = _alerts(connection, signed.actor, found, at)
            if ground(connection, signed.actor, "people.readings", at, person_id=found.person_id) is not None:
                said["readings"] = _readings(connection, signed.actor, found, directory, at)
        fields = ("identifiers", "custody", "tag", "team", "orders", "protected_people", "alerts")
        return reading(request, signed, said, found.shows(*fields, *(("readings",) if "readings" in said else ()), reason=reason))

    return router


def _revealable(connection: Connection, actor: Actor, found: Found, at: datetime) -> dict[str, tuple[str, ...]]:
    """By protected person what of hers may be revealed to them."""
    return {
        one.protected_person_id: tuple(
            field
            for field, right in RIGHTS.items()
            if ground_of_protected(connection, actor, right, one.protected_person_id, at) is not None
        )
        for one in found.view.protected
    }


def _alerts(connection: Connection, actor: Actor, found: Found, at: datetime) -> list[JSON]:
    """Those that nobody has closed yet, the latest first."""
    his = (ALERT.c.person_id == found.person_id, ALERT.c.closed == false(), ALERT.c.message_status == "actual")
    asked = select(ALERT.c.alert_id).where(*his, visible_alerts(actor, at)).order_by(ALERT.c.raised_at.desc(), ALERT.c.alert_id)
    names = connection.execute(asked.limit(MOST_ALERTS)).scalars().all()
    records, seen = load_all(connection, names), seen_alerts(connection, actor, at, names)
    return [in_short(records[name], seen[name]) for name in names if name in seen]


def _readings(connection: Connection, actor: Actor, found: Found, directory: Directory, at: datetime) -> list[JSON]:
    """Who has read about him, the last first."""
    items: list[JSON] = []
    for one in readings.about(connection, found.person_id, which=not_sealed_from(actor), limit=MOST_READINGS):
        officer = directory.officer(one.reading.officer_id, at)
        who: JSON = {"officer_id": one.reading.officer_id, "name": None if officer is None else officer.name, "role": one.reading.role}
        what: JSON = {"kind": one.reading.kind, "purpose": one.reading.purpose, "fields": list(one.reading.fields)}
        items.append({"at": instant_text(one.at), **who, **what})
    return items
