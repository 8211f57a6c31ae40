"""What the tables are made of: the one collection of them, instants, and keys that count by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, MetaData, Table, TypeDecorator

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up by itself; SQLite does that for INTEGER alone."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant, as whole microseconds since 1970 in UTC: both databases sort and compare them alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  the library's signature
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the library's signature
        return None if value is None else _EPOCH + value * _TICK


def table(name: str, *parts: Column[object] | Index) -> Table:
    """A table of the ledger."""
    return Table(name, METADATA, *parts)
