"""The house laws that read Python's syntax: docstrings, signatures, clocks and units. `house.py` says what a law is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.laws.house import Law, Offences
from tests.laws.tree import Source

PURE = ("schemas/", "streams/engine/", "streams/rules/", "streams/identity/", "streams/catalogue.py", "alerting/lifecycle/")
PURE_ALERTING_DEPTH = 1  # the rest of alerting's core lies directly in alerting/; its shells in folders
CLOCK_MODULES = {"time", "random", "secrets"}
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time_ns"}


@cache
def _tree(source: Source) -> ast.Module:
    return ast.parse(source.text, filename=source.path)


def _code(source: Source) -> bool:
    return source.suffix == ".py"


def without_docstring(source: Source) -> Offences:
    """A module that does not say what it is, what it is not and who calls it."""
    if _code(source) and not (ast.get_docstring(_tree(source)) or "").strip():
        yield f"{source.path}: no docstring at the top"


def crowded_init(source: Source) -> Offences:
    """A package that does work, or hides where its names come from."""
    if source.path.endswith("/__init__.py") and len(_tree(source).body) > 1:
        yield f"{source.path}: holds more than its docstring"


def _names_any(annotation: ast.expr) -> bool:
    for node in ast.walk(annotation):
        match node:
            case ast.Name(id="Any") | ast.Attribute(attr="Any"):
                return True
            case ast.Constant(value=str(text)) if "Any" in text.replace("[", " ").replace("]", " ").replace(",", " ").split():
                return True
    return False


def any_in_signature(source: Source) -> Offences:
    """`Any` switches the type checker off for everybody who calls."""
    if not _code(source):
        return
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
            annotations = [argument.annotation for argument in every] + [node.returns]
            if any(annotation is not None and _names_any(annotation) for annotation in annotations):
                yield f"{source.path}:{node.lineno}: {node.name}"


def _pure(source: Source) -> bool:
    alerting_core = source.path.startswith("alerting/") and source.path.count("/") == PURE_ALERTING_DEPTH
    return _code(source) and (source.path.startswith(PURE) or alerting_core)


def clock_in_pure_part(source: Source) -> Offences:
    """A clock or chance where everything must be a function of its arguments."""
    if not _pure(source):
        return
    for node in ast.walk(_tree(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_CALLS:
                yield f"{source.path}:{node.lineno}: calls .{name}()"
            case ast.Import(names=names) if {alias.name.split(".")[0] for alias in names} & CLOCK_MODULES:
                yield f"{source.path}:{node.lineno}: imports {', '.join(alias.name for alias in names)}"
            case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] in CLOCK_MODULES:
                yield f"{source.path}:{node.lineno}: imports from {module}"


NUMBERS = {"int", "float", "Decimal"}
DURATION = re.compile(r"s|secs?|seconds?|mins?|minutes?|h|hours?|d|days?|weeks?")
UNITS = {"m", "km", "kmh", "percent", "deg", "ratio", "people", "score", "level", "stage"}


def _unit_offence(name: str, annotation: ast.expr) -> str | None:
    """What is wrong with a number's name, or None. Its last word is its unit: `radius_m`, `least_fixes`; a count counts a plural."""
    if not any(isinstance(node, ast.Name) and node.id in NUMBERS for node in ast.walk(annotation)):
        return None
    unit = name.rsplit("_", 1)[-1]
    if DURATION.fullmatch(unit):
        return "is a duration: make it a timedelta"
    if unit in UNITS or (unit.endswith("s") and not unit.endswith("ss")):
        return None
    return "has no unit in its name"


def unitless_parameter(source: Source) -> Offences:
    """A threshold of a rule whose unit one has to guess."""
    if not (_code(source) and source.path.startswith("streams/rules/")):
        return
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ClassDef) and node.name == "Parameters":
            yield from _unitless_fields(source.path, node)


def _unitless_fields(path: str, parameters: ast.ClassDef) -> Iterator[str]:
    for field in parameters.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            offence = _unit_offence(field.target.id, field.annotation)
            if offence:
                yield f"{path}:{field.lineno}: {field.target.id} {offence}"


CODE_LAWS = {
    "docstring": Law(
        "every module begins with its docstring",
        "Say in a sentence or three what it is, what it is not and who calls it.",
        without_docstring,
    ),
    "packages": Law(
        "an __init__.py holds its docstring and nothing else",
        "Import from the module that defines the name.",
        crowded_init,
    ),
    "signatures": Law("no signature says Any", "Name the type, or use a type variable or object.", any_in_signature),
    "clocks": Law(
        "the pure parts know no clock and no chance",
        "Take `now` as an argument; only a shell reads the clock.",
        clock_in_pure_part,
    ),
    "units": Law(
        "each number among a rule's Parameters has its unit in its name, and a duration is a timedelta",
        "End the name with a unit (_m, _percent, _kmh) or with what is counted (_fixes, _calls).",
        unitless_parameter,
    ),
}
