"""Rows that take the place of those with the same key: the one statement that the two databases say through modules of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Each row as it is, whether or not its key was there. All rows name the same columns; what they leave out stays."""
    if rows:
        connection.execute(upserting(connection.dialect.name, table, tuple(rows[0])), [dict(row) for row in rows])


@cache
def upserting(dialect: str, table: Table, names: tuple[str, ...]) -> Executable:
    """The statement itself, for rows that name these columns."""
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    others = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others) if others else statement.on_conflict_do_nothing()
