"""Criticals that wait for a place at a receiver that says nothing: the next channel says them, and not after everybody before them.

Without it forty of them at a push service that hangs are tried eight at a time, each to the end of its time, before anybody is texted.
Those that are being tried go on, so that it is seen when the receiver answers again. Called by `alerting.delivery.sending`, which then
has `alerting.delivery.results` end them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, bindparam, select, tuple_

from alerting.delivery import plan, results
from alerting.delivery.addresses import places
from alerting.delivery.message import OUR_FAULT, Retry
from alerting.delivery.under_way import UnderWay
from alerting.ledger import outbox
from alerting.ledger.outbox import Message
from alerting.ledger.tables.messages import OUTBOX
from alerting.risk_order import SEVERITIES
from schemas.delivery import Channel

SILENT_AFTER = timedelta(seconds=10)
"""A receiver of which nothing was heard for so long, while it was being tried, is waited for by no critical that has waited as long."""
AT_ONCE = 50
"""So many go another way after one look, and so many are read at once to find them."""
_LOOKS_EVERY_S = 1.0
_PLACE = (OUTBOX.c.next_at, OUTBOX.c.message_id)
_WAITING = (
    select(OUTBOX)
    .where(OUTBOX.c.place_severity == SEVERITIES["critical"], OUTBOX.c.next_at <= bindparam("since"))
    .where(OUTBOX.c.channel.in_(bindparam("channels", expanding=True)), OUTBOX.c.state == "queued")
    .order_by(*_PLACE)
    .limit(AT_ONCE)
)
_BEHIND = _WAITING.where(
    OUTBOX.c.next_at >= bindparam("at", type_=OUTBOX.c.next_at.type),  # where the index begins
    tuple_(*_PLACE) > tuple_(bindparam("at", type_=OUTBOX.c.next_at.type), bindparam("name")),
)


class Silence:
    """What one lane has heard of its receivers, and when it last looked who waits for one that says nothing. Kept in memory."""

    def __init__(self, after: timedelta) -> None:
        self._after_s = after.total_seconds()
        self._heard_s: dict[str, float] = {}
        self._looked_s = -math.inf

    def hear(self, back: Iterable[UnderWay], now_s: float) -> None:
        """These have come back. One that timed out, or broke down, has said nothing; nor has one that we never asked."""
        for place, said in (one for message in back for one in message.back().said):
            if not (isinstance(said, Retry) and (said.unsure or said.reason.startswith(OUR_FAULT))):
                self._heard_s[place.receiver] = now_s

    def receivers(self, under_way: Iterable[UnderWay], now_s: float) -> set[str]:
        """Those that have been tried for so long, and of which nothing was heard meanwhile; once in a while."""
        since_s = now_s - self._after_s
        tried = {receiver for one in under_way if one.since_s <= since_s for receiver in one.receivers}
        silent = {receiver for receiver in tried if self._heard_s.get(receiver, -math.inf) <= since_s}
        if not silent or now_s < self._looked_s + _LOOKS_EVERY_S:
            return set()
        self._looked_s = now_s
        return silent


def waiting(connection: Connection, now: datetime, channels: Collection[Channel], silent: Collection[str], within: timedelta) -> list[str]:
    """Criticals that have been due for so long, wait for none but receivers that are `silent`, and have another channel.

    Those that have none stay where they are, and are looked past: however many they are, they hold back nobody behind them.
    """
    known: dict[tuple[str | None, ...], bool] = {}  # one officer has many messages, and is asked about once

    def in_vain(message: Message) -> bool:
        about = (message.channel, message.officer_id, message.target, message.text.mark)
        if about not in known:
            known[about] = _in_vain(connection, message, now, silent)
        return known[about]

    due = _due(connection, now - within, channels)
    return list(islice((name for name, message in due if in_vain(message)), AT_ONCE))


def _due(connection: Connection, since: datetime, channels: Collection[Channel]) -> Iterator[tuple[str, Message]]:
    """In their order, read as far as somebody asks."""
    asked: dict[str, object] = {"since": since, "channels": list(channels)}
    rows = connection.execute(_WAITING, asked).all()
    while rows:
        yield from ((row.message_id, outbox.message_of(row)) for row in rows)
        rows = connection.execute(_BEHIND, {**asked, "at": rows[-1].next_at, "name": rows[-1].message_id}).all()


def _in_vain(connection: Connection, message: Message, now: datetime, silent: Collection[str]) -> bool:
    if plan.following(message.channel, results.order(connection, message, now)) is None:
        return False
    receivers = {place.receiver for place in places(connection, message, now)}
    return bool(receivers) and receivers <= set(silent)
