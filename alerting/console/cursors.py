"""Where a list goes on: sealed against whoever holds it, and bound to the list, its filter and the officer who asked.

A place names what it stands after, also a report of which its reader may know no more than that it exists: nobody reads one.
A cursor of another filter or another officer is `bad_cursor`, like a forged one. The key stands in the ledger, so that a
cursor outlives a restart and holds in every process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import Connection, insert, select

from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import SECRET
from schemas.problems import Problem

KEY = "cursor"
Part = str | int | bool | datetime | None
_KEY_BYTES = 32
_LONGEST = 2_000
_STEP_BYTES = 64
"""Places are filled up to whole steps: their length would say how long a hidden name is."""


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
    said = said.ljust(-(-len(said) // _STEP_BYTES) * _STEP_BYTES)  # blanks, which JSON passes over
    return base64.urlsafe_b64encode(_seal(key).encrypt(said, _bindings(bound))).rstrip(b"=").decode()


def decode(key: bytes, bound: Bound, cursor: str) -> tuple[Part, ...]:
    """The place it goes on after. Raises `bad_cursor`."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True) if len(cursor) <= _LONGEST else b""
        said = _seal(key).decrypt(raw, _bindings(bound))
    except (ValueError, InvalidTag):
        raise Problem("bad_cursor", "Expected next_cursor of this list, with the same filter. Ask for the first page again.") from None
    parts: list[tuple[str, Part]] = msgspec.json.decode(said)
    return tuple(datetime.fromisoformat(part) if kind == "at" and isinstance(part, str) else part for kind, part in parts)


def _stored(connection: Connection) -> bytes | None:
    return connection.execute(select(SECRET.c.value).where(SECRET.c.name == KEY)).scalar()


def _seal(key: bytes) -> AESSIV:
    """RFC 5297: one place has one cursor, and none needs a number that must never come twice."""
    return AESSIV(hmac.digest(key, b"cursor", hashlib.sha512))


def _bindings(bound: Bound) -> list[bytes]:
    return [msgspec.json.encode(bound, order="sorted")]
