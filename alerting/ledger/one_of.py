"""One of some names, as a condition whose words are the same however many there are: what is asked often is then prepared once.

A list of parameters is put together anew for each number of names, and PostgreSQL plans each anew. Here all names are one value:
an array there, JSON in SQLite. Called wherever rows of some alerts, people or officers are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
from sqlalchemy import ARRAY, Boolean, ColumnElement, Connection, Dialect, FunctionElement, String, TypeDecorator, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine


class Names(TypeDecorator[Sequence[str]]):
    """Some names as one value."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        """An array of PostgreSQL; text elsewhere."""
        return dialect.type_descriptor(cast("TypeEngine[object]", ARRAY(String()) if dialect.name == "postgresql" else String()))

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> object:
        """As the driver takes it."""
        names = list(value or ())
        return names if dialect.name == "postgresql" else msgspec.json.encode(names).decode()


class _OneOf(FunctionElement[bool]):
    """Of a column and the names."""

    name = "one_of"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> ColumnElement[bool]:  # type: ignore[override]  # noqa: ARG002
        """As it stands: compared with true, as a function's answer is, no index is of use to SQLite."""
        return self


def one_of(column: ColumnElement[str] | ColumnElement[str | None], names: str | Sequence[str]) -> ColumnElement[bool]:
    """Whether the column is one of these; a text is the name of the parameter that they are bound to."""
    given = bindparam(names, type_=Names()) if isinstance(names, str) else literal(names, Names())
    return _OneOf(column, given)


_ONCE = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_hashjoin', 'off', true),
 set_config('enable_mergejoin', 'off', true)"""


_ANEW = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"


def planned_once(connection: Connection) -> None:
    """For the rest of this transaction PostgreSQL plans what it has prepared once, and not anew for each officer and each name.

    For questions about what is named, whose plan is the same whoever asks; a list that ends early needs one for its own limit.
    Some hundred names at most: it need not think of reading a table whole to find them.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ONCE)


def planned_anew(connection: Connection) -> None:
    """Until `planned_once`, or the end of this transaction, PostgreSQL plans what it has prepared for whoever asks.

    For lists: one officer was told of half a million alerts, the next of five, and no plan is good for both.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ANEW)


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **how: object) -> str:
    column, names = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({names}))"  # noqa: S608  a column of ours and a parameter


@compiles(_OneOf, "postgresql")
def _in_array(element: _OneOf, compiler: SQLCompiler, **how: object) -> str:
    column, names = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY ({names})"
