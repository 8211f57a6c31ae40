"""`GET /rules`, `/rules/{slug}` (console 1.7): what Vigil watches for, and whether each rule is awake. Read only.

Parameters live in configuration, with the overrides of each force. The text is the installed catalogue's, as streams publishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Response
from sqlalchemy import Connection, func, select

from alerting.console.answering import nothing_here, plain
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.ledger.queue import number
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import RULE
from schemas.fields import instant_text
from schemas.read_models import RuleView

COUNTED = timedelta(days=30)


class Fired(NamedTuple):
    """When a rule last raised an alert, and how many in the last 30 days; exercises and tests are none."""

    last_at: datetime | None
    lately: int


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/rules", **line("rules.read"))
    def rules() -> Response:
        """Every rule in the order of judgement."""
        now = desk.clock()
        with desk.ledger.read() as connection:
            seq = number(connection)
            texts = connection.execute(select(RULE.c.view).order_by(RULE.c.place)).scalars().all()
            fired = _fired(connection, now)
        items = [_shown(RuleView.model_validate_json(text), fired) for text in texts]
        return plain({"items": items, "next_cursor": None, "as_of_seq": seq})

    @router.get("/rules/{slug}", **line("rules.read"))
    def one_rule(slug: str) -> Response:
        """One rule, whole."""
        with desk.ledger.read() as connection:
            text = connection.execute(select(RULE.c.view).where(RULE.c.slug == slug)).scalar()
            if text is None:
                raise nothing_here()
            fired = _fired(connection, desk.clock())
        return plain(_shown(RuleView.model_validate_json(text), fired))

    return router


def _fired(connection: Connection, now: datetime) -> Mapping[str, Fired]:
    actual = ALERT.c.message_status == "actual"
    last = select(ALERT.c.rule, func.max(ALERT.c.raised_at)).where(actual).group_by(ALERT.c.rule)
    lately = select(ALERT.c.rule, func.count()).where(actual, ALERT.c.raised_at > now - COUNTED).group_by(ALERT.c.rule)
    counts: dict[str, int] = {slug: int(count) for slug, count in connection.execute(lately)}
    return {slug: Fired(at, counts.get(slug, 0)) for slug, at in connection.execute(last)}


def _shown(rule: RuleView, fired: Mapping[str, Fired]) -> dict[str, object]:
    last_at, lately = fired.get(rule.slug, Fired(None, 0))
    said = rule.model_dump(mode="json")
    return {**said, "last_fired_at": None if last_at is None else instant_text(last_at), "fired_30_days": lately}
