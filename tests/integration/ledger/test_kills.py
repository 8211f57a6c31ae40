"""The taking process killed at random statements: nothing is lost, nothing is done twice, down to the last entry of the chain."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import Table, select

from alerting.auditor import audit
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT, HISTORY, TIMER
from alerting.ledger.tables.books import AUDIT
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.tables.told import INBOX
from tests.integration.ledger.killed_taker import Told
from tests.integration.ledger.topics_of_lives import lived
from tests.laws.tree import ROOT
from tests.lives import Life

KILLS = 5
KILLED = -9


def written(folder: Path) -> tuple[Path, list[Told]]:
    told = [
        Told(at, one.log, one.partition, one.number, one.topic, one.value.decode())
        for at, one in lived(Life(5, people=2, days=1.0)).records
    ]
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(one) for one in told))
    return file, told


def run(url: str, records: Path, dies_at: int) -> int:
    program = Path(__file__).with_name("killed_taker.py")
    done = subprocess.run(
        [sys.executable, program, url, records, str(dies_at)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=False, timeout=300
    )
    return done.returncode


def everything(ledger: Ledger, table: Table) -> list[tuple[object, ...]]:
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


def test_killed_at_random_statements_the_ledger_is_the_one_of_a_process_that_never_died(url: str, tmp_path: Path) -> None:
    records, told = written(tmp_path)
    assert 0 == run(f"sqlite:///{tmp_path / 'whole.sqlite3'}", records, 0)
    chance, deaths = Random(7), 0
    for _ in range(KILLS):
        deaths += run(url, records, chance.randrange(1, 250)) == KILLED
    assert 0 == run(url, records, 0)

    with closing(Ledger(f"sqlite:///{tmp_path / 'whole.sqlite3'}")) as whole, closing(Ledger(url)) as killed:
        assert deaths > KILLS // 2
        for table in (ALERT, TIMER, HISTORY, OUTBOX, INBOX, AUDIT):
            assert everything(whole, table) == everything(killed, table), table.name
        assert [] == [fault for fault in audit(url, told[-1].at).faults if fault.what != "messages that were due and were not sent"]
