"""Findings in the ledger become the alerts of a replay, to the byte, however they are cut into transactions and whoever restarts."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from alerting.auditor import audit
from alerting.ledger import outbox
from alerting.ledger.alerts import Record, load_all, written
from alerting.ledger.holding import AT_MOST, release
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.taking import take
from schemas import topics
from schemas.alert import Alert, alert_line
from tests.integration.ledger.ledgers import MINUTE
from tests.integration.ledger.topics_of_lives import Lived, lived
from tests.lives import Life

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
        release(ledger, now, TERMS)
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


@pytest.mark.parametrize("seed", [3, 4])
def test_what_waited_for_late_evidence_comes_to_the_alerts_of_a_replay(ledger: Ledger, seed: int) -> None:
    life = lived(Life(seed, people=2, days=1.5), at_once=False)
    assert any(record.topic == topics.FINDINGS and b'"out_of_order":true' in record.value for _, record in life.records)
    taken(ledger, life, Random(seed), most=40)
    release(ledger, life.records[-1][0] + AT_MOST, TERMS)

    with ledger.read() as connection:
        held = load_all(connection, connection.execute(select(ALERT.c.alert_id)).scalars())
    stands = {one.alert_id: told_alike(one) for one in life.alerts if one.status != "withdrawn"}
    assert stands == {name: told_alike(record.of_book) for name, record in held.items() if record.of_book.status != "withdrawn"}


def told_alike(alert: Alert) -> Alert:
    """Without what waiting may change: the turns in between, and who was on duty at each."""
    return alert.model_copy(update={"revisions": (), "recipients": (), "reference": ""})
