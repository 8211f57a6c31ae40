"""Rows that take the place of those with the same key: the one statement that the two databases say through modules of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Each row as it is, whether or not its key was there. All rows name the same columns; what they leave out stays."""
    if not rows:
        return
    statement = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    keys = [column.name for column in table.primary_key.columns]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    whole = statement.on_conflict_do_update(index_elements=keys, set_=others) if others else statement.on_conflict_do_nothing()
    connection.execute(whole, [dict(row) for row in rows])
