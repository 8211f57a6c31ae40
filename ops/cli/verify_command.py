"""`vigil verify`: the books of a data folder. Everything received is judged, set aside or in flight. Safe beside a running `vigil run`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ops.cli.arguments import config_option, data_option
from ops.cli.data_folder import kept, taken
from streams.embedded.books import Books, Mismatch, balance


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="The books as one JSON object.")
@config_option
def command(data: Path, config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Check that nothing received was lost, and nothing is judged that was not received."""
    with kept(data) as (file, facts), taken(data) as received:
        (sound,) = file.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise click.ClickException(f"state.sqlite3 is damaged: {sound}")
        books = balance(file, facts, received)
    for line in (json.dumps(_plain(books)),) if as_json else _said(books):
        click.echo(line)
    if books.mismatches:
        raise click.ClickException("; ".join(map(_differs, books.mismatches)))
    if not as_json:
        click.echo("The books are in order.")


def _plain(books: Books) -> dict[str, object]:
    return {
        "received_events": books.received,
        "received_batches": books.batches,
        "set_aside": dict(books.set_aside),
        "judged_or_kept": books.judged,
        "not_about_people": books.not_about_people,
        "held": books.held,
        "in_flight": books.in_flight,
        "let_go": books.let_go,
        "in_order": not books.mismatches,
        "mismatches": [_differs(one) for one in books.mismatches],
    }


def _said(books: Books) -> tuple[str, ...]:
    aside = ", ".join(f"{code} {count}" for code, count in books.set_aside.items())
    return (
        f"Received: {books.received} events in {books.batches} batches.",
        f"Set aside, whole: {sum(books.set_aside.values())} lines{f' ({aside})' if aside else ''}.",
        f"Judged or kept: {books.judged}. About feeds, duty or identity alone: {books.not_about_people}.",
        f"Ahead of the clock: {books.held}. In flight: {books.in_flight}. Let go, of people whom nobody managed: {books.let_go}.",
    )


def _differs(one: Mismatch) -> str:
    source, kind = one.feed
    which = ", ".join(one.named) or "one of them twice"
    return f"{source} {kind}: {one.received_events} received, {one.kept_events} kept (on one side only: {which})"
