"""Offers of alerts from one officer to another, as rows: made, answered, overtaken (console 1.5, `handover`).

Whether an alert may be offered or taken over is the lifecycle's; the sender owns it until then. Called by the routes of
commands and of handovers, inside their transaction, and by whatever shows an alert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from alerting.ledger.one_of import one_of
from alerting.ledger.store import Writing
from alerting.ledger.tables.alerts import HANDOVER
from alerting.lifecycle.handling import Owner

State = Literal["offered", "accepted", "refused", "overtaken"]
_ids = msgspec.json.Decoder(tuple[str, ...]).decode
_STANDING = (
    select(HANDOVER)
    .where(one_of(HANDOVER.c.from_officer_id, "officers"), HANDOVER.c.state == "offered")
    .order_by(HANDOVER.c.at, HANDOVER.c.handover_id)
)


class Offer(NamedTuple):
    """One offer, of one alert or of all that somebody has."""

    handover_id: str
    from_officer_id: str
    to_officer_id: str
    note: str
    at: datetime
    state: State
    answered_at: datetime | None
    reason: str | None
    alert_ids: tuple[str, ...]


def make(writing: Writing, handover_id: str, from_officer_id: str, to_officer_id: str, note: str, alert_ids: Collection[str]) -> Offer:
    """A new offer; in those of before, the same alerts are overtaken."""
    for before in _standing(writing.connection, (from_officer_id,)):
        rest = tuple(name for name in before.alert_ids if name not in alert_ids)
        if rest != before.alert_ids:
            change = {"alert_ids": _text(rest)} if rest else {"state": "overtaken", "answered_at": writing.now}
            writing.connection.execute(update(HANDOVER).where(HANDOVER.c.handover_id == before.handover_id).values(**change))
    made = Offer(handover_id, from_officer_id, to_officer_id, note, writing.now, "offered", None, None, tuple(alert_ids))
    writing.connection.execute(insert(HANDOVER).values({**made._asdict(), "alert_ids": _text(made.alert_ids)}))
    return made


def find(connection: Connection, handover_id: str) -> Offer | None:
    """One offer by its id."""
    row = connection.execute(select(HANDOVER).where(HANDOVER.c.handover_id == handover_id)).one_or_none()
    return None if row is None else _offer(row)


def answer(writing: Writing, handover_id: str, state: State, reason: str | None = None) -> None:
    """It was accepted, refused or overtaken."""
    said = {"state": state, "answered_at": writing.now, "reason": reason}
    writing.connection.execute(update(HANDOVER).where(HANDOVER.c.handover_id == handover_id).values(**said))


def of_owners(connection: Connection, owners: Mapping[str, Owner | None]) -> dict[str, Offer]:
    """The offer that stands for each of these alerts: of its owner, who alone may make one."""
    by = {name: owner.officer_id for name, owner in owners.items() if owner is not None}
    offers = _standing(connection, set(by.values()))
    return {name: one for one in offers for name in one.alert_ids if by.get(name) == one.from_officer_id}


def _standing(connection: Connection, from_officer_ids: Collection[str]) -> Iterator[Offer]:
    rows = connection.execute(_STANDING, {"officers": sorted(from_officer_ids)}).all() if from_officer_ids else ()
    return (_offer(row) for row in rows)


def _offer(row: Row[tuple[object, ...]]) -> Offer:
    said = row._asdict()
    return Offer(**{**said, "alert_ids": _ids(said["alert_ids"])})


def _text(names: Collection[str]) -> str:
    return msgspec.json.encode(list(names)).decode()
