"""The limits of the phone networks: to one number 20 messages of one content and 100 of any within an hour; more may never arrive.

So what is over them waits, and where a newer message of no less urgency waits for the same officer, the older one goes with it:
whoever opens that link sees the rest. The last 20 of the hour are for criticals alone. Facts: GOV.UK Notify's own pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from alerting.ledger.outbox import Claimed
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.risk_order import SEVERITIES

WINDOW = timedelta(hours=1)
MOST_ALIKE, MOST, KEPT_FOR_CRITICALS = 20, 100, 20
_TO_IT = (OUTBOX.c.channel == "sms", OUTBOX.c.target == bindparam("number"))
_GIVEN = (
    select(DELIVERY.c.at, OUTBOX.c.text)
    .join(OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id)
    .where(*_TO_IT, DELIVERY.c.state == "handed_over", DELIVERY.c.at > bindparam("since"))
)
_BEING_GIVEN = select(OUTBOX.c.text).where(*_TO_IT, OUTBOX.c.state == "sending", OUTBOX.c.message_id != bindparam("but_not"))


class Before(NamedTuple):
    """A message that the network was given for this number within the last hour."""

    at: datetime
    text: str


def free_at(before: Sequence[Before], text: str, *, critical: bool, now: datetime) -> datetime | None:
    """When one more may go; None: now. Pure."""
    most = MOST if critical else MOST - KEPT_FOR_CRITICALS
    times = [_freed([one.at for one in before], most), _freed([one.at for one in before if one.text == text], MOST_ALIKE)]
    later = max((at for at in times if at is not None), default=None)
    return None if later is None or later <= now else later


def _freed(given: Sequence[datetime], most: int) -> datetime | None:
    """When fewer than so many lie within the window; None: now."""
    return None if len(given) < most else sorted(given)[len(given) - most] + WINDOW


def given(connection: Connection, number: str, now: datetime, but_not: str) -> tuple[Before, ...]:
    """What the network was given for this number (its fingerprint) within the last hour, or is being given; `but_not` this message."""
    taken = [Before(*row) for row in connection.execute(_GIVEN, {"number": number, "since": now - WINDOW})]
    under_way = connection.execute(_BEING_GIVEN, {"number": number, "but_not": but_not}).scalars()
    return (*taken, *(Before(now, text) for text in under_way))


def carrier(connection: Connection, claimed: Claimed) -> str | None:
    """A newer SMS to the same officer that still waits and is no less urgent: it speaks for this one."""
    asked = select(OUTBOX.c.message_id).where(
        OUTBOX.c.officer_id == claimed.message.officer_id,
        OUTBOX.c.channel == "sms",
        OUTBOX.c.made_at > claimed.made_at,
        OUTBOX.c.place_severity <= SEVERITIES[claimed.message.severity],
        OUTBOX.c.state.in_(("queued", "sending")),
    )
    return connection.execute(asked.order_by(OUTBOX.c.made_at.desc()).limit(1)).scalar()
