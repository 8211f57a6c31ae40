"""`vigil verify`: the books of a data folder, or of a ledger. Safe beside a running `vigil run`.

Everything received is judged, set aside or in flight; every open alert has an owner and a clock and every message an end, as of
when the ledger was last at work; the audit chain is whole and is what was signed, and so is what it speaks of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from alerting.auditor import SILENT, audit
from alerting.ledger import proven
from alerting.ledger.roots import KEY_FILE, WrongKey, key, roots, verify
from alerting.ledger.tables.access import PULSE
from ops.cli import cluster
from ops.cli.arguments import config_option, data_option
from ops.cli.data_folder import kept, taken
from ops.cli.ledgers import database_option, opened
from streams.embedded.books import Books, Mismatch, balance


class Ledger(NamedTuple):
    """What is wrong there, and how much there is."""

    open_alerts: int
    waiting_messages: int
    faults: tuple[str, ...]


@click.command()
@data_option
@database_option
@click.option("--json", "as_json", is_flag=True, help="The books as one JSON object.")
@config_option
def command(data: Path, database: str | None, config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Check that nothing received was lost, that nobody is forgotten, and that the audit chain is whole."""
    if database is not None:
        ledger = _audited(data, database)
        _say([f"{ledger.open_alerts} open alerts, {ledger.waiting_messages} messages under way."], ledger, {}, (), as_json=as_json)
        return
    with kept(data) as (file, facts), taken(data) as received:
        (sound,) = file.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise click.ClickException(f"state.sqlite3 is damaged: {sound}")
        books = balance(file, facts, received)
    ledger = _audited(data, None)
    said = (f"Open alerts: {ledger.open_alerts}. Messages under way: {ledger.waiting_messages}.", *_said(books))
    _say(said, ledger, _plain(books), tuple(map(_differs, books.mismatches)), as_json=as_json)


def _say(said: Iterable[str], ledger: Ledger, plain: dict[str, object], mismatches: tuple[str, ...], *, as_json: bool) -> None:
    wrong = (*mismatches, *ledger.faults)
    whole = {**plain, **ledger._asdict(), "in_order": not wrong}
    for line in (json.dumps(whole),) if as_json else said:
        click.echo(line)
    if wrong:
        raise click.ClickException("; ".join(wrong))
    if not as_json:
        click.echo("The books are in order.")


def _audited(data: Path, database: str | None) -> Ledger:
    """The auditor's own pass, and the whole chain against its signatures. A ledger that rests is held to when it was last at work."""
    with opened(data, database) as ledger:
        with ledger.read() as connection:
            worked_at = connection.execute(select(func.max(PULSE.c.at))).scalar()
            public = _key(data if database is None else None)
            chain = _unsigned(connection) if public is None else verify(connection, public)
            beside = proven.faults(connection)
        report = audit(ledger.url, worked_at or cluster.now())
        faults = [str(fault) for fault in report.faults if fault.what != SILENT]  # nobody need be at work to be verified
    return Ledger(report.open_alerts, report.waiting_messages, (*faults, *chain, *beside))


def _unsigned(connection: Connection) -> tuple[str, ...]:
    """Without a key no signature is checked: right where nothing was ever signed, and else a key that somebody took away."""
    signed = len(roots(connection))
    return (f"the audit chain has {signed} signed roots, and there is no key to check them with",) if signed else ()


def _key(folder: Path | None) -> Ed25519PublicKey | None:
    """Whose signatures are checked: nobody's where no key was ever made."""
    given = os.environ.get("VIGIL_AUDIT_KEY")
    if given is None and (folder is None or not (folder / KEY_FILE).is_file()):
        return None
    try:
        return key(folder, given).public
    except WrongKey as wrong:
        raise click.ClickException(str(wrong)) from wrong


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
