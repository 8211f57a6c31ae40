"""`vigil alerts`: every alert of a ledger in the form of contract 3, one a line. Safe beside a running `vigil run`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection, func, select

from alerting.ledger.affected import affected
from alerting.ledger.alerts import written
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import FEED
from ops.cli import configuration
from ops.cli.arguments import WRITABLE, config_option, data_option, writing
from ops.cli.data_folder import kept
from ops.cli.ledgers import database_option, opened
from schemas.alert import Affected, Alert, alert_line
from streams.embedded.kept_feeds import load_feeds
from streams.embedded.kept_logs import stored_relying
from streams.embedded.unseen import unseen

Counting = Callable[[Alert], Affected]


@click.command()
@data_option
@database_option
@click.option("--out", type=WRITABLE, help="Where the alerts go, one JSON object a line; else standard output.")
@config_option
def command(data: Path, database: str | None, out: Path | None, config: Path | None) -> None:
    """Write every alert, in the order in which they began."""
    settings = configuration.load(config)
    with ExitStack() as stack:
        count = stack.enter_context(_in_folder(data, settings)) if database is None else None
        ledger = stack.enter_context(opened(data, database))
        connection = stack.enter_context(ledger.read())
        target = stack.enter_context(writing(out))
        counted = _in_database(connection) if count is None else count
        asked = select(ALERT.c.alert, ALERT.c.recipients_of_book).order_by(ALERT.c.began_at, ALERT.c.alert_id)
        for text, of_book in connection.execute(asked.execution_options(yield_per=500)):
            alert = written(Alert.model_validate_json(text), of_book)
            if alert.rule == "feed-silent":
                alert = alert.model_copy(update={"affected": counted(alert)})
            target.write(alert_line(alert) + b"\n")


@contextmanager
def _in_folder(data: Path, settings: configuration.Configuration) -> Iterator[Counting]:
    """Whom a silent feed leaves unseen, as judging itself counts it."""
    feeds = settings.known_feeds()
    with kept(data) as (file, facts):
        load_feeds(file, feeds)

        def count(alert: Alert) -> Affected:
            found = unseen(stored_relying(file), feeds, alert.about.id, alert.began_at, alert.ended_at or facts.clock_at)
            return Affected(**found._asdict())

        yield count


def _in_database(connection: Connection) -> Counting:
    """The same from what streams has published of it, up to when it last did."""
    now = connection.execute(select(func.max(FEED.c.as_of_at))).scalar()

    def count(alert: Alert) -> Affected:
        return affected(connection, None, alert, now or alert.raised_at)

    return count
