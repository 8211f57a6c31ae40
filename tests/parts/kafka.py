"""A real Kafka broker for tests, from its published jars: one node, KRaft, nothing but Java.

Topics are made by whoever tests, and named apart: the broker is one for the session. Automatic topics are off, as in the cluster.
"""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.parts.absent import absent
from tests.parts.server import Server, free_port, listening

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

JARS = Path(__file__).parents[2] / "build" / "kafka"
OLDEST_JAVA = 17
CLUSTER = "dmlnaWwtdGVzdC1wYXJ0cw"  # 16 bytes in base64, as the broker wants it
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={place}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


class Kafka(Server):
    """`address` is what a client bootstraps from."""

    def __init__(self, java: str, place: Path) -> None:
        self._port = free_port()
        self.address = f"127.0.0.1:{self._port}"
        properties = place / "server.properties"
        properties.write_text(PROPERTIES.format(port=self._port, controller=free_port(), place=place))
        base = [java, "-cp", f"{JARS}/*", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]  # a quick start counts here
        tool = [*base, "kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER, "-c", str(properties)]
        subprocess.run(tool, check=True, capture_output=True, timeout=60)
        super().__init__("kafka", [*base, "kafka.Kafka", str(properties)], place / "log", self._serves)

    def make_topic(self, name: str, partitions: int = 1) -> str:
        """A topic with one copy; its name."""
        with self._admin() as admin:
            admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
        return name

    def _admin(self) -> closing[KafkaAdminClient]:
        from kafka import KafkaAdminClient  # noqa: PLC0415  half a second, which runs without Kafka need not spend

        return closing(KafkaAdminClient(bootstrap_servers=self.address))

    def _serves(self) -> bool:
        if not listening(self._port):
            return False
        from kafka.errors import KafkaError  # noqa: PLC0415  as above

        try:
            with self._admin() as admin:
                return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False


def java() -> str | None:
    """A Java that is new enough: the machine's own, or one beside it."""
    candidates = [shutil.which("java"), *sorted(map(str, Path("/usr/lib/jvm").glob("*/bin/java")), reverse=True)]
    for java in filter(None, candidates):
        said = subprocess.run([java, "-version"], check=False, capture_output=True, text=True, timeout=60).stderr
        version = re.search(r'version "(\d+)', said)
        if version and int(version[1]) >= OLDEST_JAVA:
            return java
    return None


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One for the session."""
    program = java()
    if program is None:
        absent("Kafka", f"there is no Java {OLDEST_JAVA} or newer")
    if not any(JARS.glob("kafka_*.jar")):
        absent("Kafka", "its jars are not in build/kafka")
    broker = Kafka(program, tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.end()


@pytest.fixture(scope="module")
def kafka(broker: Kafka) -> Iterator[Kafka]:
    """The broker, for a file of tests. A client that was refused leaves its socket to the collector, which then blames any test."""
    yield broker
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def kafka_address(kafka: Kafka) -> str:
    """What a client bootstraps from."""
    return kafka.address
