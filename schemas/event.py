"""One event as everything of ours sees it after decoding: the envelope, flat, with typed data.

Not the wire form (that is `schemas.envelope`), and not a judgement. Made by `schemas.codec` alone; read by
intake, identity, the engine and the rules. Instants are aware UTC. Frozen: an event never changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
from pydantic import BaseModel

from schemas.fix import Fix

Data = BaseModel | Fix
"""What an event says: the pydantic model of its type, or a `Fix` for `tagging.position` (speed; see ops/decisions)."""


class Identifier(NamedTuple):
    """One identifier of a person, e.g. `("NOMS", "A1234AA")`. Types: contract.md 1."""

    type: str
    value: str


class EvidenceRef(NamedTuple):
    """The (source, id) pair by which an event is quoted as evidence."""

    source: str
    id: str


Order = tuple[datetime, int, str, str]
"""The order of judgement: `occurred_at`, type rank, source, id (design 4.1)."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One decoded event. `rank` is the place of its type in contract.md 2, the tie-break of judgement."""

    id: str
    source: str
    type: str
    rank: int
    occurred_at: datetime
    data: Data
    identifiers: tuple[Identifier, ...] = ()
    recorded_at: datetime | None = None
    published_at: datetime | None = None
    received_at: datetime | None = None
    area: str | None = None
    message_status: str = "actual"

    @property
    def order(self) -> Order:
        """The place of the event among a person's events."""
        return (self.occurred_at, self.rank, self.source, self.id)

    @property
    def ref(self) -> EvidenceRef:
        """How the event is quoted as evidence."""
        return EvidenceRef(self.source, self.id)
