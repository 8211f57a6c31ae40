"""Bytes to `Event` and back: the one place where an event of ours is read and written.

`decode` takes any bytes and either gives an `Event` or raises `Refused`, never anything else. A position fix goes through
msgspec straight away (a tagging feed is nearly nothing else); whatever that path does not take, it leaves to the pydantic
models, which give the precise error. A name that stands twice in one object is refused, on both paths.
CloudEvents and other systems' formats are turned into our envelope by intake, which calls `decode_object`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from pydantic import ValidationError

from schemas.envelope import EARLIEST_EVENT, Envelope, MessageStatus
from schemas.event import Data, Event, Identifier
from schemas.feed import FeedHeartbeat
from schemas.fields import EARLIEST_YEAR, LATEST_YEAR, AwareInstant, Value, instant_text
from schemas.fix import Fix
from schemas.identifiers import CHECKED, FORCE_LOCAL, IdentifierType
from schemas.json_text import parse, plain
from schemas.refusal import FieldError, Refused, field_errors
from schemas.tagging import TaggingPosition
from schemas.types import NEEDS_PERSON, TYPES, EventType

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EVENT_BYTES = 256 * 1024
MAX_OWN_BYTES = 8 * MAX_EVENT_BYTES
"""For reading back what `encode` wrote: `1e15` came as 4 bytes and stands as 18."""
_POSITION = "tagging.position"
_POSITION_RANK = TYPES[_POSITION].rank
_BACKSLASH, _QUOTE = ord("\\"), ord('"')
_QUOTES_AT_LEAST = 30
"""Of a position: the names and texts that each has."""
_NEEDS_CARE = CHECKED | FORCE_LOCAL
_EARLIEST_INSTANT = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)
_LATEST_INSTANT = datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC)
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _LineIdentifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    type: IdentifierType
    value: _Id


class _LinePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifiers: Annotated[tuple[_LineIdentifier, ...], msgspec.Meta(min_length=1, max_length=50)]


class _FixLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A position on the wire, in one gulp. Its fields and limits are those of `Envelope`; a test holds them together."""

    id: _Id
    source: _Id
    type: Literal["tagging.position"]
    occurred_at: AwareInstant
    recorded_at: AwareInstant | None = None
    published_at: AwareInstant | None = None
    received_at: AwareInstant | None = None
    person: _LinePerson | None = None
    area: _Id | None = None
    message_status: MessageStatus | msgspec.UnsetType = msgspec.UNSET
    data: Fix


_read_fix_line = msgspec.json.Decoder(_FixLine).decode


def decode(raw: bytes, *, max_bytes: int = MAX_EVENT_BYTES) -> Event:
    """One event from its JSON text, or `Refused` with what was wrong, where, and what was expected."""
    if len(raw) > max_bytes:
        raise Refused("too_large", (FieldError("", "too large", f"at most {max_bytes} bytes"),))
    # `find` and a number, for `bytes in bytes` costs three times as much. An escape may hide a NUL, which the slow path looks for.
    if raw.find(b'"tagging.position"') >= 0 and _BACKSLASH not in raw:
        try:
            line = _read_fix_line(raw)
            if raw.count(_QUOTE) == _quotes(line):  # more: a name stands twice, or one without a value, and the slow path says which
                return _fix_event(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError, RecursionError, _NotPlain):
            pass
    return _judge(parse(raw))


def decode_object(obj: Mapping[str, object]) -> Event:
    """One event from an envelope that an adapter built: JSON values, and aware datetimes or dates for their texts."""
    return _judge(plain(obj))


def encode(event: Event) -> bytes:
    """The canonical line of an event, without a newline: names sorted, defaults left out. It decodes to the equal event.

    It may be longer than the line that came, so read it back with `max_bytes=MAX_OWN_BYTES`.
    """
    return msgspec.json.encode(_envelope(event), order="deterministic")


def digest(event: Event) -> bytes:
    """8 bytes that tell a repeated event from another one under the same (`source`, `id`): type, instant, person, data."""
    said = (event.type, event.occurred_at, sorted(event.identifiers), _said(event.data))
    return hashlib.blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=8).digest()


class _NotPlain(Exception):
    """The fast path does not answer for this line."""


