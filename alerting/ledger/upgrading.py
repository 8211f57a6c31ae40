"""Brings a database to the last step, through Alembic, inside the caller's transaction. No ini file and no env.py.

Called by `Ledger.upgrade`. Half a migration never stands: both databases take back what a failed one changed.
"""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from alerting.ledger import migrations

_LINE = 7341
"""The advisory lock of PostgreSQL that those who upgrade at the same time stand in line for; SQLite's file is its own."""


def steps() -> ScriptDirectory:
    """Every step there is, in the folder `migrations`."""
    folder = str(Path(migrations.__file__).parent)
    return ScriptDirectory(folder, version_locations=[folder])


def upgrade(connection: Connection, to: str = "head") -> None:
    """Take every step that was not taken yet."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:line)"), {"line": _LINE})
    script = steps()

    def missing(taken: str, _context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs(to, taken)  # noqa: SLF001  as Alembic's own `upgrade` command does; there is no public way without env.py

    context = MigrationContext.configure(connection, opts={"fn": missing, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()
