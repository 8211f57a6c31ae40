"""`vigil console`: the console and its API on the cluster's ledger. Several may run behind one proxy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError

from alerting.console.desk import Desk, WrongSettings
from alerting.console.desk import settings as console_settings
from alerting.console.limits import InProcess
from alerting.console.live import Live
from alerting.console.local import sign_in_link
from alerting.ledger.pulses import heard, silent
from alerting.ledger.store import Ledger
from ops.cli import cluster, configuration, logs
from ops.cli.arguments import config_option
from ops.cli.ledger_picture import picture
from ops.cli.sending import providers
from ops.cli.serving import Serving, may_listen_anywhere
from ops.cli.terminal import say
from ops.web import site
from ops.web.application import application
from ops.web.sight import LedgerSight
from streams.embedded.http_health import Health, Word, routes, watchers
from streams.embedded.metrics import Metrics

if TYPE_CHECKING:
    from alerting.console.shared_limits import Shared

_log = structlog.get_logger("console")
_PARTS = {"intake": ("facts",), "sweep": ("sweep",), "outbox": ("sender.",), "auditor": ("auditor",)}
"""Each check of console.md 1.7, and how the names of the parts that it speaks for begin."""


@click.command()
@click.option(
    "--listen", default="127.0.0.1:8080", show_default=True, help="The address; TLS is that of the proxy, which FORWARDED_ALLOW_IPS names."
)
@config_option
def command(listen: str, config: Path | None) -> None:
    """Serve the console: VIGIL_DATABASE_URL, VIGIL_REDIS_URL, VIGIL_ORIGIN and VIGIL_OIDC_*."""
    logs.begin()
    chosen, environment = configuration.load(config), os.environ
    serving = Serving(listen, anywhere=may_listen_anywhere(os.environ))
    serving.bind()
    try:
        settings = console_settings(environment, serving.url.rstrip("/"))
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from wrong
    stopping = cluster.until_told()
    ledger = cluster.ledger(environment)
    redis_url = environment.get("VIGIL_REDIS_URL") or None
    live = Live(ledger, redis_url)
    shared = None if redis_url is None else _shared(redis_url)
    desk = Desk(
        ledger,
        cluster.now,
        settings,
        live,
        policies=chosen.policies(),
        limits=shared or InProcess(),
        say=say,
        providers=providers(environment),
    )
    metrics = Metrics(lambda: None)
    health = routes(lambda: _health(ledger, live), metrics, watchers(environment))
    page = site.routes(lambda: picture(ledger, cluster.now()), LedgerSight(desk))
    serving.start(application([health, page], metrics.answered, desk=desk))
    cluster.settled()
    try:
        click.echo(f"Vigil's console is at {settings.origin}/")
        if settings.oidc is None:
            say(sign_in_link(desk))
        _log.info("started", address=serving.url)
        stopping.wait()
    finally:
        live.close()
        serving.stop()
        if shared is not None:
            shared.close()
        ledger.close()
    _log.info("stopped")


def _shared(redis_url: str) -> Shared:
    from alerting.console.shared_limits import Shared

    return Shared(redis_url)


def _health(ledger: Ledger, live: Live) -> Health:
    redis: Word = "warn" if live.away else "pass"
    try:
        with ledger.read() as connection:
            wrong, known = silent(connection, cluster.now()), heard(connection)
    except SQLAlchemyError:
        return Health(ready=False, checks={"ledger": "fail", "redis": redis})
    checks: dict[str, Word] = {"ledger": "pass", "redis": redis}
    for check, begins in _PARTS.items():
        its = [part for part in known if part.startswith(begins)]
        checks[check] = "fail" if not its or any(part in wrong for part in its) else "pass"
    return Health(ready=True, checks=checks)
