"""The form that all adapters share: what each is given, what each gives back, and how a record is turned away.

An adapter reads one outside format: `read(raw, settings)` yields plain envelopes in the form of contract.md 1, or a
`Refusal` for each record that cannot become one. It knows no clock and keeps nothing between files, so the same bytes give
the same envelopes with the same ids, and importing a file twice changes nothing. Not the list of formats, and not the
proof that an envelope is sound: both are `streams.intake.formats`. Called by every adapter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from schemas.event import Identifier
from schemas.refusal import FieldError, RefusalCode
from streams.intake.adapters.outside_time import rfc3339

Envelope = dict[str, object]
"""One envelope of contract.md 1, before the codec has seen it."""

MAX_RECORD_BYTES = 8 * 1024 * 1024
"""One record of an outside format: what one `POST /messages` may carry (console.md 1.3)."""

MAX_LINE_BYTES = 256 * 1024
"""One line of a line-by-line format: what one event may weigh (console.md 1.3)."""


class Settings(NamedTuple):
    """What the sender of a file says beside it, for formats that name no feed, person or device themselves."""

    source: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    device_id: str | None = None
    file_name: str = ""


class Refusal(NamedTuple):
    """One record that is not carried: where it stands, the code of console.md 1.2, and the fields that are wrong."""

    where: str
    code: RefusalCode
    errors: tuple[FieldError, ...]


class NotCarried(Exception):
    """The record in hand cannot become an event: the sender's field at `pointer` is wrong. Reasons quote no personal data."""

    def __init__(self, pointer: str, reason: str, expected: str, code: RefusalCode = "invalid") -> None:
        super().__init__(f"{pointer}: {reason}; expected {expected}")
        self.error = FieldError(pointer=pointer, reason=reason, expected=expected)
        self.code = code

    def at(self, where: str) -> Refusal:
        """The refusal of the record that stands there."""
        return Refusal(where, self.code, (self.error,))


class Read(Protocol):
    """The one function of every adapter."""

    def __call__(self, raw: bytes, settings: Settings, /) -> Iterator[Envelope | Refusal]: ...


def envelope(
    *,
    prefix: str,
    source: str,
    type: str,
    occurred_at: datetime,
    data: dict[str, object],
    identifiers: Iterable[Identifier] = (),
    recorded_at: datetime | None = None,
    published_at: datetime | None = None,
) -> Envelope:
    """An envelope whose id is a hash of its content: the same record gives the same id however often it is sent."""
    made: Envelope = {"source": source, "type": type, "occurred_at": rfc3339(occurred_at)}
    if recorded_at is not None:
        made["recorded_at"] = rfc3339(recorded_at)
    if published_at is not None:
        made["published_at"] = rfc3339(published_at)
    person = as_json(identifiers)
    if person:
        made["person"] = {"identifiers": person}
    made["data"] = data
    return {"id": f"{prefix}-{digest(made)}", **made}


def as_json(identifiers: Iterable[Identifier]) -> list[dict[str, str]]:
    """Identifiers as the wire has them, each once, in the order given."""
    return [{"type": one.type, "value": one.value} for one in dict.fromkeys(identifiers)]


def digest(content: object) -> str:
    """The first 24 hex digits of a hash of the content. Keys are sorted: the order in a file means nothing."""
    try:
        text = msgspec.json.encode(content, order="deterministic")
    except RecursionError:
        raise NotCarried("", "nested too deeply", "a record of ordinary depth", "malformed") from None
    return hashlib.sha256(text).hexdigest()[:24]
