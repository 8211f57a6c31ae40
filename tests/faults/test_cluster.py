"""The cluster's processes killed at random instants, its servers too: the short form of `python -m ops.faults.cluster --times 100`."""

from __future__ import annotations

import gc
from pathlib import Path
from random import Random

import pytest

from ops.faults.cluster import Pace, prove
from ops.faults.parts import Database, Parts, made
from tests.parts.kafka import Kafka
from tests.parts.postgresql import PostgreSQL
from tests.parts.redis import Redis

PACE = Pace(life_s=1.0, per_s=10.0, trouble_every_s=3.0, until_sent=False)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # kafka-python leaves sockets of connections that failed
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_at_random_instants_no_finding_is_lost_or_taken_twice_and_no_alert_is_without_owner(
    database: Database, kafka: Kafka, redis: Redis, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url, server = f"sqlite:///{tmp_path / 'ledger.sqlite3'}", None
    if database == "postgresql":
        url, server = str(request.getfixturevalue("postgresql_url")), request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
    found = prove(made(Parts(kafka, "", redis, server, url)), tmp_path, times=3, rng=Random(20), pace=PACE)
    gc.collect()  # those sockets, while they may be left

    assert () == found.wrong
    assert found.findings > 20
    assert "3 of vigil alerting, 3 of vigil console, 3 of vigil auditor" == found.kills
