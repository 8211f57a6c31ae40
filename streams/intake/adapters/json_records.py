"""Records of a JSON file, one by one, and careful hands for JSON whose shape is not ours. Called by the JSON adapters.

A file is one document, an array of documents, or JSON lines, where a bad line spoils only itself. What cannot be read gives
one refusal and never an exception: wrong encoding, a file cut off, nesting without end, a number that is none. Not a
schema: what a document means is the adapter's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from streams.intake.adapters.form import MAX_RECORD_BYTES, Envelope, NotCarried, Refusal

Record = dict[str, object]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WHOLE = "file"


def json_records(raw: bytes) -> Iterator[tuple[str, Record] | Refusal]:
    """Each record with its place in the file, in file order."""
    body = raw.removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        yield NotCarried("", "the file is empty", "a JSON document, an array of them, or one a line", "malformed").at(WHOLE)
        return
    lines = [(f"line {number}", line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    if len(lines) > 1 and any(_is_document(line) for _, line in lines):
        for where, line in lines:
            if len(line) > MAX_RECORD_BYTES:
                yield NotCarried("", f"{len(line)} bytes", f"at most {MAX_RECORD_BYTES} bytes a record", "too_large").at(where)
            else:
                yield from _records(where, line)
        return
    yield from _records(WHOLE, body)


def each_carried(raw: bytes, carry: Callable[[str, Record], Iterable[Envelope | Refusal]]) -> Iterator[Envelope | Refusal]:
    """What `carry` makes of each record and its place; the refusal of a record of which it can make nothing."""
    for found in json_records(raw):
        if isinstance(found, Refusal):
            yield found
            continue
        where, record = found
        try:
            yield from carry(where, record)
        except NotCarried as wrong:
            yield wrong.at(where)


def document(text: bytes | str) -> object:
    """The JSON value in the text, or NotCarried with the place where it breaks off."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise NotCarried("", "nested without end", "a JSON document of ordinary depth", "malformed") from None
    except (msgspec.DecodeError, UnicodeError, ValueError) as wrong:
        raise NotCarried("", f"not readable as JSON: {wrong}", "one whole JSON document in UTF-8", "malformed") from None


def text_at(of: object, *path: str) -> str | None:
    """The text at the path, trimmed; None where there is none, or nothing in it. Numbers count: feeds write ids either way."""
    found = value_at(of, *path)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return str(found)
    return found.strip() or None if isinstance(found, str) else None


def value_at(of: object, *path: str) -> object:
    """Whatever stands at the path; None where the path leads nowhere."""
    for step in path:
        if not isinstance(of, dict):
            return None
        of = of.get(step)
    return of


def rows_at(of: object, *path: str) -> list[Record]:
    """The objects in the array at the path; whatever is no object is passed over."""
    found = value_at(of, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def texts_at(of: object, *path: str) -> list[str]:
    """The texts in the array at the path."""
    found = value_at(of, *path)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _is_document(line: bytes) -> bool:
    """Whether a line is a whole document by itself. Indented lines never are: they are the inside of one."""
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(document(line), dict)
    except NotCarried:
        return False


def _records(where: str, text: bytes) -> Iterator[tuple[str, Record] | Refusal]:
    try:
        found = document(text)
    except NotCarried as wrong:
        yield wrong.at(where)
        return
    if not isinstance(found, list):
        yield _record("record 1" if where == WHOLE else where, found)
        return
    if not found:
        yield NotCarried("", "an array of nothing", "at least one record", "malformed").at(where)
    for number, one in enumerate(found, start=1):
        yield _record(f"record {number}" if where == WHOLE else f"{where}, item {number}", one)


def _record(where: str, found: object) -> tuple[str, Record] | Refusal:
    if isinstance(found, dict):
        return where, found
    return NotCarried("", f"a JSON {type(found).__name__}", "a JSON object", "malformed").at(where)
