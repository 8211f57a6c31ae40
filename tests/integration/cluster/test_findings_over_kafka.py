"""Findings on real Kafka become alerts in real PostgreSQL, once each: over kills of `vigil alerting` and a broker that goes away."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from kafka import KafkaProducer
from sqlalchemy import select

from alerting.auditor import audit
from alerting.book import AlertBook
from alerting.directory import Directory
from alerting.ledger.alerts import load_all
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.taking import position
from alerting.service.from_kafka import topics
from ops.cli.configuration import Configuration
from ops.cli.running import Runner
from schemas.alert import Alert
from schemas.finding import FindingChange
from schemas.person import PersonView
from schemas.topics import FEED, FINDINGS, PEOPLE, REQUESTS
from streams.embedded.outgoing import OutgoingReader, Record
from tests.integration.embedded import Standing, arrivals, feed, judged
from tests.lives import Life
from tests.parts.kafka import Kafka

VIGIL = (sys.executable, "-c", "from ops.cli.main import main; main(prog_name='vigil')")
PATIENCE_S = 120.0
LIVES_S = 6.0


@pytest.fixture
def told(tmp_path: Path) -> list[Record]:
    """What judging an invented day says."""
    clock, batches = Standing(), arrivals(Life(11, people=4, days=1).stamped())
    runner = Runner(tmp_path / "judged", Configuration(), clock)
    runner.start()
    feed(runner, clock, batches)
    judged(runner)
    runner.stop()
    with closing(OutgoingReader(tmp_path / "judged")) as reader:
        return reader.after(0, 1_000_000)


@pytest.fixture
def prefix(kafka: Kafka) -> str:
    """Topics of this test alone."""
    made = f"t{uuid.uuid4().hex[:8]}."
    for name in (*topics(), FEED, REQUESTS):
        kafka.make_topic(made + name)
    return made


class Alerting:
    """`vigil alerting` in a process of its own, killed and started again."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [*VIGIL, "alerting", "--listen", "127.0.0.1:0"]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_S)


@pytest.fixture
def alerting(kafka: Kafka, prefix: str, postgresql_url: str, tmp_path: Path) -> Iterator[Alerting]:
    settings = {
        "VIGIL_DATABASE_URL": postgresql_url,
        "VIGIL_KAFKA": kafka.address,
        "VIGIL_TOPIC_PREFIX": prefix,
        "VIGIL_ORIGIN": "https://vigil.example.org",
        "VIGIL_AUDIT_KEY": base64.b64encode(bytes(range(32))).decode(),
    }
    made = Alerting(settings, tmp_path / "alerting.log")
    yield made
    if made._process is not None and made._process.poll() is None:
        made.end(signal.SIGKILL)


def test_over_kills_and_a_broker_that_goes_away_each_finding_is_taken_once(
    told: list[Record], kafka: Kafka, prefix: str, postgresql_url: str, alerting: Alerting, tmp_path: Path
) -> None:
    random = Random(3)
    parts = [told[start : start + len(told) // 4 + 1] for start in range(0, len(told), len(told) // 4 + 1)]
    for number, part in enumerate(parts):
        alerting.start()
        say(kafka, prefix, part)
        if number == 1:
            kafka.restart()
        time.sleep(random.uniform(1, LIVES_S))
        alerting.end(signal.SIGKILL)
    alerting.start()
    with closing(Ledger(postgresql_url)) as ledger:
        wait_until_taken(ledger, prefix, told, tmp_path / "alerting.log")
        faults = faults_in_time(postgresql_url)
        with ledger.read() as connection:
            names = connection.execute(select(ALERT.c.alert_id).where(~ALERT.c.rule.in_(("exercise", "nobody-watching")))).scalars().all()
            ours = [record.of_book for record in load_all(connection, names).values()]

    assert alerting.end(signal.SIGTERM) in {0, -signal.SIGTERM}, "so soon after its start it may not listen to signals yet"
    assert [shown(alert) for alert in expected(told)] == sorted(map(shown, ours))
    assert len(ours) > 3
    assert () == faults


def say(kafka: Kafka, prefix: str, records: Sequence[Record]) -> None:
    """As the stream agents would: acknowledged before the next part."""
    producer = KafkaProducer(bootstrap_servers=kafka.address, acks="all", enable_idempotence=True)
    for record in records:
        producer.send(prefix + record.topic, key=record.key.encode(), value=record.value)
    producer.flush(PATIENCE_S)
    producer.close()


def wait_until_taken(ledger: Ledger, prefix: str, told: Sequence[Record], log: Path) -> None:
    last = {topic: sum(record.topic == topic for record in told) - 1 for topic in {record.topic for record in told}}
    until = time.monotonic() + PATIENCE_S
    while True:
        with ledger.read() as connection:
            behind = {topic: number for topic, number in last.items() if (position(connection, prefix + topic) or 0) < number}
        if not behind:
            return
        assert time.monotonic() < until, f"not taken: {behind}; it said: {log.read_text()[-2000:]}"
        time.sleep(0.2)


def faults_in_time(url: str) -> tuple[str, ...]:
    until = time.monotonic() + PATIENCE_S
    while (faults := audit(url, datetime.now(UTC)).faults) and time.monotonic() < until:
        time.sleep(1)
    return tuple(map(str, faults))


def expected(told: Sequence[Record]) -> list[Alert]:
    """What the pure book makes of the same changes, in order."""
    book, views = AlertBook(), {}
    for record in told:
        if record.topic == PEOPLE:
            view = PersonView.model_validate_json(record.value)
            views[view.person_id] = view
        elif record.topic == FINDINGS:
            change = FindingChange.model_validate_json(record.value)
            book.apply([change], views.get(change.finding.person_id or ""), Directory())
    return sorted(book.alerts(), key=shown)


def shown(alert: Alert) -> tuple[object, ...]:
    """What does not depend on who was on duty: topics have no order among them."""
    words = tuple((revision.change, revision.at) for revision in alert.revisions)
    return (alert.alert_id, alert.reference, alert.incident_id, alert.status, alert.severity, words)
