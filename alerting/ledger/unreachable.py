"""An officer cannot be reached about an alert by any channel: whoever the policy asks next is told now, before the clock runs out.

That they cannot be reached is an alert of its own (`alerting.ledger.undelivered`), whatever they were told as. The next person is
told only of the officer who is asked to answer, the clocks of the other roles run on; and once for each officer while an alarm lasts,
for a ladder goes round for ever: with every provider away it would spin. Given to the sender by the service.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from alerting.ledger import undelivered
from alerting.ledger.alerts import load, of_incident
from alerting.ledger.outbox import Message
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.lifecycle.alarming import Moment
from alerting.lifecycle.asking import next_to_answer
from alerting.lifecycle.door import settled
from alerting.lifecycle.running_out import escalated


def next_person(terms: Terms) -> Callable[[Writing, Message, str], None]:
    """What the sender calls, in its own transaction."""

    def tell(writing: Writing, message: Message, why: str) -> None:
        undelivered.lost(writing, message, terms)
        if message.officer_id is None:
            return
        record = load(writing.connection, message.alert_id)
        if record is None or record.handling.closed:
            return
        asked = record.handling.asked_to_answer
        if asked is None or asked.officer_id is None or asked.officer_id != message.officer_id:
            return
        if _was_passed_over(writing.connection, message, record.handling.alarmed_at or record.alert.raised_at):
            return
        writing.audit("delivery.unreachable", {"alert": message.alert_id, "officer": asked.officer_id, "because": why})
        surroundings = Surroundings(writing.connection, terms.policies)
        surroundings.put_all(of_incident(writing.connection, record.alert.incident_id))
        around = surroundings.around(record.alert, record.finding)
        moment = Moment(record.alert, record.handling, writing.now, around)
        step = next_to_answer(moment, "escalated", avoid=(asked.officer_id,))
        step = settled(moment, step._replace(entries=(escalated("people.escalated", step.handling.asked_to_answer),)))
        write(writing, [Taken(record, step, around, record.risk_level, living=record.living)], terms)

    return tell


def _was_passed_over(connection: Connection, message: Message, since_at: datetime) -> bool:
    """Whether another message to that officer about it had already come to nothing since the alarm began."""
    asked = (
        select(OUTBOX.c.message_id)
        .join(DELIVERY, DELIVERY.c.message_id == OUTBOX.c.message_id)
        .where(
            OUTBOX.c.alert_id == message.alert_id,
            OUTBOX.c.officer_id == message.officer_id,
            OUTBOX.c.occasion != message.occasion,
            OUTBOX.c.made_at >= since_at,
            DELIVERY.c.state.in_(("gave_up", "failed")),
        )
    )
    return connection.execute(asked.limit(1)).first() is not None
