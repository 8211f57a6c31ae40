"""A real PostgreSQL for tests: one server for the session, a fresh database for each test that asks. The long proofs serve theirs too.

It refuses to run as root, so there it runs as `postgres`, which its package makes, or `nobody`, in a folder that this user may enter.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.parts.absent import absent
from tests.parts.server import Server, free_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "full_page_writes": "off",  # the folder is thrown away: it has to outlive a killed server, not a power cut
    "fsync": "off",
    "lc_messages": "C",
}


class PostgreSQL(Server):
    """`folder` is empty, and belongs to `user`."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.port = free_port()
        self._made = 0
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        data = str(folder / "data")
        command = [str(programs / "postgres"), "-D", data, "-p", str(self.port), "-k", str(folder), *settings]
        super().__init__("postgres", command, folder / "log", self._serves, user)
        initdb = [str(programs / "initdb"), "-D", data, "-U", "vigil", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder, timeout=60)

    def url(self, database: str = "postgres") -> str:
        """Of one of its databases."""
        return f"postgresql://vigil@127.0.0.1:{self.port}/{database}"

    def new_database(self, like: str = "template1") -> str:
        """A fresh database, a copy of one that nobody is connected to; its name."""
        self._made += 1
        name = f"test_{self._made}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._say(made.format(sql.Identifier(name), sql.Identifier(like)))
        return name

    def drop(self, database: str) -> None:
        """Throw it away, with whoever is still connected to it."""
        self._say(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _say(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def _serves(self) -> bool:
        with suppress(psycopg.OperationalError):
            self._say(sql.SQL("SELECT 1"))
            return True
        return False


def installed() -> Path | None:
    """Where the newest one's programs are: Debian keeps each version in a folder of its own, off the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda found: int(found.parts[-3]))
    found = kept[-1] if kept else shutil.which("postgres")
    return Path(found).resolve().parent if found else None


@contextmanager
def serving(programs: Path) -> Iterator[PostgreSQL]:
    """One server, in a folder of its own, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="vigil-postgresql-", ignore_cleanup_errors=True) as place:
        user = _unprivileged()
        if user is not None:
            shutil.chown(place, user)
        server = PostgreSQL(programs, Path(place), user)
        server.start()
        try:
            yield server
        finally:
            server.end(signal.SIGINT)  # SIGTERM would wait for everybody still connected


def _unprivileged() -> str | None:
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for the session."""
    programs = installed()
    if programs is None:
        absent("PostgreSQL", "there is no postgres")
    with serving(programs) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """A fresh database of this test alone."""
    database = postgresql.new_database()
    yield postgresql.url(database)
    postgresql.drop(database)
