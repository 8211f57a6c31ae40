"""`vigil alerting`: the alerting service of the cluster. Findings in from Kafka, alerts into PostgreSQL, clocks, messages out.

Several may run: each record, clock and message is done once, whoever gets to it. Answers `/health/live` and `/health/ready`.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import click
import structlog

from alerting.console.live import Live
from alerting.ledger.roots import WrongKey, key
from alerting.ledger.steps import Terms
from alerting.service.from_kafka import FromKafka
from alerting.service.to_kafka import ToKafka
from alerting.service.works import Service, Ways
from ops.cli import cluster, configuration, logs
from ops.cli.arguments import config_option
from ops.cli.sending import others, providers, sender
from ops.cli.serving import Serving
from ops.web.application import application
from streams.embedded.http_health import Health, Word, routes, watchers
from streams.embedded.metrics import Gauges, Metrics

LOOKS_EVERY_S = 0.5
_log = structlog.get_logger("alerting")


@click.command()
@click.option("--listen", default="127.0.0.1:8082", show_default=True, help="Where health is answered.")
@config_option
def command(listen: str, config: Path | None) -> None:
    """Run the alerting service: VIGIL_DATABASE_URL, VIGIL_KAFKA, VIGIL_ORIGIN (where links lead), VIGIL_AUDIT_KEY, VIGIL_REDIS_URL."""
    logs.begin()
    settings, environment = configuration.load(config), os.environ
    brokers = cluster.brokers(environment)
    serving = Serving(listen)
    serving.bind()
    try:
        signing = key(None, environment.get("VIGIL_AUDIT_KEY"))
    except WrongKey as wrong:
        raise click.ClickException(str(wrong)) from wrong
    terms = Terms(cluster.needed(environment, "VIGIL_ORIGIN", "https://vigil.example.org").rstrip("/"), settings.policies())
    stopping = cluster.until_told()
    ledger = cluster.ledger(environment)
    live = Live(ledger, environment.get("VIGIL_REDIS_URL") or None)
    prefix = environment.get("VIGIL_TOPIC_PREFIX", "")
    instance = f"{socket.gethostname()}-{serving.port}"  # no two have it, and a process that is started again has it again
    source, streams = FromKafka(brokers, ledger, time.monotonic, prefix=prefix, instance=instance), ToKafka(brokers, prefix=prefix)
    by = providers(environment)
    ways = Ways(source, streams, streams, sender(ledger, terms, cluster.now, by, environment))
    service = Service(ledger, terms, cluster.now, ways, key=signing, more=others(ledger, terms, cluster.now, by, environment))

    metrics = Metrics(lambda: Gauges(0, 0, 0, {}, {}, ready="taking" not in service.failing(), parts=service.parts()))

    def health() -> Health:
        failing = service.failing()
        parts = {"ledger": "taking", "outbox": "sending", "sweep": "sweep", "intake": "facts"}
        checks: dict[str, Word] = {check: "fail" if part in failing else "pass" for check, part in parts.items()}
        return Health(ready="taking" not in failing, checks={**checks, "redis": "warn" if live.away else "pass"})

    serving.start(application([routes(health, metrics, watchers(os.environ))], metrics.answered))
    try:
        service.start()
        cluster.settled()
        click.echo(f"Vigil's alerting is at work; its health is at {serving.url}health/ready")
        _log.info("started", address=serving.url)
        stopping.wait()
    finally:
        service.stop()
        live.close()
        serving.stop()
        source.close()
        streams.close()
        ledger.close()
    _log.info("stopped")
