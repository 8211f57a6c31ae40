"""The ledger that a command reads: that of a data folder, beside the `vigil run` that owns it, or a database by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from alerting.ledger.store import FILE, Ledger
from alerting.ledger.tables.alerts import ALERT
from ops.cli.databases import address

database_option = click.option("--database", metavar="URL", help="The ledger's database, in place of a data folder.")


@contextmanager
def opened(data: Path, database: str | None) -> Iterator[Ledger]:
    """It, as it stands; nothing is made or changed by looking."""
    if database is None and not (data / FILE).is_file():
        raise click.ClickException(f"{data} is no data folder of a vigil run: it has no {FILE}; name the folder with --data")
    try:
        ledger = Ledger.in_folder(data) if database is None else Ledger(address(database, "--database"))
        if not inspect(ledger.engine).has_table(ALERT.name):
            raise click.ClickException(f"there is no ledger in {data / FILE if database is None else 'this database'} yet")
    except SQLAlchemyError as wrong:
        where = data / FILE if database is None else "--database"
        raise click.ClickException(f"{where}: {str(wrong).splitlines()[0]}") from wrong
    try:
        yield ledger
    finally:
        ledger.close()
