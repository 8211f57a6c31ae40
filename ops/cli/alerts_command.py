"""`vigil alerts`: every alert of a data folder in the form of contract 3, one a line. Safe beside a running `vigil run`."""

from __future__ import annotations

from pathlib import Path

import click

from ops.cli import configuration
from ops.cli.alert_table import stored_alerts
from ops.cli.arguments import WRITABLE, config_option, data_option, writing
from ops.cli.data_folder import kept
from schemas.alert import Affected, Alert, alert_line
from streams.embedded.kept_feeds import load_feeds
from streams.embedded.kept_logs import stored_relying
from streams.embedded.unseen import unseen


@click.command()
@data_option
@click.option("--out", type=WRITABLE, help="Where the alerts go, one JSON object a line; else standard output.")
@config_option
def command(data: Path, out: Path | None, config: Path | None) -> None:
    """Write every alert, in the order in which they began."""
    feeds = configuration.load(config).known_feeds()
    with kept(data) as (file, facts):
        load_feeds(file, feeds)

        def written(alert: Alert) -> Alert:
            if alert.rule != "feed-silent":
                return alert
            affected = unseen(stored_relying(file), feeds, alert.about.id, alert.began_at, alert.ended_at or facts.clock_at)
            return alert.model_copy(update={"affected": Affected(**affected._asdict())})

        with writing(out) as target:
            for alert in stored_alerts(file):
                target.write(alert_line(written(alert)) + b"\n")
