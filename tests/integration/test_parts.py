"""The real servers that other tests lean on do what those tests take for granted."""

from __future__ import annotations

import signal
import smtplib
import ssl

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer

from tests.parts.absent import absent
from tests.parts.kafka import Kafka
from tests.parts.postgresql import PostgreSQL
from tests.parts.redis import Redis
from tests.parts.smtp import Smtp

LETTER = "Subject: hello\r\n\r\nhello\r\n"


def test_what_a_database_holds_outlives_a_kill_of_its_server(postgresql: PostgreSQL, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE kept (one INTEGER)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postgresql.restart(signal.SIGKILL)
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (7,)


def test_each_test_has_a_database_of_its_own(postgresql: PostgreSQL, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'kept'").fetchone() == (0,)


def test_redis_forgets_everything_when_it_is_emptied_or_restarted(redis: Redis, redis_url: str) -> None:
    redis.say("SET one 1")
    redis.empty()
    assert redis.say("GET one").startswith("$-1")
    redis.say("SET two 2")
    redis.restart()
    assert redis.say("GET two").startswith("$-1")


def test_what_kafka_acknowledged_outlives_a_kill_of_the_broker(kafka: Kafka) -> None:
    topic = kafka.make_topic("kept")
    with KafkaProducer(bootstrap_servers=kafka.address, acks="all", enable_idempotence=True) as producer:
        producer.send(topic, b"one").get(30)
    kafka.restart(signal.SIGKILL)
    with KafkaConsumer(topic, bootstrap_servers=kafka.address, auto_offset_reset="earliest", consumer_timeout_ms=30_000) as consumer:
        assert next(consumer).value == b"one"


def test_smtp_takes_a_message_and_can_be_told_to_refuse(smtp: Smtp) -> None:
    with smtplib.SMTP("127.0.0.1", smtp.port, timeout=10) as line:
        line.sendmail("vigil@example.org", "idva@example.org", LETTER)
        smtp.refuse_recipient = "550 no such mailbox"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("vigil@example.org", "nobody@example.org", LETTER)
    assert [message["subject"] for message in smtp.messages] == ["hello"]


def test_smtp_can_take_a_message_and_go_away_without_a_word(smtp: Smtp) -> None:
    smtp.drop_after_data = True
    with pytest.raises(smtplib.SMTPServerDisconnected), smtplib.SMTP("127.0.0.1", smtp.port, timeout=10) as line:
        line.sendmail("vigil@example.org", "idva@example.org", LETTER)
    assert len(smtp.messages) == 1


def test_smtp_with_tls_refuses_to_speak_in_clear(smtp_tls: Smtp) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_tls.port, timeout=10) as line:
        with pytest.raises(smtplib.SMTPSenderRefused):
            line.sendmail("vigil@example.org", "idva@example.org", LETTER)
        line.starttls(context=ssl.create_default_context(cafile=str(smtp_tls.certificate)))
        line.sendmail("vigil@example.org", "idva@example.org", LETTER)
    assert len(smtp_tls.messages) == 1


def test_where_a_part_is_missing_the_test_skips_and_on_a_build_machine_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(BaseException, match="real part missing: Kafka") as outcome:
        absent("Kafka", "there is no Java")
    assert outcome.typename == "Skipped"
    monkeypatch.setenv("CI", "true")
    with pytest.raises(BaseException, match="real part missing: Kafka") as outcome:
        absent("Kafka", "there is no Java")
    assert outcome.typename == "Failed"
