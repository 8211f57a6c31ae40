"""JSON text and adapters' objects to plain values that are safe to judge, or `Refused` as `malformed`.

Safe: an object at the top, at most 64 deep, no name twice in one object, texts without NUL or half characters, numbers that every
system can hold. Called by `schemas.codec`, by intake for CloudEvents, and by the console for what is sent with a command.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import msgspec

from schemas.refusal import FieldError, RefusalCode, Refused, pointer

if TYPE_CHECKING:
    from collections.abc import Mapping

DEEPEST = 64
_LARGEST_WHOLE = 2**63 - 1
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_read = msgspec.json.Decoder().decode
_ESCAPE = re.compile(rb"\\.")
_QUOTE, _BACKSLASH = ord('"'), ord("\\")


def parse(raw: bytes) -> dict[str, object]:
    """The object that a UTF-8 JSON text holds; a byte order mark before it is let through."""
    try:
        value = _read(raw.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:
        raise _refused("nested too deeply", f"at most {DEEPEST} levels") from None
    except UnicodeDecodeError:
        raise _refused("not UTF-8", "JSON in UTF-8") from None
    except msgspec.ValidationError:  # the only one that untyped decoding has
        raise _refused("a number out of range", "numbers that fit 64 bits") from None
    except (msgspec.DecodeError, ValueError) as wrong:
        raise _refused(f"not JSON: {_cause(wrong)}", "one JSON object in UTF-8") from None
    safe = _safe(value)
    once(raw, safe)
    return safe


def once(raw: bytes, value: object) -> None:
    """Raise `Refused` where a name stands twice in one object of the text: readers differ on which of the two counts.

    What was read has lost the first of them, so it has fewer texts than the text has pairs of quotes; only then is it read again.
    """
    written = raw if _BACKSLASH not in raw else _ESCAPE.sub(b"", raw)
    if written.count(_QUOTE) != 2 * _texts(value):
        path = _path_to_twice(json.loads(raw.removeprefix(_BYTE_ORDER_MARK), object_pairs_hook=_marked, parse_int=str, parse_float=str))
        raise Refused("malformed", (FieldError(pointer(path), "said twice", "each name once in an object"),))


def _texts(value: object) -> int:
    """How many texts it holds, names included."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict):
        return len(value) + sum(map(_texts, value.values()))
    return sum(map(_texts, value)) if isinstance(value, list) else 0


class _Twice(str):
    """In place of an object: the name that stands in it twice."""

    __slots__ = ()


def _marked(pairs: list[tuple[str, object]]) -> dict[str, object] | _Twice:
    known: dict[str, object] = {}
    for name, value in pairs:
        if name in known:
            return _Twice(name)
        known[name] = value
    return known


def _path_to_twice(value: object) -> tuple[str | int, ...]:
    """Where the first name stands that is said twice; empty where none is."""
    if isinstance(value, _Twice):
        return (str(value),)
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        path = _path_to_twice(part)
        if path:
            return (key, *path)
    return ()


def plain(obj: Mapping[str, object]) -> dict[str, object]:
    """The same from Python values: instants and dates become their texts, tuples lists."""
    try:
        value = msgspec.to_builtins(dict(obj), str_keys=True)
    except RecursionError:
        raise _refused("nested too deeply", f"at most {DEEPEST} levels") from None
    except (TypeError, ValueError, OverflowError) as wrong:
        raise _refused(f"not JSON: {_cause(wrong)}", "JSON values") from None
    return _safe(value)


def _cause(wrong: Exception) -> str:
    return str(wrong).removeprefix("JSON is malformed: ")[:200]


def _refused(reason: str, expected: str) -> Refused:
    return Refused("malformed", (FieldError("", reason, expected),))


def _safe(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _refused("not an object", "one JSON object")
    fault = _fault(value, 1)
    if fault is not None:
        code, path, reason, expected = fault
        raise Refused(code, (FieldError(pointer(reversed(path)), reason, expected),))
    return value


_Fault = tuple[RefusalCode, list[str | int], str, str]


def _fault(value: object, depth: int) -> _Fault | None:
    """The first unsafe value and, innermost first, the path to it. The path is built on the way out: mostly there is none."""
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, float):
        return None if math.isfinite(value) else ("invalid", [], "not a number", "a finite number")
    if isinstance(value, int):
        return None if -_LARGEST_WHOLE <= value <= _LARGEST_WHOLE else ("invalid", [], "out of range", "a number of 64 bits")
    if isinstance(value, dict | list):
        if depth > DEEPEST:
            return "malformed", [], "nested too deeply", f"at most {DEEPEST} levels"
        return _fault_within(value, depth)
    return None


def _fault_within(value: dict[str, object] | list[object], depth: int) -> _Fault | None:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        fault = _fault(part, depth + 1)
        if fault is None and isinstance(key, str):
            fault = _text_fault(key)
        if fault is not None:
            fault[1].append(key if isinstance(key, int) else key.encode("utf-8", "replace").decode())
            return fault
    return None


def _text_fault(text: str) -> _Fault | None:
    if "\0" in text:
        return "invalid", [], "holds a NUL character", "text"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "invalid", [], "holds half a character", "text in UTF-8"
    return None
