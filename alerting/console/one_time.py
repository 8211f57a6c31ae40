"""Texts that are good once and for a while: links to sign in with, and the states of sign-ins under way. Only hashes are kept.

To look at one spends nothing, so a mail scanner or a browser that fetches ahead does no harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from alerting.console.sessions import hashed
from alerting.ledger.store import Writing
from alerting.ledger.tables.access import SIGN_IN

LASTS = timedelta(minutes=10)
Body = TypeVar("Body", bound=msgspec.Struct)


def make(writing: Writing, token: str, body: msgspec.Struct, now: datetime, lasts: timedelta = LASTS) -> None:
    """Good from now on, by the machine's own clock (`Desk.real`); those that are over are forgotten."""
    writing.connection.execute(delete(SIGN_IN).where(SIGN_IN.c.until_at <= now))
    row = {"token_hash": hashed(token), "until_at": now + lasts, "body": msgspec.json.encode(body).decode()}
    writing.connection.execute(insert(SIGN_IN).values(row))


def look(connection: Connection, token: str, now: datetime, kind: type[Body]) -> Body | None:
    """What stands with it, while it is good."""
    row = connection.execute(
        select(SIGN_IN.c.body).where(SIGN_IN.c.token_hash == hashed(token), SIGN_IN.c.until_at > now, SIGN_IN.c.spent_at.is_(None))
    ).scalar()
    try:
        return None if row is None else msgspec.json.decode(row, type=kind)
    except msgspec.ValidationError:
        return None  # a token of another kind


def spend(writing: Writing, token: str, now: datetime, kind: type[Body]) -> Body | None:
    """The same, and it is good no more. Of two who spend it together one gets None."""
    body = look(writing.connection, token, now, kind)
    if body is not None:
        writing.connection.execute(update(SIGN_IN).where(SIGN_IN.c.token_hash == hashed(token)).values(spent_at=now))
    return body


def heard_before(writing: Writing, name: str, now: datetime, keeps: timedelta) -> bool:
    """Whether somebody else's one-time name was heard already; it is remembered from now on."""
    there = select(SIGN_IN.c.token_hash).where(SIGN_IN.c.token_hash == hashed(name), SIGN_IN.c.until_at > now)
    if writing.connection.execute(there).first() is not None:
        return True
    make(writing, name, _Heard(), now, keeps)
    spend(writing, name, now, _Heard)  # what is unspent ends earlier after a clock that went back; this must not be forgotten earlier
    return False


class _Heard(msgspec.Struct, frozen=True, tag="heard"):
    """Nothing but that it was heard."""
