"""Lines that `vigil replay` did not take: counted, named on standard error, and kept whole where a file is given.

Of a line that is too long for the memory only pieces are held. Not the judge of a line: the codec has refused it.
"""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from ops.web.visible import visible
from streams.embedded.playback import SetAside

MANY_SHOWN = 20
_PIECE_BYTES = 3 * 256 * 1024
"""A multiple of three, so that pieces in base64 make one text."""


class Aside:
    """What was set aside in one replay."""

    def __init__(self, path: Path | None) -> None:
        self.count = 0
        self._file = path.open("wb") if path is not None else None

    def take(self, found: list[SetAside]) -> None:
        """Take what was set aside since the last time, and empty the list."""
        for one in found:
            self.count += 1
            if self.count <= MANY_SHOWN:
                click.echo(_named(one), err=True)
            if self._file is not None:
                self._file.writelines(_kept(one))
            if one.rest is not None:
                one.rest.close()
        found.clear()

    def name_rest(self) -> None:
        """Say how many more there were than were named."""
        if self.count > MANY_SHOWN:
            click.echo(f"and {self.count - MANY_SHOWN} more lines set aside", err=True)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _named(one: SetAside) -> str:
    wrong = "; ".join(f"{error.pointer or '/'} {error.reason}, expected {error.expected}" for error in one.errors)
    return visible(f"{one.file}:{one.line} set aside, {one.code}: {wrong}")


def _kept(one: SetAside) -> Iterator[bytes]:
    """One JSON line in pieces. `raw` is for reading; of a line that is not UTF-8, `raw_base64` holds the very bytes."""
    errors = [error._asdict() for error in one.errors]
    head = {"file": one.file, "line": one.line, "code": one.code, "errors": errors}
    yield json.dumps(head, ensure_ascii=False).removesuffix("}").encode() + b', "raw": "'
    reader = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    strict = codecs.getincrementaldecoder("utf-8")()
    whole = True
    for piece in chain(_pieces(one), (b"",)):
        yield json.dumps(reader.decode(piece, final=not piece), ensure_ascii=False)[1:-1].encode()
        try:
            strict.decode(piece, final=not piece)
        except UnicodeDecodeError:
            whole = False
    yield b'"'
    if not whole:
        yield b', "raw_base64": "'
        for piece in _pieces(one):
            yield base64.b64encode(piece)
        yield b'"'
    yield b"}\n"


def _pieces(one: SetAside) -> Iterator[bytes]:
    left = one.raw
    if one.rest is not None:
        one.rest.seek(0)
    while left:
        piece, left = left[:_PIECE_BYTES], left[_PIECE_BYTES:]
        while one.rest is not None and len(piece) < _PIECE_BYTES and (more := one.rest.read(_PIECE_BYTES - len(piece))):
            piece += more
        yield piece
        if not left and one.rest is not None:
            left = one.rest.read(_PIECE_BYTES)
