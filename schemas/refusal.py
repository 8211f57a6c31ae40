"""How a wrong event is refused: a code, and for each wrong field where, what and what was expected.

The reasons are read by the people who run a feed, so they are plain and short, and never quote personal data.
Made by `schemas.codec`; intake sets the event aside with it and answers with it (console 1.2 and 1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

RefusalCode = Literal["malformed", "invalid", "unknown_type", "too_large"]
MOST_ERRORS = 20
"""More errors than this in one event help nobody."""


class FieldError(NamedTuple):
    """One wrong field. `pointer`: JSON Pointer from the envelope's root, empty for the whole."""

    pointer: str
    reason: str
    expected: str


class Refused(Exception):
    """The sender sent something that cannot be taken. The one exception that decoding raises."""

    def __init__(self, code: RefusalCode, errors: tuple[FieldError, ...]) -> None:
        """Keep what the sender is told."""
        self.code: RefusalCode = code
        self.errors = errors[:MOST_ERRORS]
        super().__init__(f"{code}: " + "; ".join(f"{e.pointer or '/'} {e.reason}, expected {e.expected}" for e in self.errors))


def pointer(path: Iterable[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def field_errors(refused: ValidationError, sent: object, prefix: tuple[str, ...] = ()) -> tuple[FieldError, ...]:
    """The errors of pydantic in our words; `sent` is what was validated and stands at `prefix` in the envelope."""
    found: dict[FieldError, None] = {}
    for error in refused.errors(include_url=False, include_input=False):
        reason, expected = words(error)
        found[FieldError(pointer((*prefix, *_real_path(error["loc"], sent))), reason, expected)] = None
    return tuple(found)


def _real_path(path: Sequence[str | int], sent: object) -> list[str | int]:
    """The path without the names of union members, which pydantic puts in and the sender never wrote."""
    real: list[str | int] = []
    for place, part in enumerate(path):
        inside = _inside(sent, part)
        if inside is not _NOWHERE:
            sent = inside
        elif not isinstance(sent, dict) or place + 1 < len(path):  # a missing field is the last part, and within an object
            continue
        real.append(part)
    return real


def _inside(sent: object, part: str | int) -> object:
    if isinstance(sent, dict):
        return sent.get(part, _NOWHERE)
    return sent[part] if isinstance(sent, list) and isinstance(part, int) and part < len(sent) else _NOWHERE


_NOWHERE = object()


_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "a value"),
    "string_type": ("not text", "text"),
    "string_too_short": ("empty", "at least {min_length} character"),
    "string_too_long": ("too long", "at most {max_length} characters"),
    "float_type": ("not a number", "a number"),
    "int_type": ("not a whole number", "a whole number"),
    "int_from_float": ("not a whole number", "a whole number"),
    "bool_type": ("not true or false", "true or false"),
    "tuple_type": ("not a list", "a list"),
    "dict_type": ("not an object", "an object"),
    "model_type": ("not an object", "an object"),
    "model_attributes_type": ("not an object", "an object"),
    "literal_error": ("not one of the known words", "{expected}"),
    "too_long": ("too many", "at most {max_length}"),
    "too_short": ("too few", "at least {min_length}"),
    "finite_number": ("not a number", "a finite number"),
    "int_parsing": ("not a whole number", "a whole number"),
    "float_parsing": ("not a number", "a number"),
    "bool_parsing": ("not true or false", "true or false"),
    "greater_than_equal": ("too small", "{ge} or more"),
    "greater_than": ("too small", "more than {gt}"),
    "less_than_equal": ("too large", "{le} or less"),
    "less_than": ("too large", "less than {lt}"),
    "extra_forbidden": ("not a name that is known here", "no such name"),
}


def words(error: ErrorDetails) -> tuple[str, str]:
    """One error of pydantic: the reason, and what was expected. Never what was sent."""
    said = error.get("ctx", {})
    if error["type"] == "refused":
        return str(said["reason"]), str(said["expected"])
    reason, expected = _WORDS.get(error["type"], ("not readable", error["msg"]))
    if error["type"] in _WORDS:
        expected = expected.format(**said)
    return reason, expected.replace("'", "")
