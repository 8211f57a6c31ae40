"""The audit chain: each entry's hash covers the one before, and the hourly root over all of them is signed.

RFC 8785 for the one text of an entry, SHA-256, the Merkle tree of RFC 6962 for roots and proofs, Ed25519 for signatures.
A chain alone shows no truncation; the last signed root does. Personal data never enters. Called by the store (append), the
service (seal), `vigil verify` and the auditor (check), the console (proof).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

import msgspec
import rfc8785
from sqlalchemy import Connection, Executable, insert, select

from alerting.ledger.tables.books import AUDIT

JSON = str | int | float | bool | None | Sequence["JSON"] | Mapping[str, "JSON"]
NOTHING = b"\0" * 32
"""What the first entry stands after."""
_END = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
_MORE = insert(AUDIT)
_place = msgspec.json.Encoder(order="sorted").encode
"""RFC 8785 to the byte, for text and whole numbers under names in ASCII, and ten times as fast."""


class _Row(NamedTuple):
    number: int
    at: datetime
    kind: str
    entry: str
    hash: bytes


def link(previous: bytes, number: int, at: datetime, kind: str, entry: str) -> bytes:
    """The hash of an entry: of the one before, of where and when it stands, and of its text."""
    place = _place({"number": number, "at": at.astimezone(UTC).isoformat(), "kind": kind})
    return hashlib.sha256(previous + place + entry.encode()).digest()


class Links:
    """The end of the chain inside one transaction."""

    def __init__(self, number: int, last: bytes) -> None:
        self._number, self._last = number, last
        self._rows: list[_Row] = []

    @classmethod
    def of(cls, connection: Connection) -> Links:
        """The chain as it stands; the caller holds the line of writers."""
        row = connection.execute(_END).first()
        return cls(0, NOTHING) if row is None else cls(row.number, row.hash)

    def append(self, at: datetime, kind: str, entry: Mapping[str, JSON]) -> None:
        """One entry more."""
        text = rfc8785.dumps(cast("dict[str, object]", _plain(entry))).decode()  # type: ignore[arg-type]
        self._number += 1
        self._last = link(self._last, self._number, at, kind, text)
        self._rows.append(_Row(self._number, at, kind, text, self._last))

    def rows(self) -> tuple[Executable, list[dict[str, object]]]:
        """What is to be written of it."""
        return _MORE, [row._asdict() for row in self._rows]


def _plain(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value
