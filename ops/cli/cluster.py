"""What the commands of the cluster share: the ledger, the broker and Redis by the environment, a clock that is true, and their health.

`VIGIL_DATABASE_URL`, `VIGIL_KAFKA`, `VIGIL_REDIS_URL`. Composes nothing.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import click
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from alerting.ledger.store import Ledger
from ops.cli.databases import address

_DATABASE = "VIGIL_DATABASE_URL"


def now() -> datetime:
    """The instant that it is."""
    return datetime.now(UTC)


def needed(environment: Mapping[str, str], name: str, example: str) -> str:
    """A variable that must be set."""
    value = environment.get(name, "").strip()
    if not value:
        raise click.ClickException(f"{name} is not set; expected as {example}")
    return value


def database_url(environment: Mapping[str, str]) -> URL:
    """Of the ledger."""
    return address(needed(environment, _DATABASE, "postgresql://vigil@db.example.org/vigil"), _DATABASE)


def brokers(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Of Kafka."""
    said = needed(environment, "VIGIL_KAFKA", "kafka-1.example.org:9092,kafka-2.example.org:9092")
    return tuple(part.strip() for part in said.split(",") if part.strip())


def ledger(environment: Mapping[str, str]) -> Ledger:
    """The ledger, brought to what this version knows."""
    url = database_url(environment)
    try:
        opened = Ledger(url)
        opened.upgrade()
    except SQLAlchemyError as wrong:
        raise click.ClickException(f"{_DATABASE}: {str(wrong).splitlines()[0]}") from wrong
    return opened


def until_told() -> threading.Event:
    """Set when this process is told to stop."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    return stopping


def settled() -> None:
    """What was loaded is not looked through again and again: each time everything would stand still for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # what comes is nearly all immutable and never in a circle
