"""Whom messages do not reach, as the ledger has it: every address given up, and whether one has taken a message since.

What is said of it is `alerting.not_delivered`; here it is asked. `lost` is called where a message is given up, in the sender's
transaction; `look` is a turn of the service.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from alerting import not_delivered
from alerting.ledger import own_findings
from alerting.ledger.alerts import load
from alerting.ledger.outbox import ANSWERED, IN_DOUBT, Message
from alerting.ledger.statements import directory
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.tables.messages import DELIVERY, OUTBOX, WEBHOOK
from alerting.ledger.telling import Change, tell
from alerting.not_delivered import SLUG, SOMEWHERE, Lost
from alerting.wording import MARKS
from schemas.finding import FindingChange

_ARRIVED = ("handed_over", "delivered", "shown", "opened")
_CAME_TO_NOTHING = ("gave_up", "failed")


def webhooks_alone(terms: Terms) -> Callable[[Writing, Message, str], None]:
    """What the sender calls where nobody can be reached outside the console: of a webhook it is said, of officers it is no news."""

    def after(writing: Writing, message: Message, _why: str) -> None:
        if message.channel == "webhook":
            lost(writing, message, terms)

    return after


def lost(writing: Writing, message: Message, terms: Terms) -> None:
    """A message was given up, and there is no other way to whom it was for. An exercise says so of itself, and alarms nobody in earnest."""
    if message.text.mark != MARKS["actual"]:
        return
    who = Lost("webhook", message.target or "") if message.officer_id is None else Lost("officer", message.officer_id)
    area = _area(writing, message)
    change = not_delivered.lost(own_findings.standing(writing.connection, SLUG).get(area or SOMEWHERE), who, area, writing.now)
    if change is not None:
        tell(writing, [Change(change, None)], terms)


def look(ledger: Ledger, now: datetime, terms: Terms) -> int:
    """Look once, and say who is reached again; how many changes that was."""
    return own_findings.look(ledger, now, terms, lambda connection: _reached(connection, now))


def _reached(connection: Connection, now: datetime) -> list[FindingChange]:
    found = []
    for finding in own_findings.standing(connection, SLUG).values():
        known = [Lost.of(ground) for ground in finding.grounds]
        again = [who for who in known if _is_off(connection, who, now) or _last_arrived(connection, who)]
        change = not_delivered.reached(finding, again, now)
        found += [] if change is None else [change]
    return found


def _area(writing: Writing, message: Message) -> str | None:
    """The officer's; of a webhook, and of whoever is in no directory, that of the alert."""
    officer = None if message.officer_id is None else directory(writing.connection).officer(message.officer_id, writing.now)
    if officer is not None:
        return officer.area
    record = load(writing.connection, message.alert_id)
    return next(iter(record.alert.areas), None) if record is not None else None


def _is_off(connection: Connection, who: Lost, now: datetime) -> bool:
    """Whether nothing is sent there any more."""
    if who.kind == "webhook":
        asked = select(WEBHOOK.c.webhook_id).where(WEBHOOK.c.webhook_id == who.name, WEBHOOK.c.off_at.is_(None))
        return connection.execute(asked).first() is None
    officer = directory(connection).officer(who.name, now)
    return officer is not None and not officer.roles


def _last_arrived(connection: Connection, who: Lost) -> bool:
    """Whether the last that is known of any message to them is that somebody took it; of one in doubt nothing is known."""
    of_theirs = OUTBOX.c.officer_id == who.name if who.kind == "officer" else OUTBOX.c.target == who.name
    asked = (
        select(DELIVERY.c.state)
        .join(OUTBOX, OUTBOX.c.message_id == DELIVERY.c.message_id)
        .where(of_theirs, DELIVERY.c.state.in_((*_ARRIVED, *_CAME_TO_NOTHING)), DELIVERY.c.detail.not_in((IN_DOUBT, ANSWERED)))
        .order_by(DELIVERY.c.number.desc())
        .limit(1)
    )
    return connection.execute(asked).scalar() in _ARRIVED
