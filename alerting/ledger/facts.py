"""What people state here, as events of the contract from source `vigil/console`, until intake has taken them.

Written in the transaction of the command that states them; handed to intake by the service, again and again until it answers,
which changes nothing the second time: the id is the statement's own. The rules then see what people did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from alerting.ledger.store import Writing
from alerting.ledger.tables.asked import FACT
from schemas import codec
from schemas.envelope import MessageStatus, PersonIdentifier
from schemas.event import Event
from schemas.fields import instant_text

SOURCE = "vigil/console"


class Stated(NamedTuple):
    """One fact. `id`: derived from the act that states it. Without identifiers it is about no person (a rota, an absence)."""

    id: str
    type: str
    occurred_at: datetime
    data: Mapping[str, object]
    identifiers: tuple[PersonIdentifier, ...] = ()
    area: str | None = None
    message_status: MessageStatus = "actual"


class Waiting(NamedTuple):
    """A fact that intake has not taken yet: its number and its line."""

    number: int
    event: bytes


def state(writing: Writing, stated: Stated) -> Event:
    """Keep it for intake; the event it is. Raises `schemas.refusal.Refused` where it is none of the contract."""
    said: dict[str, object] = {
        "id": stated.id,
        "source": SOURCE,
        "type": stated.type,
        "occurred_at": instant_text(stated.occurred_at),
        "recorded_at": instant_text(writing.now),
        "message_status": stated.message_status,
        "data": {name: value for name, value in stated.data.items() if value is not None},
    }
    if stated.area is not None:
        said["area"] = stated.area
    if stated.identifiers:
        said["person"] = {"identifiers": [{"type": one.type, "value": one.value} for one in stated.identifiers]}
    event = codec.decode_object(said)
    known = writing.connection.execute(select(FACT.c.number).where(FACT.c.id == stated.id)).first()
    if known is None:
        writing.connection.execute(insert(FACT).values(id=stated.id, event=codec.encode(event), at=writing.now))
    return event


def waiting(connection: Connection, limit: int = 500) -> tuple[Waiting, ...]:
    """What intake has not taken yet, in the order in which it was said."""
    asked = select(FACT.c.number, FACT.c.event).where(FACT.c.taken_at.is_(None)).order_by(FACT.c.number).limit(limit)
    return tuple(Waiting(row.number, row.event) for row in connection.execute(asked))


def taken(writing: Writing, numbers: Iterable[int], refused: Mapping[int, str] | None = None) -> None:
    """Intake has answered for these. `refused`: why it set one aside, by number; it stays visible and is not sent again."""
    for number in numbers:
        why = None if refused is None else refused.get(number)
        writing.connection.execute(update(FACT).where(FACT.c.number == number).values(taken_at=writing.now, refused=why))
