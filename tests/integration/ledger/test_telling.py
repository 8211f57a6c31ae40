"""Findings in the ledger become the alerts of a replay, to the byte, however they are cut into transactions and whoever restarts."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from alerting.auditor import audit
from alerting.ledger import outbox
from alerting.ledger.alerts import Record, load_all, written
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.taking import take
from alerting.lifecycle.late_evidence import SETTLES_AFTER
from schemas.alert import Alert, alert_line
from tests.integration.ledger.ledgers import MINUTE
from tests.integration.ledger.station import Station, promise
from tests.integration.ledger.topics_of_lives import Lived, lived
from tests.lives import Life
from tests.unit.alerting.handled import ROWAN
from tests.unit.alerting.invented import a_finding

TERMS = Terms("https://vigil.example.org")


def taken(ledger: Ledger, life: Lived, chance: Random, most: int) -> None:
    """Batch after batch, some of them twice: who died after a commit and before saying so asks for the same again.

    In between clocks are fired and messages sent, which may change nothing of what the rule tells.
    """
    place = 0
    while place < len(life.records):
        batch = life.records[place : place + chance.randrange(1, most)]
        records, now = [record for _, record in batch], batch[-1][0]
        assert len(batch) == take(ledger, records, now, TERMS)
        if chance.random() < 0.1:
            assert 0 == take(ledger, records, now, TERMS)
        assert () == sweep(ledger, now, TERMS).broken
        with ledger.write(now) as writing:
            while claimed := outbox.claim(writing, MINUTE):
                for message in claimed:
                    outbox.handed_over(writing, message)
        place += len(batch)


def told_by_the_rule(record: Record) -> Alert:
    """What a reader outside has left of a written alert, who leaves out `escalated` and `reminded` as contract 3 has them."""
    alert = written(record.alert, record.recipients_of_book)
    recipients = tuple(one for one in alert.recipients if one.reason != "escalated")
    return alert.model_copy(
        update={"recipients": recipients, "revisions": tuple(one for one in alert.revisions if one.change != "reminded")}
    )


@pytest.mark.parametrize("seed", [3, 4])
def test_the_alerts_of_a_random_life_are_those_of_a_replay(ledger: Ledger, seed: int) -> None:
    life = lived(Life(seed, people=2, days=1.5))
    taken(ledger, life, Random(seed), most=40)

    with ledger.read() as connection:
        held = load_all(connection, connection.execute(select(ALERT.c.alert_id)).scalars())
    assert len(life.alerts) > 20
    assert [alert_line(alert) for alert in life.alerts] == [
        alert_line(record.of_book) for record in sorted(held.values(), key=lambda one: (one.alert.began_at, one.alert.alert_id))
    ]
    assert [record.of_book for record in held.values()] == [told_by_the_rule(record) for record in held.values()]
    report = audit(ledger.url, life.records[-1][0])
    assert () == report.faults


def test_late_evidence_shows_at_once_and_is_told_when_it_has_settled(ledger: Ledger) -> None:
    station = Station(ledger)
    finding = a_finding(severity="medium")
    alert = station.tells(finding)
    station.says(ROWAN, promise(station.now), alert)
    station.sends()
    version = station.alert(alert).version
    over = finding.model_copy(update={"status": "withdrawn", "because": "A late fix shows him elsewhere."})
    station.tells(over, change="withdrawn", out_of_order=True)

    held = station.alert(alert)
    assert ("withdrawn", "acknowledged", version) == (held.alert.status, held.handling.state, held.version)
    assert ([], "matter.withdrawn") == (station.sends(), station.words(alert)[-1])
    assert () == station.books().faults

    assert 1 == station.wait(SETTLES_AFTER).fired
    held = station.alert(alert)
    assert ("unanswered", version + 1) == (held.handling.state, held.version)
    assert ROWAN in {one.message.officer_id for one in station.sends()}
    assert () == station.books().faults
