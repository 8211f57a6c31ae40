"""The migrations make what the tables say, on an empty database and on one that is full, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import Boolean, Connection, Float, Integer, LargeBinary, Table, func, insert, inspect, select

from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import COUNTER
from alerting.ledger.tables.columns import Instant
from alerting.ledger.tables.every import METADATA
from alerting.ledger.upgrading import steps, upgrade
from tests.integration.ledger.draft_migrations import draft
from tests.integration.ledger.ledgers import NOON

STEPS = [step.revision for step in reversed(list(steps().walk_revisions()))]


def an_invented_row(table: Table) -> dict[str, object]:
    """Something in every column; the second of two rows differs by nothing but its keys."""
    row: dict[str, object] = {}
    for column in table.columns:
        kind = column.type
        if isinstance(kind, Instant):
            row[column.name] = NOON
        elif isinstance(kind, Boolean):
            row[column.name] = True
        elif isinstance(kind, LargeBinary):
            row[column.name] = b"\x00invented"
        elif isinstance(kind, Float):
            row[column.name] = 1.5
        elif isinstance(kind, Integer):
            row[column.name] = 7
        else:
            row[column.name] = "invented"
    return row


def fill(connection: Connection) -> None:
    """A row in every table that is there."""
    there = set(inspect(connection).get_table_names())
    for table in METADATA.sorted_tables:
        if table.name in there and table is not COUNTER:
            columns = {column["name"] for column in inspect(connection).get_columns(table.name)}
            connection.execute(insert(table), [{name: value for name, value in an_invented_row(table).items() if name in columns}])


def counts(connection: Connection) -> dict[str, int]:
    """How many rows stand in each table that is there."""
    there = set(inspect(connection).get_table_names())
    asked = {name: select(func.count()).select_from(table) for name, table in METADATA.tables.items() if name in there}
    return {name: connection.execute(question).scalar_one() for name, question in asked.items()}


def test_an_empty_database_becomes_what_the_tables_say(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        assert "" == draft(connection), "put this into a new step of alerting/ledger/migrations"
        assert [(1, 0)] == [tuple(row) for row in connection.execute(select(COUNTER))]


@pytest.mark.parametrize("at", STEPS)
def test_a_full_database_at_any_step_goes_on_and_keeps_its_rows(url: str, at: str) -> None:
    ledger = Ledger(url)
    with ledger.engine.begin() as connection:
        upgrade(connection, at)
        fill(connection)
        before = counts(connection)

    ledger.upgrade()

    with ledger.engine.begin() as connection:
        assert "" == draft(connection), "put this into a new step of alerting/ledger/migrations"
        after = counts(connection)
    assert before == {name: after[name] for name in before}
    ledger.close()


def test_upgrading_again_changes_nothing_and_two_may_try_at_once(url: str) -> None:
    first, second = Ledger(url), Ledger(url)
    first.upgrade()
    second.upgrade()
    with first.write(NOON) as writing:
        assert 1 == writing.next_seq()
    second.upgrade()

    assert 1 == first.seq()
    first.close()
    second.close()
