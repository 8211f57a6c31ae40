"""`vigil keys add NAME --source GLOB...`, `list`, `revoke`: the keys of feed clients, valid at once beside a running `vigil run`.

In a data folder, or with `--database` in a database that the intakes of a cluster share.
"""

from __future__ import annotations

import fnmatch
import json
import math
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ops.cli.arguments import config_option, data_option, instant
from ops.cli.databases import address
from schemas.types import TYPES
from streams.embedded.acceptance import CONSOLE, EVERY_TYPE
from streams.embedded.keys import Key, KeyStore, Store, UnknownKey
from streams.embedded.keys_in_database import DatabaseKeys
from streams.intake.lookalikes import looks_like

_database_option = click.option("--database", metavar="URL", help="The database that the keys are kept in, in place of a data folder.")


@click.group()
def command() -> None:
    """Make, list and revoke the keys that feed clients send with."""


@command.command()
@click.argument("name")
@click.option(
    "--source", "sources", multiple=True, required=True, metavar="GLOB", help="A source that it may send, as em/*; may be repeated."
)
@click.option(
    "--type", "types", multiple=True, metavar="GLOB", help="A type that it may send, as tagging.*; may be repeated. Else every type."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="At most so many events a second; else as many as come on the loopback address, and 2,000 on any other.",
)
@click.option("--expires", callback=instant, help="It is of no use from this instant on, as 2027-01-01T00:00:00Z.")
@data_option
@_database_option
@config_option
def add(
    name: str,
    sources: tuple[str, ...],
    types: tuple[str, ...],
    rate: float | None,
    expires: datetime | None,
    data: Path,
    database: str | None,
    config: Path | None,  # noqa: ARG001  every command takes --config
) -> None:
    """Make a key for the client NAME and print it: once, alone on standard output."""
    sources, types = tuple(map(str.strip, sources)), tuple(map(str.strip, types)) or EVERY_TYPE
    if not name.strip() or not all(sources):
        raise click.UsageError("a key needs a name, and sources that are not empty")
    if any(looks_like(source, CONSOLE) for source in sources):
        raise click.UsageError(f"{CONSOLE} is what officers state in the console; no key may send as it")
    if unknown := [glob for glob in types if not fnmatch.filter(TYPES, glob)]:
        raise click.UsageError(f"no event type is {', '.join(map(repr, unknown))}; expected one of the contract or a glob, as tagging.*")
    if rate is not None and not math.isfinite(rate):
        raise click.UsageError(f"--rate {rate} is no number of events a second; leave it out for no limit")
    store = _store(data, database)
    try:
        text = store.add(name.strip(), sources, datetime.now(UTC), types=types, rate_events_s=rate, expires_at=expires)
    finally:
        store.close()
    click.echo(text)
    what = "" if types == EVERY_TYPE else f"{', '.join(types)} of "
    click.echo(f"{name.strip()} may send {what}{', '.join(sources)}. The key is shown this once; only its hash is kept.", err=True)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_option
@_database_option
@config_option
def list_(data: Path, database: str | None, config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Show every key there ever was, without its secret."""
    store = _store(_there(data, database), database)
    try:
        keys = store.every()
    finally:
        store.close()
    now = datetime.now(UTC)
    for key in keys:
        if as_json:
            click.echo(json.dumps(_said(key, now)))
        else:
            click.echo(_line(key, now))
    if not keys and not as_json:
        click.echo("No key yet; `vigil keys add NAME --source GLOB` makes one.", err=True)


@command.command()
@click.argument("key")
@data_option
@_database_option
@config_option
def revoke(key: str, data: Path, database: str | None, config: Path | None) -> None:  # noqa: ARG001  every command takes --config
    """End KEY, by its id or by its name, at once and for good."""
    store = _store(_there(data, database), database)
    try:
        ended = store.revoke(key, datetime.now(UTC))
    except UnknownKey as wrong:
        raise click.ClickException(str(wrong)) from wrong
    finally:
        store.close()
    click.echo(f"{ended.id} ({ended.name}) is revoked.", err=True)


def _there(data: Path, database: str | None) -> Path:
    """A folder to read: looking makes none."""
    if database is None and not data.is_dir():
        raise click.ClickException(f"data folder {data}: there is none")
    return data


def _store(data: Path, database: str | None) -> Store:
    if database is not None:
        try:
            return DatabaseKeys(address(database, "--database"))
        except SQLAlchemyError as wrong:
            raise click.ClickException(f"--database: {str(wrong).splitlines()[0]}") from wrong
    try:
        return KeyStore(data)
    except (OSError, sqlite3.Error) as wrong:
        raise click.ClickException(f"data folder {data}: {wrong}") from wrong


def _state(key: Key, now: datetime) -> str:
    return "revoked" if key.revoked_at is not None else "living" if key.lives(now) else "expired"


def _line(key: Key, now: datetime) -> str:
    types = "every type" if key.types == EVERY_TYPE else ", ".join(key.types)
    rate = "no limit" if key.rate_events_s is None else f"{key.rate_events_s:g} events/s"
    ends = "" if key.expires_at is None else f", expires {key.expires_at:%d %b %Y %H:%M} UTC"
    made = f"made {key.made_at:%d %b %Y}{ends}"
    return f"{key.id}  {_state(key, now):8} {key.name:24} {', '.join(key.sources)}  {types}  {rate}  {made}"


def _said(key: Key, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "state": _state(key, now),
        "sources": key.sources,
        "types": key.types,
        "rate_events_s": key.rate_events_s,
        "made_at": key.made_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }
