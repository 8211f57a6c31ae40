"""What can still be read of a line that was refused: its source, its id, its instant and its type, each as far as it is legible.

For counting and for naming what was set aside, never for judging: the codec has refused the line. Pure. Called by whoever
sets lines aside.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from schemas.codec import MAX_EVENT_BYTES


class Legible(NamedTuple):
    """None where it could not be read."""

    source: str | None = None
    id: str | None = None
    occurred_at: datetime | None = None
    type: str | None = None


NOTHING = Legible()


class _Said(msgspec.Struct):
    source: object = None
    id: object = None
    occurred_at: object = None
    type: object = None


_read = msgspec.json.Decoder(_Said).decode


def legible(raw: bytes) -> Legible:
    """All of it, whatever else is wrong."""
    if len(raw) > MAX_EVENT_BYTES:
        return NOTHING
    try:
        said = _read(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return NOTHING
    return Legible(_text(said.source), _text(said.id), _instant(said.occurred_at), _text(said.type))


def _text(said: object) -> str | None:
    return said if isinstance(said, str) and 1 <= len(said) <= 200 else None  # noqa: PLR2004  as in the contract's envelope


def _instant(said: object) -> datetime | None:
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
