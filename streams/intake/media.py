"""What a feed client posted, as lines: five content types, packed or not (console.md 1.3). Decodes no event; the codec does.

Each form gives the same event to the byte: CloudEvents become lines of our envelope here. What cannot even become a line is
`Unread`, kept whole with its reason. Over the limits nothing is taken at all: a `Problem`. Pure; called by the HTTP intake.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from schemas.codec import MAX_EVENT_BYTES
from schemas.problems import Problem
from schemas.refusal import FieldError, Refused
from streams.intake import cloudevents
from streams.intake.cloudevents import Envelope

MAX_BODY_BYTES = 8 * 1024 * 1024
"""After unpacking, and of course before."""
MAX_LINES = 10_000
JSON = "application/json"
LINES = "application/x-ndjson"
ACCEPT_POST = f"{JSON}, {LINES}, {cloudevents.STRUCTURED}, {cloudevents.BATCH}"
_PIECE_BYTES = 4096
"""What follows a member is copied with each: in pieces, thousands of empty members cost no more than one."""


class Unread(NamedTuple):
    """What could not be turned into a line. `source` and `format`: of a message in a feed's own format, as its sender said."""

    raw: bytes
    code: str
    errors: tuple[FieldError, ...]
    source: str | None = None
    format: str | None = None


class Posted(NamedTuple):
    """Lines in order. `alone`: one event by itself, which is answered by its own status."""

    lines: tuple[bytes | Unread, ...]
    alone: bool


def form_of(headers: Mapping[str, str]) -> str:
    """The content type, bare and taken; `Problem` 415 for any other. `headers`: names in lower case."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding_of(headers)
    taken = {JSON, LINES, cloudevents.STRUCTURED, cloudevents.BATCH}
    if kind in taken or (cloudevents.is_binary(headers) and cloudevents.JSON_TYPE.fullmatch(kind)):
        return kind
    raise Problem(
        "unsupported_media_type",
        f"Content-Type {kind[:80]!r} is not taken; expected one of {ACCEPT_POST}, or a JSON type with ce- headers.",
        headers={"Accept-Post": ACCEPT_POST},
    )


def encoding_of(headers: Mapping[str, str]) -> str:
    """How the body is packed; `Problem` 415 where it is packed in a way that is not taken."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise Problem(
            "unsupported_media_type",
            f"Content-Encoding {encoding[:40]!r} is not taken; expected gzip, or none.",
            headers={"Accept-Encoding": "gzip"},
        )
    return encoding


def too_large() -> Problem:
    """A body over the limit: none of it was kept."""
    detail = f"The body is over {MAX_BODY_BYTES} bytes when unpacked; send smaller batches."
    return Problem("too_large", detail, more={"max_bytes": MAX_BODY_BYTES, "max_lines": MAX_LINES})


def unpacked(body: bytes, encoding: str) -> bytes | Unread:
    """The body as it was before it was packed; gzip members one after another are one. A bomb is stopped on its way."""
    if encoding.strip().lower() != "gzip":
        return body
    parts: list[bytes] = []
    left, at = MAX_BODY_BYTES, 0
    while at < len(body):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not member.eof:
            piece = body[at : at + _PIECE_BYTES]
            try:
                parts.append(member.decompress(piece, left + 1))
            except zlib.error:
                return _unread(body, "not gzip, or damaged", "a whole gzip body")
            left -= len(parts[-1])
            if left < 0:
                raise too_large()
            if not piece:
                return _unread(body, "gzip cut off", "a whole gzip body")
            at += len(piece) - len(member.unused_data)
    return b"".join(parts)


def read(headers: Mapping[str, str], body: bytes) -> Posted:
    """The lines of a body. `headers` (names in lower case) have passed `form_of`."""
    form = form_of(headers)
    plain = unpacked(body, headers.get("content-encoding", ""))
    if isinstance(plain, Unread):
        return Posted((plain,), alone=True)
    if cloudevents.is_binary(headers) and form not in {cloudevents.STRUCTURED, cloudevents.BATCH}:
        return _alone(plain, lambda raw: cloudevents.binary(headers, raw))
    if form == cloudevents.STRUCTURED:
        return _alone(plain, cloudevents.structured)
    if form == cloudevents.BATCH:
        return _batch(plain)
    if form == JSON:
        _refuse_if_over(plain)
        return Posted((plain.strip(),), alone=True)
    lines = [line for line in map(bytes.strip, plain.split(b"\n")) if line]
    return Posted(_few_enough(lines), alone=False)


def _alone(raw: bytes, envelope: Callable[[bytes], Envelope]) -> Posted:
    _refuse_if_over(raw)
    return Posted((_line(raw, envelope),), alone=True)


def _batch(raw: bytes) -> Posted:
    try:
        events = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Posted((_unread(raw, "not a list of JSON values", "a JSON array of CloudEvents"),), alone=True)
    return Posted(tuple(_line(bytes(event), cloudevents.structured) for event in _few_enough(events)), alone=False)


def _line(raw: bytes, envelope: Callable[[bytes], Envelope]) -> bytes | Unread:
    if len(raw) > MAX_EVENT_BYTES:
        return raw  # the codec says so, as of any other line
    try:
        return msgspec.json.encode(envelope(raw))
    except Refused as refused:
        return Unread(raw, refused.code, refused.errors)
    except (UnicodeEncodeError, RecursionError):
        return _unread(raw, "not text that can be written again", "JSON in UTF-8")


def _few_enough(found: list[bytes] | list[msgspec.Raw]) -> tuple[bytes, ...]:
    if len(found) > MAX_LINES:
        detail = f"The batch has {len(found)} events; at most {MAX_LINES} are taken at once."
        raise Problem("too_large", detail, more={"max_bytes": MAX_BODY_BYTES, "max_lines": MAX_LINES})
    return tuple(bytes(one) for one in found)


def _refuse_if_over(raw: bytes) -> None:
    """One event alone that is too large is not kept: 413, as a body is."""
    if len(raw) > MAX_EVENT_BYTES:
        raise Problem("too_large", f"One event is at most {MAX_EVENT_BYTES} bytes.", more={"max_bytes": MAX_EVENT_BYTES, "max_lines": 1})


def _unread(raw: bytes, reason: str, expected: str) -> Unread:
    return Unread(raw, "malformed", (FieldError("", reason, expected),))
