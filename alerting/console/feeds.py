"""`GET /feeds` (console 1.7): which sense we have lost, since when, and how many people are unseen.

Numbers only: who is unseen stands in the alert about the silence, for whoever may see them.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from sqlalchemy import Connection, case, func, or_, select

from alerting.console.answering import plain
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.ledger.queue import number
from alerting.ledger.tables.told import FEED, RELIANCE
from schemas.fields import instant_text
from schemas.read_models import FeedView


def routes(desk: Desk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/feeds", **line("feeds.read"))
    def feeds() -> Response:
        """Every feed that has ever sent, or is expected to, by name."""
        now = desk.clock()
        with desk.ledger.read() as connection:
            seq = number(connection)
            views = [
                FeedView.model_validate_json(text) for text in connection.execute(select(FEED.c.view).order_by(FEED.c.source)).scalars()
            ]
            items = [shown(connection, view, now) for view in views]
        return plain({"items": items, "next_cursor": None, "as_of_seq": seq, "as_of_at": instant_text(now)})

    return router


def shown(connection: Connection, view: FeedView, now: datetime) -> dict[str, object]:
    """One feed as JSON; `as_of_at` says how old what we know of it is."""
    people, high_risk = _unseen(connection, view, now)
    return {
        **view.model_dump(mode="json", include={"source", "state", "per_min", "set_aside_per_h"}),
        "last_event_at": _text(view.last_event_at),
        "complete_to": _text(view.complete_to),
        "heartbeat_due_at": _text(view.heartbeat_due_at),
        "silent_since_at": _text(view.silent_since_at),
        "people_unseen": people,
        "high_risk_unseen": high_risk,
        "as_of_at": instant_text(view.as_of_at),
    }


def _unseen(connection: Connection, view: FeedView, now: datetime) -> tuple[int, int]:
    """How many people are judged by it while it is silent, and how many of them are high risk."""
    if view.silent_since_at is None:
        return 0, 0
    still = or_(RELIANCE.c.to_at.is_(None), RELIANCE.c.to_at > view.silent_since_at)
    high = case((RELIANCE.c.risk_level == "high", RELIANCE.c.person_id))
    asked = select(func.count(RELIANCE.c.person_id.distinct()), func.count(high.distinct())).where(
        RELIANCE.c.source == view.source, RELIANCE.c.from_at < now, still
    )
    people, high_risk = connection.execute(asked).one()
    return int(people), int(high_risk)


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
