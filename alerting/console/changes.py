"""`GET /changes?after=SEQ`: what the stream would have said, for whoever polls and for networks that hold streams back (console 1.6).

The same lines by the same right; nothing personal stands in them, so no reading is logged. Answers at once: no long poll.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from alerting.console.answering import plain
from alerting.console.desk import Desk
from alerting.console.filters import OneOrMore
from alerting.console.lines import line
from alerting.console.pages import MOST, USUAL
from alerting.console.signed import SignedQuietly
from alerting.console.stream import LARGEST
from alerting.console.watching import EVENTS, Topic
from alerting.ledger.news import NOTHING_KNOWN, differences, since, standing
from schemas.fields import Word


class Wanted(BaseModel):
    """The query. `after`: the last number heard; of a list its `as_of_seq`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[int, Field(ge=0, le=LARGEST)]
    topics: OneOrMore[Topic] = ("alerts",)
    area: Word | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL


def routes(desk: Desk) -> APIRouter:
    """The one route."""
    router = APIRouter()

    @router.get("/changes", **line("alert.read"))
    def changes(signed: SignedQuietly, wanted: Annotated[Wanted, Query()]) -> Response:
        """What changed after a number: go on with `after` = `as_of_seq`, at once while `more`. Feeds and system: as they stand."""
        with desk.ledger.read() as connection:
            news = since(connection, signed.actor, desk.clock(), wanted.after, area=wanted.area, limit=wanted.limit)
            stands = standing(connection)
        kinds = {EVENTS[topic] for topic in wanted.topics} | {"alert.gone", "stream.reset"}
        said = [*news.lines, *(() if news.more else differences(NOTHING_KNOWN, stands, news.heard_to))]
        items = [{"event": one.event, "seq": one.seq, "data": one.data} for one in said if one.event in kinds]
        return plain({"items": items, "next_cursor": None, "as_of_seq": news.heard_to, "more": news.more})

    return router
