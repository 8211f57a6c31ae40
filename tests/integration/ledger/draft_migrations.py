"""Writes migrations from the tables: what differs, as code to put into a new step; and, before the first release, all steps anew.

    python tests/integration/ledger/draft_migrations.py

Once a ledger is in use somewhere its steps are never written again: `draft` says what the next one must do.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateIndexOp, CreateTableOp, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table
from sqlalchemy.sql.elements import False_

from alerting.ledger import migrations
from alerting.ledger.tables import alerts
from alerting.ledger.tables.columns import NUMBER, Instant
from alerting.ledger.tables.every import METADATA, MODULES

HEAD = '''"""{says}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
{code}
'''
FIRST = '    op.bulk_insert(sa.table("counter", sa.column("one"), sa.column("seq")), [{"one": 1, "seq": 0}])'


def rendered(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """A step says what the database holds, and imports nothing of ours, which will change."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.BigInteger()"
    if kind == "type" and item is NUMBER:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if kind == "server_default" and isinstance(getattr(item, "arg", None), False_):
        return "sa.false()"  # in words of its own it would be SQLite's 0
    return False


def draft(connection: Connection) -> str:
    """What a new step must do, so that the database becomes what the tables say; empty where nothing differs."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    wanted = produce_migrations(context, METADATA).upgrade_ops
    return "" if wanted is None or wanted.is_empty() else code(wanted)


def code(wanted: UpgradeOps) -> str:
    """These operations as Python."""
    return str(render_python_code(wanted, render_item=rendered))


def anew(module: ModuleType) -> str:
    """Everything that a module of tables makes."""
    made = [table for table in METADATA.sorted_tables if any(table is one for one in vars(module).values() if isinstance(one, Table))]
    wanted = UpgradeOps([])
    for table in made:
        wanted.ops.append(CreateTableOp.from_table(table))
        wanted.ops.extend(CreateIndexOp.from_index(index) for index in sorted(table.indexes, key=lambda index: str(index.name)))
    return code(wanted)


def main() -> None:
    """Write all steps anew."""
    folder = Path(migrations.__file__).parent
    for old in folder.glob("r*.py"):
        old.unlink()
    before = None
    for number, module in enumerate(MODULES, 1):
        name, revision = module.__name__.rsplit(".", 1)[-1], f"r{number:04}"
        body = anew(module) + (f"\n{FIRST}" if module is alerts else "")
        body = "\n".join(line if line.startswith("    ") or not line else f"    {line}" for line in body.splitlines() if "###" not in line)
        says = (module.__doc__ or "").splitlines()[0]
        before_said = "None" if before is None else f'"{before}"'
        (folder / f"{revision}_{name}.py").write_text(HEAD.format(says=says, revision=revision, before=before_said, code=body))
        before = revision
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(folder)], check=True)


if __name__ == "__main__":
    main()
