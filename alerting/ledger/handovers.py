"""Offers of alerts from one officer to another: the rows. What an offer and its answer do to an alert is `alerting.lifecycle.handing_on`.

An alert stays with whoever owns it until the offer is accepted. Called by the console, beside `commanding.say`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, insert, select, update

from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import HANDOVER

State = Literal["offered", "accepted", "refused", "overtaken"]
"""`overtaken`: the sender no longer had any of them when it was answered."""
_names = msgspec.json.Decoder(tuple[str, ...]).decode


class Handover(NamedTuple):
    """One offer of one or more alerts."""

    handover_id: str
    from_officer_id: str
    to_officer_id: str
    note: str
    at: datetime
    state: State
    alert_ids: tuple[str, ...]
    answered_at: datetime | None = None
    reason: str | None = None


def offer(writing: Writing, handover_id: str, from_officer_id: str, to_officer_id: str, note: str, alert_ids: Iterable[str]) -> Handover:
    """A new offer. `handover_id` is given by the shell."""
    made = Handover(handover_id, from_officer_id, to_officer_id, note, writing.now, "offered", tuple(dict.fromkeys(alert_ids)))
    row = {**made._asdict(), "alert_ids": msgspec.json.encode(made.alert_ids).decode()}
    writing.connection.execute(insert(HANDOVER).values(row))
    return made


def answer(writing: Writing, handover_id: str, state: State, reason: str | None = None) -> None:
    """What the receiver said to it, or that it was overtaken."""
    said = {"state": state, "reason": reason, "answered_at": writing.now}
    writing.connection.execute(update(HANDOVER).where(HANDOVER.c.handover_id == handover_id, HANDOVER.c.state == "offered").values(said))


def load(connection: Connection, handover_id: str) -> Handover | None:
    """One offer."""
    return next(iter(_offers(connection, HANDOVER.c.handover_id == handover_id)), None)


def waiting_for(connection: Connection, officer_id: str) -> tuple[Handover, ...]:
    """What an officer is offered and has not answered, the oldest first."""
    return _offers(connection, (HANDOVER.c.to_officer_id == officer_id) & (HANDOVER.c.state == "offered"))


def offered_by(connection: Connection, officer_id: str) -> tuple[Handover, ...]:
    """What an officer has offered and nobody has answered, the oldest first."""
    return _offers(connection, (HANDOVER.c.from_officer_id == officer_id) & (HANDOVER.c.state == "offered"))


def _offers(connection: Connection, which: ColumnElement[bool]) -> tuple[Handover, ...]:
    columns = [HANDOVER.c[name] for name in Handover._fields]
    rows = connection.execute(select(*columns).where(which).order_by(HANDOVER.c.at, HANDOVER.c.handover_id))
    return tuple(Handover(**{**row._asdict(), "alert_ids": _names(row.alert_ids)}) for row in rows)
