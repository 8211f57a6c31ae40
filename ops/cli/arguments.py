"""Arguments that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import click
from pydantic_core import PydanticCustomError

from schemas.fields import to_instant

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)

config_option = click.option("--config", type=EXISTING, help="Configuration (TOML); else VIGIL_CONFIG, else the defaults.")
data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("vigil-data"), show_default=True, help="The data folder."
)


def instant(_context: click.Context, _parameter: click.Parameter, said: str | None) -> datetime | None:
    """An instant with its offset, read as those of events are."""
    try:
        return None if said is None else to_instant(said)
    except PydanticCustomError as refused:
        why = refused.context or {}
        raise click.BadParameter(f"{said!r}: {why.get('reason')}; expected {why.get('expected')}") from None


@contextmanager
def writing(out: Path | None) -> Iterator[IO[bytes]]:
    """The file, or standard output where none is named. Opened before the work: a refusal after a night of it helps nobody."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with out.open("wb") as opened:
        yield opened


def apart(read: Iterable[Path], *written: Path | None) -> None:
    """Refuse to write over what is read, or two things into one file: the evidence would be gone."""
    taken = {path.resolve() for path in read}
    for path in written:
        if path is None or (path.exists() and not path.is_file()):
            continue  # what is no file, as /dev/null, holds nothing that could be lost
        if path.resolve() in taken:
            raise click.ClickException(f"{path} is read or written already: name another file")
        taken.add(path.resolve())
