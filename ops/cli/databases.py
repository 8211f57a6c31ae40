"""The address of a database, as a command is told it: of a kind that we have code for, or one clear line. It asks no database.

What was sent is never said back but for its kind: the rest may hold a password.
"""

from __future__ import annotations

import click
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

EXPECTED = "postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE"
_KINDS = frozenset({"postgresql", "postgres", "sqlite"})


def address(said: str, where: str) -> URL:
    """The address. `where`: the option or variable that said it."""
    try:
        url = make_url(said)
    except (ArgumentError, ValueError):
        url = None
    if url is None or "@" in (url.host or ""):
        raise click.ClickException(f"{where}: no address of a database, expected {EXPECTED} (with @ and / in a password as %40 and %2F)")
    if url.get_backend_name() not in _KINDS:
        raise click.ClickException(f"{where}: a database of the kind {url.get_backend_name()}, expected {EXPECTED}")
    return url
