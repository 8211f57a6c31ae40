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
from alerting.ledger.roots import KEY_FILE, Root, WrongKey, WrongRoot, key, roots, verify
from alerting.ledger.roots import held as kept_root
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.books import AUDIT
from ops.cli import cluster
from ops.cli.arguments import config_option, data_option
from ops.cli.data_folder import kept, taken
from ops.cli.ledgers import database_option, opened
from schemas.fields import instant_text
from streams.embedded.books import Books, Mismatch, balance


class Ledger(NamedTuple):
    """What is wrong there, and how much there is. `held`: the roots kept outside that it was compared with."""

    open_alerts: int
    waiting_messages: int
    entries: int
    root: Root | None
    held: tuple[Root, ...]
    faults: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "open_alerts": self.open_alerts,
            "waiting_messages": self.waiting_messages,
            "audit_entries": self.entries,
            "root": None if self.root is None else self.root.shown(),
            "faults": self.faults,
        }

    def extends(self) -> str:
        """That the chain of today goes on from every root that was kept outside."""
        signed = " and ".join(f"the {root.size} that were signed at {instant_text(root.at)}" for root in self.held)
        return f"The audit chain of {self.entries} entries extends {signed}."


def _held(_context: click.Context, _parameter: click.Parameter, said: tuple[str, ...]) -> tuple[Root, ...]:
    """Roots that somebody kept, each as a file or as it stands."""
    return tuple(map(_root, said))


def _root(said: str) -> Root:
    try:
        return kept_root(said if said.lstrip().startswith("{") else Path(said).read_bytes())
    except OSError as wrong:
        raise click.ClickException(f"--root {said}: {wrong.strerror}") from wrong
    except WrongRoot as wrong:
        raise click.ClickException(f"--root: {wrong}") from wrong


@click.command()
@data_option
@database_option
@click.option(
    "--root",
    "held",
    multiple=True,
    callback=_held,
    metavar="FILE or JSON",
    help="A signed root kept elsewhere, as `root` in --json or in the proof of an entry: today's chain must extend it. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="The books as one JSON object; `root` in it is for keeping elsewhere.")
@config_option
def command(data: Path, database: str | None, held: tuple[Root, ...], config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Check that nothing received was lost, that nobody is forgotten, and that the audit chain is whole."""
    if database is not None:
        ledger = _audited(data, database, held)
        _say([f"{ledger.open_alerts} open alerts, {ledger.waiting_messages} messages under way."], ledger, {}, (), as_json=as_json)
        return
    with kept(data) as (file, facts), taken(data) as received:
        (sound,) = file.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise click.ClickException(f"state.sqlite3 is damaged: {sound}")
        books = balance(file, facts, received)
    ledger = _audited(data, None, held)
    said = (f"Open alerts: {ledger.open_alerts}. Messages under way: {ledger.waiting_messages}.", *_said(books))
    _say(said, ledger, _plain(books), tuple(map(_differs, books.mismatches)), as_json=as_json)


def _say(said: Iterable[str], ledger: Ledger, plain: dict[str, object], mismatches: tuple[str, ...], *, as_json: bool) -> None:
    wrong = (*mismatches, *ledger.faults)
    whole = {**plain, **ledger.plain(), "in_order": not wrong}
    for line in (json.dumps(whole),) if as_json else said:
        click.echo(line)
    if wrong:
        raise click.ClickException("; ".join(wrong))
    if not as_json:
        for line in (ledger.extends(),) if ledger.held else ():
            click.echo(line)
        click.echo("The books are in order.")


def _audited(data: Path, database: str | None, held: tuple[Root, ...]) -> Ledger:
    """The auditor's own pass, and the whole chain against its signatures. A ledger that rests is held to when it was last at work."""
    with opened(data, database) as ledger:
        with ledger.read() as connection:
            worked_at = connection.execute(select(func.max(PULSE.c.at))).scalar()
            public = _key(data if database is None else None)
            unsigned = _unsigned(connection) if public is None else ()
            chain = (*unsigned, *verify(connection, public, held))
            beside = proven.faults(connection)
            entries, kept = connection.execute(select(func.count()).select_from(AUDIT)).scalar_one(), roots(connection)
        report = audit(ledger.url, worked_at or cluster.now())
        faults = [str(fault) for fault in report.faults if fault.what != SILENT]  # nobody need be at work to be verified
    wrong = tuple(dict.fromkeys((*faults, *chain, *beside)))
    return Ledger(report.open_alerts, report.waiting_messages, entries, kept[-1] if kept else None, held, wrong)


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
