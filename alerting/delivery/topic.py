"""The topic `vigil.alerts`, for whoever reads it beside the console: each alert whole, in the form of contract 3, by its id.

Inside the force's own cluster, so not the text that may leave. It follows the ledger by number: after an outage it goes on where
it stood, and an alert that changed twice meanwhile is said once, as it stands. What was said before a kill may be said again,
which changes nothing: of each key the last record stands. Where no broker is set there is no topic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from alerting.delivery.message import Outcome, Retry, Sent
from alerting.ledger import alerts
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import INBOX
from alerting.ledger.upsert import upsert
from schemas.alert import Alert, alert_line
from schemas.topics import ALERTS

if TYPE_CHECKING:
    from kafka import KafkaProducer

LOG = "said:vigil.alerts"
"""Under which name the ledger keeps how far it was said."""
AT_ONCE = 200
GIVES_UP_WITHIN_S = 5.0
"""After its time a producer gives a batch up by itself. Closed before that, it would go on in a thread that nobody ends."""


class Settings(NamedTuple):
    """`brokers`: what to bootstrap from. `timeout_s`: how long a batch may wait for its copies."""

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

    def send(self, said: Sequence[Alert]) -> Outcome:
        """One try of a batch, in order. Sent: every in-sync copy has all of it."""
        from kafka.errors import KafkaError  # noqa: PLC0415  half a second, which an embedded run need not spend

        try:
            producer = self._open()
            written = [producer.send(self._settings.topic, key=one.alert_id.encode(), value=alert_line(one)) for one in said]
            for one in written:
                one.get(self._settings.timeout_s + GIVES_UP_WITHIN_S)
        except KafkaError as wrong:
            self.close()  # one that has given up a batch in the middle of its numbering is not relied on again
            return Retry(f"kafka_{type(wrong).__name__}", unsure=True)
        return Sent(state="delivered")

    def close(self, within: timedelta = timedelta(seconds=5)) -> None:
        """Let go of the connection. What the producer still holds runs out of its time; it is said again by the next one."""
        from kafka.errors import KafkaError  # noqa: PLC0415  as above

        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):  # it says so here that something was still under way
                producer.close(timeout=within.total_seconds())

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
                bootstrap_timeout_ms=int(self._settings.timeout_s * 1000),
                reconnect_backoff_max_ms=1000,  # by default up to 30 s, so the broker is long back and every batch still runs out of time
            )
        return self._producer


def follow(ledger: Ledger, topic: Topic, now: datetime) -> int:
    """Say what has changed since it was last said, a batch at most; how many alerts were said. None while the broker is away."""
    with ledger.read() as connection:
        said = connection.execute(select(INBOX.c.position).where(INBOX.c.topic == LOG, INBOX.c.partition == 0)).scalar() or 0
        changed = select(ALERT.c.alert_id, ALERT.c.seq).where(ALERT.c.seq > said).order_by(ALERT.c.seq).limit(AT_ONCE)
        rows = connection.execute(changed).all()
        records = alerts.load_all(connection, [alert_id for alert_id, _ in rows])
    told = [records[alert_id] for alert_id, _ in rows]
    if not rows or not isinstance(topic.send([alerts.written(one.alert, one.recipients_of_book) for one in told]), Sent):
        return 0
    with ledger.write(now) as writing:
        upsert(writing.connection, INBOX, [{"topic": LOG, "partition": 0, "position": rows[-1][1]}])
    return len(rows)
