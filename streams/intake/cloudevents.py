"""CloudEvents 1.0 to our envelope: structured, batched, and binary over HTTP. Pure; called by the HTTP intake.

An attribute of a CloudEvent cannot be an object, so what its core lacks stands in extensions (console.md 1.3): `identifiers`
(space-separated `TYPE:VALUE`, split at the first colon, percent-encoded), `recordedat`, `publishedat`, `area` and
`messagestatus`. The same event gives the same envelope in every form, to the byte. Attributes that are nobody's are kept,
as the envelope keeps its own. Not the judge of an event: the codec is, on the envelope made here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import msgspec

from schemas.json_text import once
from schemas.refusal import FieldError, Refused

Envelope = dict[str, object]

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
HEADER_PREFIX = "ce-"

SPEC_VERSION = "1.0"
REQUIRED = ("id", "source", "type", "specversion")
NAMES = {  # attribute: name in our envelope, in the order in which it stands there
    "id": "id",
    "source": "source",
    "type": "type",
    "time": "occurred_at",
    "recordedat": "recorded_at",
    "publishedat": "published_at",
    "area": "area",
    "messagestatus": "message_status",
}
OF_THE_FORM = frozenset({"specversion", "datacontenttype", "dataschema", "data", "data_base64", "identifiers"})
"""Attributes about the message, and those that are read on their own."""
OURS = frozenset({"occurred_at", "recorded_at", "published_at", "received_at", "message_status", "person"})
"""Names of our envelope that no attribute may take."""
JSON_TYPE = re.compile(r"[a-z]+/([a-z0-9.-]+\+)?json(\s*;.*)?", re.IGNORECASE | re.ASCII)
HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether the headers make the request a CloudEvent in binary form."""
    return any(name.lower() == f"{HEADER_PREFIX}specversion" for name in headers)


def structured(raw: bytes) -> Envelope:
    """The envelope of one CloudEvent in JSON, or `Refused`."""
    return _envelope(_parsed(raw))


def batch(raw: bytes) -> Iterator[Envelope | Refused]:
    """The envelope, or the refusal, of each event of a batch, in order. `Refused` is raised when it is no batch."""
    events = _parsed(raw)
    if not isinstance(events, list):
        raise _malformed("", "not a list", "a JSON array of CloudEvents")
    return (_each(event) for event in events)


def binary(headers: Mapping[str, str], body: bytes) -> Envelope:
    """The envelope of a CloudEvent whose attributes are `ce-` headers and whose body is the data, or `Refused`."""
    event: dict[str, object] = {}
    for name, value in headers.items():
        if name.lower().startswith(HEADER_PREFIX):
            event[name.lower().removeprefix(HEADER_PREFIX)] = _decoded(value, f"/{name.lower()}")
        elif name.lower() == "content-type":
            event["datacontenttype"] = value
    if "data" in event or "data_base64" in event:
        raise _malformed("/ce-data", "data in a header", "the data as the body")
    return _envelope(event | {"data": _parsed(body)})


def _each(event: object) -> Envelope | Refused:
    try:
        return _envelope(event)
    except Refused as refused:
        return refused


def _envelope(event: object) -> Envelope:
    if not isinstance(event, dict):
        raise _malformed("", "not an object", "a CloudEvent as a JSON object")
    event = {name: value for name, value in event.items() if value is not None}  # null is absent, says the format
    errors = [FieldError(f"/{name}", "missing", f"a CloudEvent has {', '.join(REQUIRED)}") for name in REQUIRED if name not in event]
    if "time" not in event:
        errors.append(FieldError("/time", "missing", "the instant of the event: our occurred_at"))
    if event.get("specversion", SPEC_VERSION) != SPEC_VERSION:
        errors.append(FieldError("/specversion", "not known here", SPEC_VERSION))
    for name, value in event.items():
        if name in OURS:
            errors.append(FieldError(f"/{name}", "no name of a CloudEvents attribute", "the names of the contract, as time and recordedat"))
        elif isinstance(value, dict | list) and name != "data":
            errors.append(FieldError(f"/{name}", "an attribute cannot be an object", "text; people go into identifiers"))
    if errors:
        raise Refused("invalid", tuple(errors))
    made: Envelope = {ours: event[theirs] for theirs, ours in NAMES.items() if theirs in event}
    if "identifiers" in event:
        made["person"] = {"identifiers": _identifiers(event["identifiers"])}
    made["data"] = _data(event)
    return made | {name: value for name, value in event.items() if name not in OF_THE_FORM and name not in NAMES}


def _data(event: Mapping[str, object]) -> object:
    content_type = event.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and JSON_TYPE.fullmatch(content_type.strip())):
        raise Refused("invalid", (FieldError("/datacontenttype", "not JSON", "application/json"),))
    if "data_base64" not in event:
        return event.get("data", {})
    encoded = event["data_base64"]
    if "data" in event or not isinstance(encoded, str):
        raise Refused("invalid", (FieldError("/data_base64", "beside data, or not text", "data or data_base64"),))
    try:
        return _parsed(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        raise Refused("invalid", (FieldError("/data_base64", "not base64", "JSON in base64"),)) from None


def _identifiers(written: object) -> list[dict[str, str]]:
    if not isinstance(written, str):
        raise Refused("invalid", (FieldError("/identifiers", "not text", "TYPE:VALUE, separated by spaces"),))
    found: list[dict[str, str]] = []
    for pair in written.split():
        type_, colon, value = pair.partition(":")
        if not (type_ and colon and value):
            raise Refused("invalid", (FieldError("/identifiers", "without a type or a value", "TYPE:VALUE, separated by spaces"),))
        found.append({"type": type_, "value": _decoded(value, "/identifiers")})
    return found


def _decoded(written: str, pointer: str) -> str:
    """Percent-decoded UTF-8. A lone per cent sign is refused: guessing at it would let two texts be one."""
    try:
        if HALF_ESCAPE.search(written):
            raise _malformed(pointer, "a per cent sign that encodes nothing", "%25 for a per cent sign")
        return unquote(written, errors="strict")
    except UnicodeDecodeError:
        raise _malformed(pointer, "not UTF-8", "percent-encoded UTF-8") from None


def _parsed(raw: bytes) -> object:
    try:
        said: object = msgspec.json.decode(raw)
        once(raw, said)
    except Refused:
        raise
    except RecursionError:
        raise _malformed("", "nested too deeply", "JSON of ordinary depth") from None
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise _malformed("", f"not JSON: {str(wrong)[:200]}", "JSON in UTF-8") from None
    return said


def _malformed(pointer: str, reason: str, expected: str) -> Refused:
    return Refused("malformed", (FieldError(pointer, reason, expected),))
