"""Whatever bytes arrive, decoding gives an event or one refusal, and what it gives can be written and read again."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas import publish
from schemas.codec import decode, decode_object, digest, encode
from schemas.refusal import MOST_ERRORS, Refused
from schemas.types import TYPES

EXAMPLES = {name: json.loads((publish.HERE / "examples" / f"{name}.json").read_text(encoding="utf-8")) for name in TYPES}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None), max_size=12),
    st.sampled_from(["2026-11-22T20:13:17Z", "19:00", "2026-11-22", "gps", "+447700900123", 10**40, "1e5", "\ud800", "\0"]),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8
)


def judged(raw: bytes) -> None:
    """It decodes and comes back the same, or is refused with a short list of reasons in plain text."""
    try:
        event = decode(raw)
    except Refused as refused:
        errors = refused.errors
    else:
        again = decode(encode(event))
        assert event == again
        assert digest(event) == digest(again)
        return
    assert 1 <= len(errors) <= MOST_ERRORS
    for error in errors:
        assert error.reason
        assert error.expected
        assert (error.reason + error.expected).isprintable()
        json.dumps(error).encode()  # half characters never get into an answer


@given(st.binary(max_size=400))
def test_any_bytes(raw: bytes) -> None:
    judged(raw)


@given(ANYTHING)
def test_any_json(value: object) -> None:
    judged(json.dumps(value).encode())


@given(st.sampled_from(sorted(TYPES)), st.data())
def test_an_example_with_anything_put_anywhere(name: str, data: st.DataObject) -> None:
    judged(json.dumps(spoilt(EXAMPLES[name], data)).encode())


def spoilt(value: object, data: st.DataObject) -> object:
    """The same value with one part of it, at any depth, replaced by anything."""
    if not isinstance(value, dict | list) or not value or not data.draw(st.integers(0, 4)):
        return data.draw(ANYTHING)
    if isinstance(value, dict):
        name = data.draw(st.sampled_from(sorted(value)))
        return value | {name: spoilt(value[name], data)}
    place = data.draw(st.integers(0, len(value) - 1))
    return [*value[:place], spoilt(value[place], data), *value[place + 1 :]]


@given(
    st.dictionaries(st.text(max_size=6), ANYTHING | st.datetimes() | st.binary(max_size=4) | st.sets(st.integers(), max_size=2), max_size=4)
)
def test_any_object_of_an_adapter(sent: dict[str, object]) -> None:
    try:
        decode_object(sent)
    except Refused:
        return
    raise AssertionError("nothing without type and data is an event")


@given(st.integers(1, 5_000), st.sampled_from([b"[", b'{"a":', b'"', b"\\u0000", b"1", b"-", b"\xf0\x9f"]))
def test_long_runs_of_one_thing(count: int, piece: bytes) -> None:
    judged(b'{"type":"tagging.position","data":' + piece * count)
    judged(msgspec.json.encode(EXAMPLES["tagging.strap"]).replace(b'"tampered"', piece * count))
