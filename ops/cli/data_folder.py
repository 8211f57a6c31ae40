"""A data folder opened for reading, beside the `vigil run` that owns it. Every look at a file is one snapshot of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import click

from streams.embedded import keeper, received

T = TypeVar("T")


@contextmanager
def kept(data: Path) -> Iterator[tuple[sqlite3.Connection, keeper.Kept]]:
    """What was judged, as of the last save: the file and its facts."""
    with closing(_opened(data, keeper.FILE, keeper.open_kept)) as file:
        file.execute("BEGIN")
        try:
            facts = keeper.kept_facts(file)
        except keeper.OtherForm as wrong:
            raise click.ClickException(str(wrong)) from wrong
        if facts is None:
            raise click.ClickException(f"nothing has been judged yet in {data}")
        yield file, facts


@contextmanager
def taken(data: Path) -> Iterator[received.ReceivedReader]:
    """What was received."""
    with closing(_opened(data, received.FILE, received.ReceivedReader)) as reader:
        yield reader


def _opened(data: Path, name: str, opens: Callable[[Path], T]) -> T:
    if not (data / name).is_file():
        raise click.ClickException(f"{data} is no data folder of a vigil run: it has no {name}; name the folder with --data")
    try:
        return opens(data)
    except sqlite3.Error as wrong:
        raise click.ClickException(f"{data / name}: {wrong}") from wrong
