"""The same command sent twice is done once: its answer is kept for 24 h with its key, and given again.

The answer is written in the transaction of its effect, so there is no instant at which one stands without the other, and of
two twins that arrive together the second finds what the first has written. Refused tries that were carried as far as the
alert count as done: they stand in its history once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from sqlalchemy import delete, insert, select

from alerting.ledger.store import Writing
from alerting.ledger.tables.access import IDEMPOTENCY
from schemas.problems import Problem

KEPT = timedelta(hours=24)
HEADER = "idempotency-key"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it left. `subject_ids`, `fields`, `purpose`: what of people it showed; the same again is a reading again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    media_type: str
    subject_ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    purpose: str = ""
    reason: str | None = None
    role: str | None = None
    report: tuple[str, str] | None = None


def key_of(headers: Mapping[str, str]) -> str:
    """The command's key. Raises `idempotency_key_needed`."""
    said = headers.get(HEADER, "")
    if not _UUID.fullmatch(said):
        raise Problem("idempotency_key_needed", "Expected the header Idempotency-Key with a new UUID, the same one at each try.")
    return said.replace("-", "").lower()


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What is asked, whoever asks it with whichever version."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()


def kept(writing: Writing, officer_id: str, key: str, of: bytes) -> Kept | None:
    """The answer given before; None for a key that is new. Raises `idempotency_key_reused` where it was another command's."""
    row = writing.connection.execute(
        select(IDEMPOTENCY.c.fingerprint, IDEMPOTENCY.c.answer).where(
            IDEMPOTENCY.c.officer_id == officer_id, IDEMPOTENCY.c.key == key, IDEMPOTENCY.c.at > writing.now - KEPT
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != of:
        raise Problem("idempotency_key_reused", "This Idempotency-Key was used for another command. Expected a new UUID for a new one.")
    return msgspec.msgpack.decode(row.answer, type=Kept)


def keep(writing: Writing, officer_id: str, key: str, of: bytes, answer: Kept) -> None:
    """Keep an answer with its effect, and forget those that are over."""
    writing.connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at <= writing.now - KEPT))
    row = {"officer_id": officer_id, "key": key, "fingerprint": of, "at": writing.now, "answer": msgspec.msgpack.encode(answer)}
    writing.connection.execute(insert(IDEMPOTENCY).values(row))
