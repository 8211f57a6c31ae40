"""Lines of a text file and the numbers in them. Called by the adapters of text formats.

Lines are cut at LF, trimmed of CR, and read as UTF-8; a line that is none, or too long, spoils only itself. A file in
UTF-16, as spreadsheets like to write it, is refused once. Numbers are plain decimals: Python alone would take `1_0` and `nan`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from streams.intake.adapters.form import MAX_LINE_BYTES, NotCarried, Refusal

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DECIMAL = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)


class Line(NamedTuple):
    """One line, and where it stands."""

    where: str
    text: str


def text_lines(raw: bytes) -> Iterator[Line | Refusal]:
    """The lines of the file that hold anything."""
    if raw.startswith(UTF_16):
        yield NotCarried("", "the file is in UTF-16", "text in UTF-8", "malformed").at("file")
        return
    if not raw.strip():
        yield NotCarried("", "the file is empty", "at least one record", "malformed").at("file")
        return
    start, number = len(BYTE_ORDER_MARK) if raw.startswith(BYTE_ORDER_MARK) else 0, 0
    while start < len(raw):
        number += 1
        end = raw.find(b"\n", start)
        end = len(raw) if end < 0 else end
        if end - start > MAX_LINE_BYTES:
            yield NotCarried("", f"{end - start} bytes", f"at most {MAX_LINE_BYTES} bytes a line", "too_large").at(f"line {number}")
        else:
            try:
                text = raw[start:end].decode().rstrip("\r")
            except UnicodeDecodeError:
                yield NotCarried("", "not UTF-8", "text in UTF-8", "malformed").at(f"line {number}")
            else:
                if text.strip():
                    yield Line(f"line {number}", text)
        start = end + 1


def decimal(text: str, pointer: str, expected: str) -> float:
    """The number that the text is."""
    if DECIMAL.fullmatch(text.strip()) is None:
        raise NotCarried(pointer, "not a number" if text.strip() else "missing", expected)
    return float(text)
