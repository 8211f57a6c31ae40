"""Records of streams from Kafka: read with kafka-python, committed by hand, and only after the ledger's own commit.

How far the ledger has come stands in the ledger; what Kafka holds of us is only where to begin reading, so a record that comes
again is passed over there. What is read and does not come to the ledger is read again, without asking the broker: it may be away
for the same reason as the ledger. Findings and people stand on different topics: a finding whose person is not known yet waits for him.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from alerting.ledger.store import Ledger
from alerting.ledger.tables.told import PERSON
from alerting.ledger.taking import Incoming
from schemas.topics import ALERTS, DIRECTORY, FEED, FINDINGS, PEOPLE, REQUESTS, TOPICS

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.consumer.fetcher import ConsumerRecord

GROUP = "vigil-alerting"
AT_ONCE = 500
WAITS_FOR_A_PERSON = timedelta(seconds=60)
"""Then the finding is taken without him, which the ledger refuses in the open (`untaken`)."""
_DEAD_AFTER_MS = 10_000
"""Then another process takes what one that says nothing had; by default after 45 s, in which no finding would become an alert."""
_RESTS_S = 0.1
"""Between two looks while nothing but such a finding is there."""
_FIRST = (DIRECTORY, PEOPLE)
"""Of what comes together these are taken first: who is told depends on them."""


def topics() -> tuple[str, ...]:
    """What is read: all that streams tells."""
    return tuple(topic.name for topic in TOPICS if topic.name not in {FEED, ALERTS, REQUESTS})


class FromKafka:
    """See `alerting.service.works.Source`. `prefix` stands before each topic's name, in tests that share a broker.

    `instance`: a name that no other process of the group has, and that this one has again when it is started again: then it goes
    on at once after a kill. Without one the broker waits until it is sure that whoever died is dead. `seconds`: of a watch that
    never goes back.
    """

    def __init__(
        self, brokers: Sequence[str], ledger: Ledger, seconds: Callable[[], float], *, prefix: str = "", instance: str | None = None
    ) -> None:
        self._brokers = list(brokers)
        self._ledger = ledger
        self._seconds = seconds
        self._prefix = prefix
        self._instance = instance
        self._consumer: KafkaConsumer | None = None
        self._waits: dict[TopicPartition, float] = {}
        """Since when the next record of each waits for its person."""
        self._open_from: dict[TopicPartition, int] = {}
        """The first record of each partition that was read and is not in the ledger."""

    def poll(self, within: timedelta) -> Sequence[Incoming]:
        """See `Source.poll`."""
        consumer = self._open()
        found: Mapping[TopicPartition, list[ConsumerRecord]] = consumer.poll(
            timeout_ms=int(within.total_seconds() * 1000), max_records=AT_ONCE
        )
        for part, records in found.items():
            self._open_from.setdefault(part, records[0].offset)
        try:
            given = self._given(consumer, found)
        except BaseException:  # nobody has seen them yet, and the consumer would go on after them
            self.back()
            raise
        if found and not given:
            time.sleep(min(within.total_seconds(), _RESTS_S))
        return given

    def taken(self, records: Sequence[Incoming]) -> None:
        """See `Source.taken`."""
        from kafka import OffsetAndMetadata, TopicPartition  # noqa: PLC0415  half a second, which an embedded run need not spend

        last = {(record.log, record.partition): record.number for record in records}
        offsets = {TopicPartition(log, part): OffsetAndMetadata(number + 1, "", -1) for (log, part), number in last.items()}
        self._open_from.clear()
        self._open().commit(offsets)

    def back(self) -> None:
        """See `Source.back`. A partition that is another's by now is read from where Kafka holds of us, which is no later."""
        consumer = self._open()
        for part in self._open_from.keys() & consumer.assignment():
            consumer.seek(part, self._open_from[part])
        self._open_from.clear()

    def close(self) -> None:
        """Let go of the connection."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False)
            self._consumer = None

    def _open(self) -> KafkaConsumer:
        from kafka import KafkaConsumer  # noqa: PLC0415  as above

        if self._consumer is None:
            self._consumer = KafkaConsumer(
                *(self._prefix + name for name in topics()),
                bootstrap_servers=self._brokers,
                group_id=self._prefix + GROUP,
                group_instance_id=self._instance,
                session_timeout_ms=_DEAD_AFTER_MS,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=AT_ONCE,
                reconnect_backoff_max_ms=1000,  # by default up to 30 s: the broker is long back, and nothing is taken
            )
        return self._consumer

    def _given(self, consumer: KafkaConsumer, found: Mapping[TopicPartition, list[ConsumerRecord]]) -> list[Incoming]:
        ordered = sorted(found.items(), key=lambda one: self._topic(one[0].topic) not in _FIRST)
        about = {
            (part, record.offset): person_id
            for part, records in found.items()
            if self._topic(part.topic) == FINDINGS
            for record in records
            if (person_id := _person(record.value)) is not None
        }
        known = {record.key.decode() for part, records in ordered if self._topic(part.topic) == PEOPLE for record in records if record.key}
        strangers = self._unknown(set(about.values()) - known)
        unknown = {at for at, person_id in about.items() if person_id in strangers}
        return [incoming for part, records in ordered for incoming in self._up_to(consumer, part, records, unknown)]

    def _up_to(
        self, consumer: KafkaConsumer, part: TopicPartition, records: Iterable[ConsumerRecord], unknown: set[tuple[TopicPartition, int]]
    ) -> Iterator[Incoming]:
        """Records up to the first finding about somebody of whom nothing is known: that one is read again later."""
        topic = self._topic(part.topic)
        for record in records:
            if (part, record.offset) in unknown:
                seconds = self._seconds()
                if seconds - self._waits.setdefault(part, seconds) < WAITS_FOR_A_PERSON.total_seconds():
                    consumer.seek(part, record.offset)
                    return
            self._waits.pop(part, None)
            yield Incoming(part.topic, part.partition, record.offset, topic, record.value or b"")

    def _unknown(self, person_ids: set[str]) -> set[str]:
        """Those of whom the ledger knows nothing."""
        if not person_ids:
            return set()
        asked = select(PERSON.c.person_id).where(PERSON.c.person_id.in_(sorted(person_ids)), PERSON.c.view.is_not(None))
        with self._ledger.read() as connection:
            return person_ids - set(connection.execute(asked).scalars())

    def _topic(self, name: str) -> str:
        return name.removeprefix(self._prefix)


class _About(msgspec.Struct):
    person_id: str | None = None


class _Said(msgspec.Struct):
    finding: _About


def _person(value: bytes | None) -> str | None:
    """Whom a finding is about. Of what is no finding nobody is: the ledger says so."""
    try:
        return msgspec.json.decode(value or b"", type=_Said).finding.person_id
    except msgspec.DecodeError:
        return None
