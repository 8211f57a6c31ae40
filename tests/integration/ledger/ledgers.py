"""Ledgers for tests: a real SQLite file, and a database of a real PostgreSQL. An empty one is made once and copied for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from alerting.ledger.store import FILE, Ledger
from tests.parts.postgresql import PostgreSQL

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made and none is yet: each test runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    return str(request.getfixturevalue("postgresql_url"))


def in_folder(folder: Path) -> Ledger:
    """The ledger of a folder; an empty one where there is none."""
    file = folder / FILE
    if not file.exists():
        folder.mkdir(exist_ok=True)
        file.write_bytes(_empty())
    return Ledger.in_folder(folder)


@pytest.fixture(scope="session")
def empty_database(postgresql: PostgreSQL) -> str:
    """A database with an empty ledger, to be copied."""
    name = postgresql.new_database()
    opened = Ledger(postgresql.url(name))
    opened.upgrade()
    opened.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger: each test runs on both databases."""
    if request.param == "sqlite":
        opened = in_folder(tmp_path)
        yield opened
        opened.close()
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    name = postgresql.new_database(like=request.getfixturevalue("empty_database"))
    opened = Ledger(postgresql.url(name))
    yield opened
    opened.close()
    postgresql.drop(name)


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made = Ledger.in_folder(Path(folder))
        made.upgrade()
        made.close()
        return (Path(folder) / FILE).read_bytes()
