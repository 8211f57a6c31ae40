"""`GET /people/{person_id}/places` (console 1.7): zones and positions as GeoJSON, at most seven days a call.

Only in the form that the reader's role may know; whoever may not know where he is gets no map at all. Positions are those beside
findings: a whole track is kept by nobody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, select

from alerting.console import places
from alerting.console.answering import reading
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.person_found import Found, needs, one_person, why
from alerting.console.signed import Signed
from alerting.console.spans_of_time import Between, Time, between
from alerting.ledger.tables.told import FIX
from schemas.read_models import FixBeside

LONGEST = timedelta(days=7)
MOST_FIXES = 5_000
"""Of more the last ones."""


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/people/{person_id}/places", **line("location.read", one=True))
    def places_of_person(person_id: str, request: Request, signed: Signed, asked: Annotated[Time, Query()]) -> Response:
        """Zones of his orders in force, and his positions beside findings in that time."""
        at = desk.clock()
        with desk.ledger.read() as connection:
            found = one_person(connection, at, request, signed, person_id)
            needs(connection, at, request, signed, found, "location.read")
            known = places.conditions(() if found.page is None else found.page.orders, at)
            fixes = _fixes(connection, found, between(asked, at, LONGEST))
        location = found.seen.location
        features = [*places.zones(known, location), *places.fixes(fixes[-MOST_FIXES:], location, known)]
        said = places.collection(features) | {"truncated": len(fixes) > MOST_FIXES}
        answer = reading(request, signed, said, found.shows("location", reason=why(request, found)))
        answer.headers["content-type"] = places.MEDIA_TYPE
        return answer

    return router


def _fixes(connection: Connection, found: Found, time: Between) -> list[FixBeside]:
    """The last ones, the first first; one more than are shown, to say that there are."""
    within = (FIX.c.person_id == found.person_id, FIX.c.at >= time.from_at, FIX.c.at < time.to_at)
    asked = select(FIX.c.fix).where(*within).order_by(FIX.c.at.desc(), FIX.c.source, FIX.c.id).limit(MOST_FIXES + 1)
    return [FixBeside.model_validate_json(text) for text in connection.execute(asked).scalars()][::-1]
