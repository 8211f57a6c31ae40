"""The next person is told when an officer cannot be reached: at once, and once for each officer while an alarm lasts.

Once, because a ladder goes round for ever: with every provider away it would spin. After that the answer clocks go on as always.
What telling the next person means is the lifecycle's (`alerting.unreached`); this finds the alert and writes the step down.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from alerting.delivery.results import NextPerson
from alerting.ledger.alerts import load, of_incident
from alerting.ledger.outbox import Message
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.messages import DELIVERY, OUTBOX
from alerting.unreached import unreached


def next_person(terms: Terms) -> NextPerson:
    """For the sending loop and for receipts. `terms`: as for every step."""

    def tell(writing: Writing, message: Message, detail: str) -> None:
        record = load(writing.connection, message.alert_id)
        if record is None or message.officer_id is None:
            return
        writing.audit("delivery.unreached", {"alert": message.alert_id, "officer": message.officer_id, "because": detail})
        if _known(writing.connection, message, record.handling.alarmed_at or record.alert.raised_at):
            return
        surroundings = Surroundings(writing.connection, terms.policies)
        surroundings.put_all(of_incident(writing.connection, record.alert.incident_id))
        around = surroundings.around(record.alert, record.finding)
        step = unreached(record.alert, record.handling, message.officer_id, message.role, writing.now, around)
        if step is not None:
            write(writing, [Taken(record, step, around, record.risk_level, living=record.living)], terms)

    return tell


def _known(connection: Connection, message: Message, since_at: datetime) -> bool:
    """Whether another message to that officer about it had already come to nothing, since the alarm began."""
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
