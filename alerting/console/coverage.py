"""`GET /people/{person_id}/coverage` (console 1.7): when he was monitored, and when nobody could see him, to the minute.

The counting is `alerting.coverage`; what is stored is what streams judged last. A feed that is silent now makes its time blind
at once, without waiting for a judgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, or_, select

from alerting.console.answering import reading
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.console.person_found import Found, one_person, why
from alerting.console.signed import Signed
from alerting.console.spans_of_time import Between, Time, between
from alerting.coverage import MINUTE, Judged, minutes, spans, totals
from alerting.ledger.tables.told import COVERAGE, FEED
from schemas.fields import instant_text
from schemas.read_models import FeedView

LONGEST = timedelta(days=92)


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/people/{person_id}/coverage", **line("people.read", one=True))
    def coverage(person_id: str, request: Request, signed: Signed, asked: Annotated[Time, Query()]) -> Response:
        """Spans and totals in minutes; they add up to every minute of the time."""
        at = desk.clock()
        with desk.ledger.read() as connection:
            found = one_person(connection, at, request, signed, person_id)
            time = between(asked, at, LONGEST)
            known = spans(_judged(connection, found, time), _silent_since_at(connection, found), time.from_at, time.to_at)
        said = {
            "person_id": found.person_id,
            "from_at": instant_text(time.from_at),
            "to_at": instant_text(time.to_at),
            "as_of_at": instant_text(found.as_of_at),
            "spans": [
                {"from_at": instant_text(one.from_at), "to_at": instant_text(one.to_at), "state": one.state, "minutes": length_min}
                for one, length_min in minutes(known, time.from_at)
            ],
            "totals": totals(known, time.from_at),
            "minutes": (time.to_at - time.from_at) // MINUTE,
        }
        return reading(request, signed, said, found.shows("coverage", reason=why(request, found)))

    return router


def _judged(connection: Connection, found: Found, time: Between) -> list[Judged]:
    """What reaches into the time; and the first of all, which says from when on anything is known."""
    his = COVERAGE.c.person_id == found.person_id
    within = (COVERAGE.c.from_at < time.to_at, or_(COVERAGE.c.to_at.is_(None), COVERAGE.c.to_at > time.from_at))
    rows = connection.execute(select(COVERAGE).where(his, *within).order_by(COVERAGE.c.from_at)).all()
    first = connection.execute(select(COVERAGE).where(his).order_by(COVERAGE.c.from_at).limit(1)).all()
    return [Judged(row.from_at, row.to_at, row.state) for row in dict.fromkeys((*first, *rows))]


def _silent_since_at(connection: Connection, found: Found) -> datetime | None:
    """Since when a feed that carries his tagging says nothing; None while all of them speak."""
    sources = () if found.page is None else found.page.sources
    texts = connection.execute(select(FEED.c.view).where(FEED.c.source.in_(sources))).scalars()
    silent = (FeedView.model_validate_json(text).silent_since_at for text in texts)
    return min((at for at in silent if at is not None), default=None)
