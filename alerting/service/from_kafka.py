"""Records of streams from Kafka: read with kafka-python, committed by hand, and only after the ledger's own commit.

How far the ledger has come stands in the ledger; what Kafka holds of us is only where to begin reading, so a record that comes
again is passed over there. Findings and people stand on different topics: a finding whose person is not known yet waits for him.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerting.ledger import people
from alerting.ledger.store import Ledger
from alerting.ledger.taking import Incoming
from schemas.finding import FindingChange
from schemas.topics import ALERTS, DIRECTORY, FEED, FINDINGS, PEOPLE, REQUESTS, TOPICS

if TYPE_CHECKING:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.consumer.fetcher import ConsumerRecord

GROUP = "vigil-alerting"
AT_ONCE = 500
WAITS_FOR_A_PERSON = timedelta(seconds=60)
"""Then the finding is taken without him, which the ledger refuses in the open (`untaken`)."""
_FIRST = (DIRECTORY, PEOPLE)
"""Of what comes together these are taken first: who is told depends on them."""


def topics() -> tuple[str, ...]:
    """What is read: all that streams tells."""
    return tuple(topic.name for topic in TOPICS if topic.name not in {FEED, ALERTS, REQUESTS})


class FromKafka:
    """See `alerting.service.works.Source`. `prefix` stands before each topic's name, in tests that share a broker."""

    def __init__(
        self, brokers: Sequence[str], ledger: Ledger, clock: Callable[[], datetime], *, prefix: str = "", group: str = GROUP
    ) -> None:
        self._brokers = list(brokers)
        self._ledger = ledger
        self._clock = clock
        self._prefix = prefix
        self._group = group
        self._consumer: KafkaConsumer | None = None
        self._waits: dict[TopicPartition, datetime] = {}

    def poll(self, within: timedelta) -> Sequence[Incoming]:
        """See `Source.poll`."""
        consumer = self._open()
        found: Mapping[TopicPartition, list[ConsumerRecord]] = consumer.poll(
            timeout_ms=int(within.total_seconds() * 1000), max_records=AT_ONCE
        )
        ordered = sorted(found.items(), key=lambda one: self._topic(one[0].topic) not in _FIRST)
        given: list[Incoming] = []
        arriving = set(self._people(found.get(part, ()) for part in found if self._topic(part.topic) == PEOPLE))
        for part, records in ordered:
            given.extend(self._known(consumer, part, records, arriving))
        return given

    def taken(self, records: Sequence[Incoming]) -> None:
        """See `Source.taken`."""
        from kafka import OffsetAndMetadata, TopicPartition  # noqa: PLC0415  half a second, which an embedded run need not spend

        last = {(record.log, record.partition): record.number for record in records}
        offsets = {TopicPartition(log, part): OffsetAndMetadata(number + 1, "", -1) for (log, part), number in last.items()}
        self._open().commit(offsets)

    def back(self) -> None:
        """See `Source.back`: everything not committed is read again."""
        consumer = self._open()
        for part in consumer.assignment():
            committed = consumer.committed(part)
            if committed is None:
                consumer.seek_to_beginning(part)
            else:
                consumer.seek(part, committed)

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
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=AT_ONCE,
            )
        return self._consumer

    def _known(
        self, consumer: KafkaConsumer, part: TopicPartition, records: Iterable[ConsumerRecord], arriving: set[str]
    ) -> Iterator[Incoming]:
        """Records up to the first finding about somebody of whom nothing is known: that one is read again later."""
        topic = self._topic(part.topic)
        for record in records:
            if topic == FINDINGS and not self._person_known(record.value, arriving):
                now = self._clock()
                if now - self._waits.setdefault(part, now) < WAITS_FOR_A_PERSON:
                    consumer.seek(part, record.offset)
                    return
            self._waits.pop(part, None)
            yield Incoming(part.topic, part.partition, record.offset, topic, record.value or b"")

    def _person_known(self, value: bytes, arriving: set[str]) -> bool:
        try:
            person_id = FindingChange.model_validate_json(value).finding.person_id
        except ValueError:
            return True  # no finding at all: the ledger says so
        if person_id is None or person_id in arriving:
            return True
        with self._ledger.read() as connection:
            return people.view(connection, person_id) is not None

    @staticmethod
    def _people(parts: Iterable[Iterable[ConsumerRecord]]) -> Iterator[str]:
        for records in parts:
            for record in records:
                if record.key is not None:
                    yield record.key.decode()

    def _topic(self, name: str) -> str:
        return name.removeprefix(self._prefix)
