"""The rules as they run here, for the page of the rules: their texts, who is told, and their parameters. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec

from schemas.read_models import Parameter, RuleView
from streams.engine.rulebook import Rulebook
from streams.reference import SYSTEM, headings


def rules(rulebook: Rulebook) -> Iterator[RuleView]:
    """Those of the catalogue in the order of judgement, then what engine and shell say of themselves."""
    default, by_area = rulebook.settings()
    for place, rule in enumerate(rulebook.rules):
        areas = {area: _different(values[place], default[place]) for area, values in by_area.items()}
        docstring = sys.modules[rule.decide.__module__].__doc__ or ""
        yield RuleView(
            slug=rule.slug,
            place=place,
            version=rule.version,
            status=rule.status,
            title=docstring.partition("\n\n")[0].replace("\n", " "),
            parts={name.lower(): text for name, text in headings(docstring)},
            tells=rule.tells,
            reads=rule.reads,
            reads_findings=rule.reads_findings,
            parameters=_parameters(default[place]),
            by_area={area: values for area, values in areas.items() if values},
        )
    for place, (module, fires, clears) in enumerate(SYSTEM, len(rulebook.rules)):
        yield RuleView(
            slug=module.SLUG,
            place=place,
            version=module.VERSION,
            status="live",
            title=(module.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
            parts={"fires": " ".join(fires.split()), "clears": clears},
            tells=module.TELLS,
        )


def _parameters(values: msgspec.Struct) -> dict[str, Parameter]:
    return {name: _plain(value) for name, value in msgspec.to_builtins(values).items()}


def _different(values: msgspec.Struct, default: msgspec.Struct) -> dict[str, Parameter]:
    usual = _parameters(default)
    return {name: value for name, value in _parameters(values).items() if value != usual[name]}


def _plain(value: object) -> Parameter:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(str(_plain(inner)) for inner in value)
    if value is None or isinstance(value, str | bool):
        return value
    return float(value) if isinstance(value, int | float) else str(value)
