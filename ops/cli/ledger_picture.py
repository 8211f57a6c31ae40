"""How everything stands, for the plain page of `vigil console`: by the ledger alone, which alerting and the read models write.

The twin of `ops.cli.onlooker`, which looks at a judging thread beside it. Messages lead to this page, so it stands wherever
people sign in. Called by the web server's threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from alerting.ledger.pulses import heard, silent
from alerting.ledger.statements import directory
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.told import FEED, PERSON
from ops.web.picture import FeedSeen, FeedWord, Picture
from schemas.read_models import FeedState, FeedView

TAKES = "taking"
"""The part that takes what judging says: while it is not at work, alerts may be missing."""
_WORDS: Mapping[FeedState, FeedWord] = {"live": "Live", "late": "Late", "silent": "Silent", "never": "Never heard"}


def picture(ledger: Ledger, now: datetime) -> Picture:
    """See `Picture`. The alerts are the page's to fetch: who reads decides which."""
    with ledger.read() as connection:
        known = directory(connection)
        views = [FeedView.model_validate_json(text) for text in connection.execute(select(FEED.c.view).order_by(FEED.c.source)).scalars()]
        people = connection.execute(select(func.count()).where(PERSON.c.view.is_not(None), PERSON.c.gone_to.is_(None))).scalar_one()
        failed = TAKES in silent(connection, now) or TAKES not in heard(connection)
        taken_at = connection.execute(select(PULSE.c.at).where(PULSE.c.part == TAKES)).scalar()
    return Picture(
        at=taken_at if failed and taken_at is not None else now,
        alerts=(),
        directory=known,
        feeds=tuple(FeedSeen(view.source, _WORDS[view.state], view.complete_to) for view in views if view.heartbeat_due_at is not None),
        people=people,
        last_event_at=max((view.last_event_at for view in views if view.last_event_at is not None), default=None),
        behind_events=0,
        failed=failed,
    )
