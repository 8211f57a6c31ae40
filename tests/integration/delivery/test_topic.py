"""The topic `vigil.alerts` on a real broker: each alert as it stands, nothing missing after an outage or a kill."""

from __future__ import annotations

import gc
import json
import logging
import signal

import pytest
from kafka import KafkaConsumer

from alerting.delivery import topic as channel
from alerting.delivery.topic import AT_ONCE, Topic, follow
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.telling import Change, tell
from schemas.alert import Alert
from schemas.finding import Severity
from tests.parts.kafka import Kafka
from tests.parts.server import free_port
from tests.unit.alerting.invented import MINUTE, NOON, a_change, a_finding, a_person, assigned

TERMS = Terms("https://vigil.example.org")


def raise_alerts(ledger: Ledger, *subjects: str, severity: Severity = "high") -> None:
    person = a_person(assigned("oic", "of-12"))
    with ledger.write(NOON) as writing:
        for subject in subjects:
            tell(writing, [Change(a_change(a_finding(subject=subject, severity=severity)), person)], TERMS)


def read_all(kafka: Kafka, topic: str) -> dict[str, Alert]:
    """What somebody who reads the topic from its beginning knows at the end: of each key the last record."""
    known: dict[str, Alert] = {}
    with KafkaConsumer(topic, bootstrap_servers=kafka.address, auto_offset_reset="earliest", consumer_timeout_ms=4_000) as consumer:
        for record in consumer:
            known[record.key.decode()] = Alert.model_validate(json.loads(record.value))
    return known


def test_each_alert_is_said_in_the_form_of_the_contract_and_once(kafka: Kafka, ledger: Ledger) -> None:
    name = kafka.make_topic(f"vigil.alerts-{ledger.engine.dialect.name}")
    topic = Topic(channel.Settings((kafka.address,), name))
    raise_alerts(ledger, "pp-1", "pp-2")
    assert 2 == follow(ledger, topic, NOON)
    assert 0 == follow(ledger, topic, NOON)
    raise_alerts(ledger, "pp-3")
    assert 1 == follow(ledger, topic, NOON + MINUTE)
    topic.close()
    said = read_all(kafka, name)
    assert {"pp-1", "pp-2", "pp-3"} == {alert.about.id for alert in said.values()}
    assert all(name == alert.alert_id for name, alert in said.items())


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # kafka-python leaves those of refused connections to the collector
def test_while_the_broker_is_away_nothing_is_lost_and_it_goes_on_where_it_stood(
    kafka: Kafka, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, logger="kafka")  # each line about a refused connection would hold its socket until the end
    name = kafka.make_topic(f"vigil.alerts-away-{ledger.engine.dialect.name}")
    topic = Topic(channel.Settings((kafka.address,), name, timeout_s=20))
    raise_alerts(ledger, "pp-1")
    assert 1 == follow(ledger, topic, NOON)
    kafka.end(signal.SIGKILL)
    raise_alerts(ledger, *(f"pp-{number}" for number in range(2, AT_ONCE + 20)), severity="low")
    away = Topic(channel.Settings((f"127.0.0.1:{free_port()}",), name, timeout_s=1))
    assert 0 == follow(ledger, away, NOON)
    away.close()
    kafka.start()
    said = 0
    for _ in range(20):
        said += follow(ledger, topic, NOON)
    topic.close()
    assert AT_ONCE + 18 <= said
    assert AT_ONCE + 19 == len(read_all(kafka, name))
    gc.collect()  # here, where the warning is expected


def test_without_a_broker_there_is_no_topic() -> None:
    assert channel.settings({}) is None
    assert channel.Settings(("a:9092", "b:9092")) == channel.settings({"VIGIL_KAFKA": "a:9092, b:9092"})
