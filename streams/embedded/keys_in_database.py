"""The keys of feed clients in a database, for a cluster whose intakes share them: as `streams.embedded.keys` keeps them in a file.

A table of its own, made where it is not there; in the same database as the ledger or another. Nothing is kept in memory, so that a
key is of use, and of no use, to every process at once. Called by `vigil keys --database`; `find` is for `vigil intake`, the cluster's own
intake, which is not there yet: until it is, a key in a database opens nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Engine, Float, LargeBinary, MetaData, Row, Table, Text, create_engine, insert, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from streams.embedded.keys import Key, Store, globs, id_in, row_of

_TABLES = MetaData()
FEED_KEY = Table(
    "feed_key",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("types", Text, nullable=False),
    Column("rate_events_s", Float),
    Column("hash", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)


class DatabaseKeys(Store):
    """The table. Any thread may ask."""

    def __init__(self, url: str | URL) -> None:
        where = make_url(url)
        sqlite = where.get_backend_name() == "sqlite"
        self._engine: Engine = create_engine(where if sqlite else where.set(drivername="postgresql+psycopg"))
        with self._engine.connect() as connection:
            try:
                _TABLES.create_all(connection)
            except DBAPIError:  # another process made it between the look and the making; what is worse is raised by the second try
                connection.rollback()
                _TABLES.create_all(connection)
            connection.commit()

    def every(self) -> tuple[Key, ...]:
        """See `Store.every`."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(FEED_KEY).order_by(FEED_KEY.c.made_at, FEED_KEY.c.id))
            return tuple(_key(row) for row in rows)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def find(self, text: str, at: datetime) -> Key | None:
        """The living key of this text."""
        with self._engine.connect() as connection:
            row = connection.execute(select(FEED_KEY).where(FEED_KEY.c.id == id_in(text))).first()
        key = None if row is None else _key(row)
        return key if key is not None and key.opened_by(text, at) else None

    def _keep(self, key: Key) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(FEED_KEY).values(row_of(key)))

    def _end(self, key_id: str, at: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(FEED_KEY).where(FEED_KEY.c.id == key_id).values(revoked_at=at))


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        sources=globs(row.sources),
        rate_events_s=row.rate_events_s,
        hash=bytes(row.hash),
        made_at=_utc(row.made_at),
        expires_at=None if row.expires_at is None else _utc(row.expires_at),
        revoked_at=None if row.revoked_at is None else _utc(row.revoked_at),
        types=globs(row.types),
    )


def _utc(at: datetime) -> datetime:
    """SQLite forgets the offset, which is always that of UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
