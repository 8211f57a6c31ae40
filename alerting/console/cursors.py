"""Where a list goes on: opaque to whoever holds it, signed, and bound to the list, its filter and the officer who asked.

A cursor of another filter or another officer is `bad_cursor`, like a forged one. The key stands in the ledger, so that a
cursor outlives a restart and holds in every process.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import SECRET
from schemas.problems import Problem

KEY = "cursor"
Part = str | int | bool | datetime | None
_MAC_BYTES = 16
_KEY_BYTES = 32
_LONGEST = 2_000


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What a cursor is good for. `asked`: every filter and the order, as they were sent."""

    officer_id: str
    route: str
    asked: Mapping[str, Sequence[str]]


def key(ledger: Ledger, now: datetime) -> bytes:
    """The key of this ledger, made when it is first needed."""
    with ledger.read() as connection:
        found = _stored(connection)
    if found is not None:
        return found
    with ledger.write(now) as writing:
        found = _stored(writing.connection) or secrets.token_bytes(_KEY_BYTES)
        if _stored(writing.connection) is None:
            writing.connection.execute(insert(SECRET).values(name=KEY, value=found, made_at=now))
    return found


def encode(key: bytes, bound: Bound, place: Sequence[Part]) -> str:
    """The cursor that goes on after `place`."""
    said = msgspec.json.encode([("at", part) if isinstance(part, datetime) else ("is", part) for part in place])
    return base64.urlsafe_b64encode(_mac(key, bound, said) + said).rstrip(b"=").decode()


def decode(key: bytes, bound: Bound, cursor: str) -> tuple[Part, ...]:
    """The place it goes on after. Raises `bad_cursor`."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True) if len(cursor) <= _LONGEST else b""
    except (binascii.Error, ValueError):
        raw = b""
    mac, said = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, bound, said)):
        raise Problem("bad_cursor", "Expected next_cursor of this list, with the same filter. Ask for the first page again.")
    parts: list[tuple[str, Part]] = msgspec.json.decode(said)
    return tuple(datetime.fromisoformat(part) if kind == "at" and isinstance(part, str) else part for kind, part in parts)


def _stored(connection: Connection) -> bytes | None:
    return connection.execute(select(SECRET.c.value).where(SECRET.c.name == KEY)).scalar()


def _mac(key: bytes, bound: Bound, said: bytes) -> bytes:
    what = msgspec.json.encode(bound, order="sorted")
    return hmac.digest(key, len(what).to_bytes(4, "big") + what + said, hashlib.sha256)[:_MAC_BYTES]
