"""Alerts over HTTP (console 1.4): lists with every filter, one alert, its history, and how far each message about it got.

Commands are `alerting.console.commands`; what an alert rests on, and where it was, is `alerting.console.evidence`. Every answer
goes through the log of readings first. A list has its reach in the query; nothing is filtered afterwards.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError

from alerting.console.answering import JSON_TYPE, reading, unread, write_reading
from alerting.console.commanding import etag
from alerting.console.desk import Desk
from alerting.console.filters import Filter
from alerting.console.finding import one_alert, reason_of
from alerting.console.lines import line
from alerting.console.pages import USUAL, Cursors, Limit
from alerting.console.shown import reading_of, shown
from alerting.console.signed import Signed, SignedQuietly
from alerting.console.trail import deliveries, history
from alerting.ledger.commanding import opened
from alerting.ledger.queue import page
from alerting.ledger.reach import queue_reach
from schemas.fields import Text


class Paged(BaseModel):
    """The query of a list without filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Limit = USUAL
    cursor: Text | None = None


def routes(desk: Desk) -> APIRouter:
    """All of them."""
    router = APIRouter()

    @router.get("/alerts", **line("alert.read"))
    def alerts(request: Request, signed: SignedQuietly, asked: Annotated[Filter, Query()]) -> Response:
        """Alerts in reach, in risk order, or the last raised or changed first. Then stream from `as_of_seq`."""
        cursors = Cursors(desk, request, signed)
        at = desk.clock()
        wanted = asked.wanted(signed.actor.officer_id)
        with desk.ledger.read() as connection:
            found = page(connection, wanted, queue_reach(signed.actor, at), cursors.after, asked.limit)
            rows = shown(connection, signed.actor, at, found.alert_ids, desk.terms)
        said = cursors.page([one.body for one in rows], found.as_of_seq, found.after)
        return reading(request, signed, said, reading_of(rows, reason_of(request, *rows)))

    @router.get("/alerts/{alert_id}", **line("alert.read", one=True))
    def alert(alert_id: str, request: Request, signed: Signed) -> Response:
        """One alert, by its id or its reference. Whoever was told of it has thereby opened it."""
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
        reason = reason_of(request, one)
        try:
            with desk.ledger.write(desk.clock()) as writing:
                write_reading(writing, request, signed, reading_of((one,), reason))
                opened(writing, one.record.alert.alert_id, signed.actor.officer_id, desk.terms)
        except (SQLAlchemyError, OSError):
            raise unread() from None
        return Response(msgspec.json.encode(one.body), 200, dict(etag(one.record.version)), JSON_TYPE)

    @router.get("/alerts/{alert_id}/history", **line("alert.read", one=True))
    def history_of_alert(alert_id: str, request: Request, signed: Signed, asked: Annotated[Paged, Query()]) -> Response:
        """Every change and every try, the first first."""
        cursors = Cursors(desk, request, signed)
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
            found = history(connection, signed.actor, desk.clock(), one, cursors.after, asked.limit)
        said = cursors.page(found.items, found.as_of_seq, found.after)
        return reading(request, signed, said, reading_of((one,), reason_of(request, one))._replace(fields=("history",)))

    @router.get("/alerts/{alert_id}/deliveries", **line("alert.read", one=True))
    def deliveries_of_alert(alert_id: str, request: Request, signed: Signed) -> Response:
        """Who was told by which channel, and how far it got."""
        with desk.ledger.read() as connection:
            one = one_alert(connection, desk, request, signed, alert_id)
            found = deliveries(connection, one, desk.clock())
        said = {"items": found.items, "next_cursor": None, "as_of_seq": found.as_of_seq}
        return reading(request, signed, said, reading_of((one,), reason_of(request, one))._replace(fields=("deliveries",)))

    return router
