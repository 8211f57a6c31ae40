"""The topic `vigil.alerts`, for whoever reads it beside the console: each alert whole, in the form of contract 3, by its id.

Inside the force's own cluster, so not the text that may leave. One producer for a process; a record counts when every in-sync
copy has it. Where no broker is set there is no topic, and nothing is made for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from alerting.delivery.message import Outcome, Retry, Sent
from schemas.alert import Alert, alert_line
from schemas.topics import ALERTS

if TYPE_CHECKING:
    from kafka import KafkaProducer


class Settings(NamedTuple):
    """`brokers`: what to bootstrap from. `timeout_s`: how long a record may wait for its copies."""

    brokers: tuple[str, ...]
    topic: str = ALERTS
    timeout_s: float = 10.0


def settings(environment: Mapping[str, str]) -> Settings | None:
    """`VIGIL_KAFKA`: `host:port`, several with commas; None: no broker."""
    brokers = tuple(part.strip() for part in environment.get("VIGIL_KAFKA", "").split(",") if part.strip())
    return Settings(brokers) if brokers else None


class Topic:
    """The producer, made when it is first needed: a broker that is away must not stop the other channels."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: KafkaProducer | None = None

    def send(self, alert: Alert) -> Outcome:
        """One try. A repeat is harmless: the record carries the alert as it stands, under its id."""
        from kafka.errors import KafkaError  # noqa: PLC0415  half a second, which an embedded run need not spend

        try:
            written = self._open().send(self._settings.topic, key=alert.alert_id.encode(), value=alert_line(alert))
            written.get(self._settings.timeout_s)
        except KafkaError as wrong:
            return Retry(f"kafka_{type(wrong).__name__}", unsure=True)
        return Sent(state="delivered")

    def close(self) -> None:
        """Let go of the connection."""
        if self._producer is not None:
            self._producer.close(timeout=self._settings.timeout_s)
            self._producer = None

    def _open(self) -> KafkaProducer:
        from kafka import KafkaProducer  # noqa: PLC0415  as above

        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=list(self._settings.brokers),
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=int(self._settings.timeout_s * 1000),
                request_timeout_ms=int(self._settings.timeout_s * 500),
                max_block_ms=int(self._settings.timeout_s * 1000),
            )
        return self._producer
