"""What a try has come to, into the ledger: the message's end or its next try, the next channel, the next person, what is off.

Decides nothing: `alerting.delivery.plan` does. Everything of one try goes into the caller's transaction. Called by the sending
loop, and by the routes that receive what providers and devices say later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, or_, select

from alerting.delivery import addresses, plan
from alerting.delivery.addresses import Place
from alerting.delivery.message import Failed, Outcome, Retry, Sent
from alerting.ledger import outbox
from alerting.ledger.outbox import Claimed, Message, Stored
from alerting.ledger.steps import DONE
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.alerts import ALERT, HISTORY, TOLD
from alerting.ledger.upsert import upsert
from alerting.wording import MARKS
from schemas.delivery import Channel

NextPerson = Callable[[Writing, Message, str], None]
"""Tell whoever the policy asks next, now: this officer, or this webhook, cannot be reached about this alert. The text: a named reason."""


class Back(NamedTuple):
    """A try that has come back: each place and what it said. No place: the officer has no address for that channel."""

    claimed: Claimed
    said: Sequence[tuple[Place, Outcome]]

    @property
    def outcome(self) -> Outcome:
        """One place that took it is enough, and the others are not tried again; else all are, where one asks for that.

        What is tried again is a repeat where any of them may have it.
        """
        outcomes = [outcome for _, outcome in self.said]
        for kind in (Sent, Retry, Failed):
            found = next((outcome for outcome in outcomes if isinstance(outcome, kind)), None)
            if isinstance(found, Retry):
                return found._replace(unsure=any(isinstance(outcome, Retry) and outcome.unsure for outcome in outcomes))
            if found is not None:
                return found
        return Failed("turned_off" if self.claimed.message.channel == "webhook" else "no_address")


def write(writing: Writing, back: Back, next_person: NextPerson) -> None:
    """One try, whole."""
    sent, outcome = back.claimed, back.outcome
    for place, said in back.said:
        if isinstance(said, Failed) and said.off:
            addresses.turn_off(writing, place, said.reason)
    tried = plan.Tried(
        channel=sent.message.channel,
        severity=sent.message.severity,
        attempts=sent.attempts,
        order=() if isinstance(outcome, Sent) else order(writing.connection, sent.message, writing.now),
        made_at=sent.made_at,
        at=writing.now,
        repeat=sent.repeat,
    )
    match plan.after(tried, outcome):
        case plan.Done(look_at=look_at):
            ref = outcome.ref if isinstance(outcome, Sent) else None
            outbox.handed_over(writing, sent, ref, look_at)
            if isinstance(outcome, Sent) and outcome.state == "delivered":
                outbox.receipt(writing, sent.message_id, "delivered")
        case plan.Again(at=at, detail=detail):
            outbox.retry(writing, sent, at, detail, unsure=isinstance(outcome, Retry) and outcome.unsure)
        case plan.Elsewhere(channel=channel, detail=detail):
            outbox.gave_up(writing, sent, detail)
            outbox.make(writing, [_instead(sent.message, sent.message_id, channel)])
        case plan.NextPerson(detail=detail):
            outbox.gave_up(writing, sent, detail)
            next_person(writing, sent.message, detail)
        case plan.GivenUp(detail=detail):
            outbox.gave_up(writing, sent, detail)
            if sent.message.channel == "webhook" and isinstance(outcome, Retry):
                _alarm(writing, sent.message)
                next_person(writing, sent.message, detail)


def bundled(writing: Writing, sent: Claimed, carrier_id: str) -> None:
    """The number has had as many as its network takes: the newer message speaks for this one, and another channel says it as well."""
    outbox.gave_up(writing, sent, f"bundled into {carrier_id}")
    instead = plan.following("sms", order(writing.connection, sent.message, writing.now))
    if instead is not None:
        outbox.make(writing, [_instead(sent.message, sent.message_id, instead)])


def waits_in_vain(writing: Writing, message_id: str) -> None:
    """Its receiver says nothing to those before it (`alerting.delivery.in_vain`): another channel says it instead, where there is one."""
    stored = outbox.load(writing.connection, message_id)
    if stored is None:
        return
    instead = plan.following(stored.message.channel, order(writing.connection, stored.message, writing.now))
    if instead is not None and outbox.given_up_untried(writing, message_id, "host_silent"):
        outbox.make(writing, [_instead(stored.message, message_id, instead)])


def lost_again(writing: Writing, lost: Claimed, tried_at: datetime) -> None:
    """It may have arrived twice, for its senders died twice. `tried_at`: when the second one began."""
    message = lost.message
    tried = plan.Tried(
        channel=message.channel,
        severity=message.severity,
        attempts=lost.attempts,
        order=order(writing.connection, message, writing.now),
        made_at=lost.made_at,
        at=writing.now,
        repeat=True,
    )
    outbox.in_doubt(writing, lost, plan.lost_again(tried, tried_at, actual=message.text.mark == MARKS["actual"]).look_at)


def said_later(writing: Writing, message_id: str, outcome: Outcome, next_person: NextPerson) -> bool:
    """What a provider says of a message that it had taken; whether it was news. A failure goes on to the next channel, then person."""
    if isinstance(outcome, Sent) and outcome.state == "delivered":
        return outbox.receipt(writing, message_id, "delivered")
    if not isinstance(outcome, Failed):
        return False
    stored = outbox.load(writing.connection, message_id)
    if stored is None or not outbox.receipt(writing, message_id, "failed", outcome.reason):
        return False
    _go_on(writing, message_id, stored.message, outcome.reason, next_person)
    return True


def look(writing: Writing, message_id: str, stored: Stored) -> None:
    """A message that stands as handed over: the next channel too, where proof is overdue and nobody has answered."""
    if stored.in_doubt:
        _look_in_doubt(writing, message_id, stored)
        return
    handed_over_at = stored.handed_over_at or stored.made_at
    message = stored.message
    there = order(writing.connection, message, writing.now)
    instead = plan.unproven(message.channel, message.severity, handed_over_at, there, writing.now)
    if instead is not None and _unanswered(writing.connection, message.alert_id):
        outbox.make(writing, [_instead(message, message_id, instead)])
    outbox.look_again(writing, message_id, plan.look_at(message.channel, message.severity, handed_over_at, writing.now))


def _look_in_doubt(writing: Writing, message_id: str, stored: Stored) -> None:
    """It may have arrived twice: a third one is another message, made because nobody has answered, and says that it repeats.

    Of a webhook nobody answers: whatever an officer has done meanwhile, its receiver may not have heard of this.
    """
    message = stored.message
    if message.officer_id is not None and _answered_since(writing.connection, message, stored.made_at):
        outbox.answered(writing, message_id)
        return
    channel = plan.in_doubt(message.channel, order(writing.connection, message, writing.now))
    again = _instead(message, message_id, channel)
    outbox.make(writing, [again._replace(text=msgspec.structs.replace(again.text, repeat=channel == message.channel))])
    outbox.look_again(writing, message_id, None)


def _go_on(writing: Writing, message_id: str, message: Message, detail: str, next_person: NextPerson) -> None:
    there = order(writing.connection, message, writing.now)
    instead = plan.following(message.channel, there)
    if instead is not None:
        outbox.make(writing, [_instead(message, message_id, instead)])
    elif there:
        next_person(writing, message, detail)


def order(connection: Connection, message: Message, now: datetime) -> tuple[Channel, ...]:
    """The officer's channels; none for what is no officer's, and for a message that tries one channel alone (status `test`)."""
    if message.officer_id is None or message.text.mark == MARKS["test"]:
        return ()
    return addresses.order(connection, message.officer_id, message.severity, now)


def _instead(message: Message, message_id: str, channel: Channel) -> Message:
    target = message.target if channel == "webhook" else None  # of a text it is what its number is counted by
    return message._replace(channel=channel, after_id=message_id, target=target)


def _unanswered(connection: Connection, alert_id: str) -> bool:
    asked = select(ALERT.c.alert_id).where(ALERT.c.alert_id == alert_id, ~ALERT.c.acknowledged, ~ALERT.c.closed)
    return connection.execute(asked).first() is not None


def _answered_since(connection: Connection, message: Message, made_at: datetime) -> bool:
    """Whether whoever it was for has opened the alert since the message was made, or it was answered or closed since.

    Not merely whether it is answered: of one that was answered before, the message says something new. Other matters have no answer.
    """
    opened = select(TOLD.c.alert_id).where(TOLD.c.officer_id == message.officer_id, TOLD.c.opened_at > made_at)
    answered = (
        select(ALERT.c.alert_id)
        .join(HISTORY, HISTORY.c.alert_id == ALERT.c.alert_id)
        .where(ALERT.c.acknowledged | ALERT.c.closed, HISTORY.c.at > made_at, HISTORY.c.result == DONE)
        .where(or_(HISTORY.c.by_id.is_not(None), HISTORY.c.state == "closed"))
    )
    asked = (opened.where(TOLD.c.alert_id == message.alert_id), answered.where(ALERT.c.alert_id == message.alert_id))
    return any(connection.execute(one.limit(1)).first() is not None for one in asked)


def _alarm(writing: Writing, message: Message) -> None:
    """A webhook that has taken nothing for more than a day: seen in health and metrics, and in the audit chain."""
    body = {"part": "webhooks", "at": writing.now, "state": "warn", "detail": f"{message.target} has taken nothing for a day"}
    upsert(writing.connection, PULSE, [body])
    writing.audit("webhook.gave_up", {"webhook": message.target, "alert": message.alert_id})
