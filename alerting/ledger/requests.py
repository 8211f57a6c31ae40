"""What people ask of streams, until it is carried out: written by the command that asks, taken by the service.

Not facts (`alerting.ledger.facts`). Asked again it is carried out again, which changes nothing (`schemas.requests`).
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select, update

from alerting.ledger.store import Writing
from alerting.ledger.tables.asked import REQUEST
from schemas.requests import READ, Request


class Waiting(NamedTuple):
    """A request that was not carried out yet."""

    number: int
    request: Request


def ask(writing: Writing, request: Request, by_id: str) -> None:
    """Keep it, for streams."""
    row = {"kind": request.kind, "body": request.model_dump_json(exclude={"kind"}), "by_id": by_id, "at": writing.now}
    writing.connection.execute(insert(REQUEST), [row])
    writing.audit(f"asked.{request.kind}", {"by": by_id})


def waiting(connection: Connection, limit: int = 100) -> tuple[Waiting, ...]:
    """What waits, in the order of asking."""
    asked = select(REQUEST.c.number, REQUEST.c.kind, REQUEST.c.body).where(REQUEST.c.taken_at.is_(None)).order_by(REQUEST.c.number)
    return tuple(
        Waiting(row.number, READ.validate_python({"kind": row.kind, **msgspec.json.decode(row.body)}))
        for row in connection.execute(asked.limit(limit))
    )


def taken(writing: Writing, number: int, refused: str | None = None) -> None:
    """It was carried out, or refused for a reason that stays to be seen."""
    writing.connection.execute(update(REQUEST).where(REQUEST.c.number == number).values(taken_at=writing.now, refused=refused))
