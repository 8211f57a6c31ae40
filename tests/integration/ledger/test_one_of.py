"""One of some names, on both databases: what it finds, and that it finds it over an index."""

from __future__ import annotations

import pytest
from sqlalchemy import not_, select

from alerting.ledger.one_of import one_of
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from tests.integration.ledger.reached import Town


@pytest.fixture
def town(ledger: Ledger) -> Town:
    return Town(ledger)


def test_it_is_true_of_each_of_them_and_of_nothing_else(town: Town) -> None:
    first, second = town.alert("pp-1"), town.alert("pp-2")
    asked, others = select(ALERT.c.alert_id).where(one_of(ALERT.c.alert_id, "names")), not_(one_of(ALERT.c.alert_id, [first]))
    with town.asking() as connection:
        for names in ([], [first], [first, second, "o\"'); DROP TABLE alert --"], [first] * 40_000):
            assert set(names) & {first, second} == set(connection.execute(asked, {"names": names}).scalars())
        assert [second] == connection.execute(select(ALERT.c.alert_id).where(others)).scalars().all()


def test_it_is_read_over_the_index_of_the_column(town: Town) -> None:
    asked = select(ALERT.c.seq).where(one_of(ALERT.c.alert_id, ["al_1", "al_2"]))
    with town.asking() as connection:
        said = asked.compile(connection, compile_kwargs={"literal_binds": connection.dialect.name == "postgresql"})
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", ('["al_1","al_2"]',)).all()
            assert any("SEARCH alert USING" in str(row[-1]) for row in plan), plan
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {said}").all()
            assert any("Index Cond" in str(row[0]) for row in plan), plan
