"""Arguments that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)

config_option = click.option("--config", type=EXISTING, help="Configuration (TOML); else VIGIL_CONFIG, else the defaults.")
data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("vigil-data"), show_default=True, help="The data folder."
)


def instant(_context: click.Context, _parameter: click.Parameter, said: str | None) -> datetime | None:
    """An instant with its offset, as RFC 3339 has it."""
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise click.BadParameter(f"{said!r} is no instant with an offset, as 2026-11-22T20:14:00Z")
    return at.astimezone(UTC)
