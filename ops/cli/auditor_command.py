"""`vigil auditor`: checks the books of a ledger again and again, in a process of its own, and says so in the ledger when they are in order.

Beside `vigil run` it may look at the same folder; the run has an auditor of its own, in a thread.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import click
import structlog
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from alerting.auditor import Rounds, audit, heartbeat, times_back
from alerting.ledger.store import FILE
from ops.cli import cluster, logs
from ops.cli.arguments import config_option

EVERY = timedelta(seconds=30)
_log = structlog.get_logger("auditor")


@click.command()
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Of a data folder's ledger; else VIGIL_DATABASE_URL.")
@click.option("--once", is_flag=True, help="One pass: its result, and exit status 1 where the books are not in order.")
@config_option
def command(data: Path | None, config: Path | None, *, once: bool) -> None:  # noqa: ARG001  every command takes --config
    """Check the books: every open alert has an owner and a clock, every message an end, the chain is whole."""
    url = cluster.database_url(os.environ) if data is None else URL.create("sqlite", database=str(data / FILE))
    if data is not None and not (data / FILE).is_file():
        raise click.ClickException(f"{data} is no data folder of a vigil run: it has no {FILE}")
    if once:
        _once(url)
        return
    logs.begin()
    stopping = cluster.until_told()
    click.echo("The auditor is at work.")
    rounds = Rounds()
    while not stopping.is_set():
        now = cluster.now()
        _pass(url, now, rounds)
        stopping.wait(EVERY.total_seconds())


def _once(url: URL) -> None:
    try:
        report = audit(url, cluster.now())
    except SQLAlchemyError as wrong:
        raise click.ClickException(f"the ledger cannot be read: {str(wrong).splitlines()[0]}") from wrong
    if not report.clean:
        raise click.ClickException("; ".join(map(str, report.faults)))
    click.echo(f"The books are in order: {report.open_alerts} open alerts, {report.waiting_messages} messages under way.")


def _pass(url: URL, now: datetime, rounds: Rounds) -> None:
    try:
        if rounds.left_out(now, times_back(url)):
            return
        report = audit(url, now)
        if report.clean:
            heartbeat(url, report)
        else:
            _log.critical(
                "books_not_in_order", part="auditor", alerts=sum(fault.times for fault in report.faults), where=report.faults[0].what
            )
    except SQLAlchemyError as wrong:
        _log.error("part_failed", part="auditor", error=type(wrong).__name__)
