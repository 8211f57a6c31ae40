"""What goes from here to streams by Kafka: facts that people stated, as events on `vigil.feed`, and what they ask, on `vigil.requests`.

A record counts when every in-sync copy has it. Said twice after a kill, it is one thing still: an event has an id, and a
request is carried out twice to the same end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from alerting.service.works import Done
from schemas.requests import Request
from schemas.topics import FEED, REQUESTS

if TYPE_CHECKING:
    from kafka import KafkaProducer

TIMEOUT_S = 20.0
GIVES_UP_WITHIN_S = 5.0
"""After its time a producer gives a batch up by itself. Closed before that, it would go on in a thread that nobody ends."""


class ToKafka:
    """See `alerting.service.works.Intake` and `alerting.service.works.Streams`. Two threads at most."""

    def __init__(self, brokers: Sequence[str], *, prefix: str = "") -> None:
        self._brokers = list(brokers)
        self._prefix = prefix
        self._producer: KafkaProducer | None = None
        self._lock = threading.Lock()

    def state(self, lines: Sequence[bytes]) -> Sequence[str | None]:
        """See `Intake.state`. What intake makes of them, streams says."""
        self._say(FEED, [(_source(line), line) for line in lines])
        return [None] * len(lines)

    def ask(self, number: int, request: Request) -> Done | None:
        """See `Streams.ask`."""
        self._say(REQUESTS, [(str(number).encode(), request.model_dump_json().encode())])
        return Done()

    def forget(self, number: int) -> None:
        """See `Streams.forget`: the topic lets go by itself."""

    def close(self) -> None:
        """Let go of the connection. What the producer still holds runs out of its time; it is said again by the next one."""
        from kafka.errors import KafkaError  # noqa: PLC0415  half a second, which an embedded run need not spend

        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):  # it says so here that something was still under way
                producer.close(timeout=GIVES_UP_WITHIN_S)

    def _say(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        from kafka.errors import KafkaError  # noqa: PLC0415  as above

        try:
            producer = self._open()
            written = [producer.send(self._prefix + topic, key=key, value=value) for key, value in records]
            for one in written:
                one.get(TIMEOUT_S + GIVES_UP_WITHIN_S)
        except KafkaError:
            self.close()  # one that has given up a batch in the middle of its numbering is not relied on again
            raise

    def _open(self) -> KafkaProducer:
        from kafka import KafkaProducer  # noqa: PLC0415  as above

        with self._lock:
            if self._producer is None:
                self._producer = KafkaProducer(
                    bootstrap_servers=self._brokers,
                    acks="all",
                    enable_idempotence=True,
                    delivery_timeout_ms=int(TIMEOUT_S * 1000),
                    request_timeout_ms=int(TIMEOUT_S * 500),
                    max_block_ms=int(TIMEOUT_S * 1000),
                    reconnect_backoff_max_ms=1000,  # by default up to 30 s: the broker is long back, and every batch runs out of time
                )
            return self._producer


class _Said(msgspec.Struct):
    source: str


def _source(line: bytes) -> bytes:
    return msgspec.json.decode(line, type=_Said).source.encode()
