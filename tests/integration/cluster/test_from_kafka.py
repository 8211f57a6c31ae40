"""Findings read from real Kafka and not taken are read again, and whoever is started again after a kill goes on at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer
from sqlalchemy.exc import OperationalError

from alerting.ledger.store import Ledger
from alerting.ledger.taking import Incoming
from alerting.service.from_kafka import FromKafka, topics
from schemas.topics import FINDINGS
from tests.parts.kafka import Kafka
from tests.unit.alerting.invented import a_change, a_finding

LOOK = timedelta(seconds=1)
PATIENCE_S = 60.0
AT_ONCE_S = 8.0
"""Less than the broker would wait for one that says nothing."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger.in_folder(tmp_path)
    made.upgrade()
    return made


@pytest.fixture
def prefix(kafka: Kafka) -> str:
    made = f"t{uuid.uuid4().hex[:8]}."
    for name in topics():
        kafka.make_topic(made + name)
    return made


def told(kafka: Kafka, prefix: str, person_id: str | None = None) -> None:
    with closing(KafkaProducer(bootstrap_servers=kafka.address, acks="all")) as producer:
        value = a_change(a_finding("feed-silent" if person_id is None else "strap-tamper", person_id=person_id)).model_dump_json()
        producer.send(prefix + FINDINGS, value=value.encode()).get(PATIENCE_S)


def source(kafka: Kafka, prefix: str, ledger: Ledger, instance: str | None = None) -> FromKafka:
    return FromKafka([kafka.address], ledger, time.monotonic, prefix=prefix, instance=instance)


def next_of(source: FromKafka, within_s: float = PATIENCE_S) -> Sequence[Incoming]:
    until = time.monotonic() + within_s
    while not (given := source.poll(LOOK)):
        assert time.monotonic() < until, f"nothing in {within_s:.0f} s"
    return given


def test_what_was_given_and_not_taken_is_given_again(kafka: Kafka, prefix: str, ledger: Ledger) -> None:
    told(kafka, prefix)
    with closing(source(kafka, prefix, ledger)) as reading:
        first = next_of(reading)
        reading.back()
        again = next_of(reading)
        reading.taken(again)

        assert first == again
        assert [] == reading.poll(LOOK)


def test_what_was_read_while_the_ledger_was_away_is_given_when_it_is_back(kafka: Kafka, prefix: str, ledger: Ledger) -> None:
    told(kafka, prefix, person_id="pe-1")
    away = Ledger("postgresql://nobody@127.0.0.1:1/none")
    with closing(source(kafka, prefix, away)) as reading:
        with pytest.raises(OperationalError):
            next_of(reading)
        reading._ledger = ledger
        reading._seconds = iter([0.0, 120.0] * 2).__next__

        assert [0] == [record.number for record in next_of(reading)]


def test_who_is_started_again_under_the_same_name_goes_on_at_once(kafka: Kafka, prefix: str, ledger: Ledger) -> None:
    told(kafka, prefix)
    killed = source(kafka, prefix, ledger, "host-8082")
    given = next_of(killed)
    with closing(source(kafka, prefix, ledger, "host-8082")) as started_again:  # the broker thinks that both live
        assert given == next_of(started_again, AT_ONCE_S)
    killed.close()
