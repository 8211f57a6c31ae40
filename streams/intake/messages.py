"""What a feed posted in its own format: through its adapter into lines of ours (console.md 1.3, `POST /messages`). Keeps nothing.

Records that an adapter refuses leave the whole body `Unread`, each with its reason, so that all of it can be read again after
a mend: the ids of its other events are the same then. Formats that do not say whose they are cannot be posted: no
identifier stands in a URL, where every proxy writes it down. Pure; called by the HTTP intake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.problems import Problem
from schemas.refusal import FieldError
from streams.intake import media
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.formats import FORMATS, GZIP, import_file
from streams.intake.media import MAX_BODY_BYTES, MAX_LINES, Posted, Unread

POSTED = tuple(name for name, adapter in FORMATS.items() if set(adapter.needs) <= {"source"})
"""The formats that can be posted."""
_MOST_LETTERS = 200


class Wanted(NamedTuple):
    """Which feed, in which format."""

    source: str
    format: str


def wanted(query: Iterable[tuple[str, str]], formats: Mapping[str, str]) -> Wanted:
    """What the query of a request says; `formats`: by source, where it says none. `Problem` where that is not enough."""
    said: dict[str, str] = {}
    for word, value in query:
        if word not in {"source", "format"} or word in said:
            raise Problem("malformed", f"The query has {word[:40]!r}; expected source and format, each once, and nothing about a person.")
        said[word] = value
    source = said.get("source", "")
    if not 1 <= len(source) <= _MOST_LETTERS:
        raise Problem("malformed", "The query names no source; expected the feed, as source=custody/hmpps.")
    name: str | None = said.get("format") or formats.get(source)
    if name is None:
        raise Problem("malformed", f"The query names no format, and none is configured for {source}; expected one of {', '.join(POSTED)}.")
    if name not in FORMATS:
        raise Problem("malformed", f"There is no format {name[:40]!r}; expected one of {', '.join(POSTED)}.")
    if name not in POSTED:
        detail = f"{name} does not say whose it is, and that may not stand in a URL: turn it into events with vigil import, and post those."
        raise Problem("malformed", detail)
    return Wanted(source, name)


def read(headers: Mapping[str, str], body: bytes, what: Wanted) -> Posted:
    """The lines of a body, one a record, in its order. `headers`: names in lower case."""
    plain = media.unpacked(body, media.encoding_of(headers))
    if isinstance(plain, bytes) and plain.startswith(GZIP):
        plain = media.unpacked(plain, "gzip")  # a packed file, sent as it lies there
    if isinstance(plain, Unread):
        return Posted((plain._replace(source=what.source, format=what.format),), alone=True)
    lines: list[bytes | Unread] = []
    for found in import_file(plain, what.format, Settings(source=what.source), max_bytes=MAX_BODY_BYTES):
        if len(lines) == MAX_LINES:
            detail = f"The body has more than {MAX_LINES} records; send smaller ones."
            raise Problem("too_large", detail, more={"max_bytes": MAX_BODY_BYTES, "max_lines": MAX_LINES})
        lines.append(_refused(body, found, what) if isinstance(found, Refusal) else found.line)
    if not lines:
        nothing = FieldError("", "nothing in it is a record", f"at least one record of {what.format}")
        lines.append(Unread(body, "malformed", (nothing,), what.source, what.format))
    return Posted(tuple(lines), alone=len(lines) == 1)


def _refused(body: bytes, one: Refusal, what: Wanted) -> Unread:
    errors = tuple(FieldError(error.pointer, f"{one.where}: {error.reason}", error.expected) for error in one.errors)
    return Unread(body, one.code, errors, what.source, what.format)
