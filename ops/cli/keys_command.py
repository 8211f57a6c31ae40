"""`vigil keys add NAME --source GLOB...`, `list`, `revoke`: the keys of feed clients, valid at once beside a running `vigil run`."""

from __future__ import annotations

import json
import math
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import click

from ops.cli.arguments import config_option, data_option, instant
from streams.embedded.keys import Key, KeyStore, UnknownKey


@click.group()
def command() -> None:
    """Make, list and revoke the keys that feed clients send with."""


@command.command()
@click.argument("name")
@click.option(
    "--source", "sources", multiple=True, required=True, metavar="GLOB", help="A source that it may send, as em/*; may be repeated."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="At most so many events a second; else as many as come.")
@click.option("--expires", callback=instant, help="It is of no use from this instant on, as 2027-01-01T00:00:00Z.")
@data_option
@config_option
def add(name: str, sources: tuple[str, ...], rate: float | None, expires: datetime | None, data: Path, config: Path | None) -> None:  # noqa: ARG001  every command takes --config
    """Make a key for the client NAME and print it: once, alone on standard output."""
    if not name.strip() or any(not source.strip() for source in sources):
        raise click.UsageError("a key needs a name, and sources that are not empty")
    if rate is not None and not math.isfinite(rate):
        raise click.UsageError(f"--rate {rate} is no number of events a second; leave it out for no limit")
    store = _store(data)
    try:
        text = store.add(
            name.strip(), tuple(source.strip() for source in sources), datetime.now(UTC), rate_events_s=rate, expires_at=expires
        )
    finally:
        store.close()
    click.echo(text)
    click.echo(f"{name.strip()} may send {', '.join(sources)}. The key is shown this once; only its hash is kept.", err=True)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_option
@config_option
def list_(data: Path, config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Show every key there ever was, without its secret."""
    store = _store(_there(data))
    try:
        keys = store.every()
    finally:
        store.close()
    now = datetime.now(UTC)
    for key in keys:
        if as_json:
            click.echo(json.dumps(_said(key, now)))
        else:
            rate = "no limit" if key.rate_events_s is None else f"{key.rate_events_s:g} events/s"
            click.echo(f"{key.id}  {_state(key, now):8} {key.name:24} {', '.join(key.sources)}  {rate}  made {key.made_at:%d %b %Y}")
    if not keys and not as_json:
        click.echo("No key yet; `vigil keys add NAME --source GLOB` makes one.", err=True)


@command.command()
@click.argument("key")
@data_option
@config_option
def revoke(key: str, data: Path, config: Path | None) -> None:  # noqa: ARG001  every command takes --config
    """End KEY, by its id or by its name, at once and for good."""
    store = _store(_there(data))
    try:
        ended = store.revoke(key, datetime.now(UTC))
    except UnknownKey as wrong:
        raise click.ClickException(str(wrong)) from wrong
    finally:
        store.close()
    click.echo(f"{ended.id} ({ended.name}) is revoked.", err=True)


def _there(data: Path) -> Path:
    """A folder to read: looking makes none."""
    if not data.is_dir():
        raise click.ClickException(f"data folder {data}: there is none")
    return data


def _store(data: Path) -> KeyStore:
    try:
        return KeyStore(data)
    except (OSError, sqlite3.Error) as wrong:
        raise click.ClickException(f"data folder {data}: {wrong}") from wrong


def _state(key: Key, now: datetime) -> str:
    return "revoked" if key.revoked_at is not None else "living" if key.lives(now) else "expired"


def _said(key: Key, now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "state": _state(key, now),
        "sources": key.sources,
        "rate_events_s": key.rate_events_s,
        "made_at": key.made_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }
