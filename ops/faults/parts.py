"""The real servers that a proof runs against: a broker, a database, Redis, and receivers of messages. Those of the tests, without pytest.

What stands in them is of this proof alone. Broken now and then by whoever proves.
"""

from __future__ import annotations

import shutil
import signal
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from alerting.service.from_kafka import topics
from schemas.topics import ALERTS, FEED, FINDINGS, REQUESTS

if TYPE_CHECKING:
    from tests.parts.kafka import Kafka
    from tests.parts.postgresql import PostgreSQL
    from tests.parts.redis import Redis

Database = Literal["sqlite", "postgresql"]
PARTITIONS = 2
"""Of the findings: a person's stand in one, and those of two people come in any order."""


class Missing(Exception):
    """A server that is not installed here."""


class Parts(NamedTuple):
    """`prefix`: before the names of this proof's topics. `postgresql` None: the ledger is a file."""

    kafka: Kafka
    prefix: str
    redis: Redis
    postgresql: PostgreSQL | None
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """Of the processes."""
        return {
            "VIGIL_DATABASE_URL": self.url,
            "VIGIL_KAFKA": self.kafka.address,
            "VIGIL_TOPIC_PREFIX": self.prefix,
            "VIGIL_REDIS_URL": self.redis.url,
        }

    def troubles(self) -> Sequence[Callable[[], None]]:
        """What may be done to them: each leaves all of them at work again, except Redis, which may stay away until the next."""
        found: list[Callable[[], None]] = [self.kafka.restart, self.redis.empty, lambda: self.redis.end(signal.SIGKILL), self._redis_back]
        if self.postgresql is not None:
            server = self.postgresql
            found += [server.restart, lambda: server.restart(signal.SIGINT)]
        return found

    def _redis_back(self) -> None:
        self.redis.end()
        self.redis.start()


@contextmanager
def opened(database: Database, place: Path) -> Iterator[Parts]:
    """Servers of this proof's own, until the block ends. Raises `Missing`."""
    from tests.parts.kafka import Kafka, java  # noqa: PLC0415  the tests are not installed with the program: a proof runs in the tree
    from tests.parts.postgresql import installed, serving  # noqa: PLC0415
    from tests.parts.redis import Redis  # noqa: PLC0415

    program, redis_program = java(), shutil.which("redis-server")
    if program is None or redis_program is None:
        raise Missing("Kafka needs Java, Redis needs redis-server: `make test` installs them where it can")
    programs = installed() if database == "postgresql" else None
    if database == "postgresql" and programs is None:
        raise Missing("there is no PostgreSQL: `make test` installs it where it can")
    with ExitStack() as stack:
        places = {name: place / name for name in ("kafka", "redis")}
        for folder in places.values():
            folder.mkdir(parents=True)
        broker, redis = Kafka(program, places["kafka"]), Redis(redis_program, places["redis"])
        server = None if programs is None else stack.enter_context(serving(programs))
        url = f"sqlite:///{place / 'ledger.sqlite3'}" if server is None else server.url(server.new_database())
        for part in (broker, redis):
            stack.callback(part.end, signal.SIGKILL)
            part.start()
        yield made(Parts(broker, "", redis, server, url))


def made(parts: Parts) -> Parts:
    """With topics of its own."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    for name in (*topics(), FEED, REQUESTS):
        parts.kafka.make_topic(prefix + name, PARTITIONS if name == FINDINGS else 1)
    with suppress(Exception):  # of an earlier proof on the same broker: this one has no prefix
        parts.kafka.make_topic(ALERTS)
    return parts._replace(prefix=prefix)