def _fix_event(line: _FixLine) -> Event:
    occurred_at = _utc(line.occurred_at)
    if occurred_at < EARLIEST_EVENT:
        raise _NotPlain
    identifiers: tuple[Identifier, ...] = ()
    if line.person is not None:
        identifiers = tuple([Identifier(said.type, said.value) for said in line.person.identifiers])
        for identifier in identifiers:
            if identifier.type in _NEEDS_CARE:
                raise _NotPlain
    return Event(
        id=line.id,
        source=line.source,
        type=_POSITION,
        rank=_POSITION_RANK,
        occurred_at=occurred_at,
        data=line.data,
        identifiers=identifiers,
        recorded_at=None if line.recorded_at is None else _utc(line.recorded_at),
        published_at=None if line.published_at is None else _utc(line.published_at),
        received_at=None if line.received_at is None else _utc(line.received_at),
        area=line.area,
        message_status="actual" if line.message_status is msgspec.UNSET else line.message_status,
    )


def _quotes(line: _FixLine) -> int:
    """The quotes in the shortest text of it: two for each name and each text. Written out, for every fix passes here."""
    fix = line.data
    count = _QUOTES_AT_LEAST
    if line.person is not None:
        count += 4 + 8 * len(line.person.identifiers)
    if line.recorded_at is not None:
        count += 4
    if line.published_at is not None:
        count += 4
    if line.received_at is not None:
        count += 4
    if line.area is not None:
        count += 4
    if line.message_status is not msgspec.UNSET:
        count += 4
    if fix.activation_id is not None:
        count += 4
    if fix.accuracy_m is not None:
        count += 2
    if fix.speed_kmh is not None:
        count += 2
    if fix.direction_deg is not None:
        count += 2
    if fix.battery_percent is not None:
        count += 2
    return count


def _utc(at: datetime) -> datetime:
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    if not _EARLIEST_INSTANT <= at < _LATEST_INSTANT:
        raise _NotPlain
    return at


def _judge(sent: dict[str, object]) -> Event:
    """The slow path: everything wrong with an envelope and its data, said at once."""
    name = sent.get("type")
    known = TYPES.get(name) if isinstance(name, str) else None
    if known is None and isinstance(name, str) and name:
        raise Refused("unknown_type", (FieldError("/type", "unknown type", "a type of the contract, as tagging.position"),))
    errors: tuple[FieldError, ...] = ()
    envelope: Envelope | None = None
    data: Value | None = None
    try:
        envelope = Envelope.model_validate(sent)
    except ValidationError as refused:
        errors += field_errors(refused, sent)
    if known is not None and isinstance(sent.get("data"), dict):
        try:
            data = known.model.model_validate(sent["data"])
        except ValidationError as refused:
            errors += field_errors(refused, sent["data"], ("data",))
    if envelope is not None and known is not None:
        errors += _between_fields(envelope, known, data)
    if errors or envelope is None or known is None or data is None:
        raise Refused("invalid", errors)
    return _event(envelope, known, data)


def _between_fields(envelope: Envelope, known: EventType, data: Value | None) -> tuple[FieldError, ...]:
    """What no single field shows."""
    if envelope.person is None and known.name in NEEDS_PERSON:
        return (FieldError("/person", "missing", "identifiers of the person"),)
    if isinstance(data, FeedHeartbeat) and data.complete_to > envelope.occurred_at:
        return (FieldError("/data/complete_to", "after occurred_at", f"at most {instant_text(envelope.occurred_at)}"),)
    return ()


def _event(envelope: Envelope, known: EventType, data: Value) -> Event:
    return Event(
        id=envelope.id,
        source=envelope.source,
        type=known.name,
        rank=known.rank,
        occurred_at=envelope.occurred_at,
        data=_fix(data) if isinstance(data, TaggingPosition) else data,
        identifiers=() if envelope.person is None else envelope.person.identifiers,
        recorded_at=envelope.recorded_at,
        published_at=envelope.published_at,
        received_at=envelope.received_at,
        area=envelope.area,
        message_status=envelope.message_status,
    )


def _fix(position: TaggingPosition) -> Fix:
    return Fix(**{name: getattr(position, name) for name in Fix.__struct_fields__})


def _said(data: Data) -> object:
    return data if isinstance(data, Fix) else data.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _envelope(event: Event) -> dict[str, object]:
    said: dict[str, object] = {"id": event.id, "source": event.source, "type": event.type, "occurred_at": event.occurred_at}
    for name in ("recorded_at", "published_at", "received_at", "area"):
        if (value := getattr(event, name)) is not None:
            said[name] = value
    if event.identifiers:
        said["person"] = {"identifiers": [identifier._asdict() for identifier in event.identifiers]}
    if event.message_status != "actual":
        said["message_status"] = event.message_status
    said["data"] = _said(event.data)
    return said
