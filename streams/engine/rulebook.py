"""The catalogue, compiled for dispatch: which rules read what, in which order, with which parameters where.

Built once from `streams.catalogue.CATALOGUE` and the configuration. The engine runs no rule that does not care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import isfinite
from typing import cast

import msgspec

from streams.engine.feeds import FeedLimits
from streams.engine.person import Person
from streams.engine.rule import Rule

AnyRule = Rule[msgspec.Struct, msgspec.Struct]


class UnknownParameter(ValueError):
    """Configuration names a rule or a parameter that does not exist, or gives a value of the wrong type."""


class Rulebook:
    """Rules by index. The index is the place in the catalogue, so it is also the order of judgement."""

    def __init__(
        self,
        rules: Sequence[object],
        *,
        everywhere: Mapping[str, Mapping[str, object]] | None = None,
        by_area: Mapping[str, Mapping[str, Mapping[str, object]]] | None = None,
    ) -> None:
        self.rules = tuple(cast("AnyRule", rule) for rule in rules)
        self.slugs = {rule.slug: index for index, rule in enumerate(self.rules)}
        people = [(index, rule) for index, rule in enumerate(self.rules) if rule.actor == "person" and rule.status != "retired"]
        self.readers: dict[str, tuple[int, ...]] = {}
        for index, rule in people:
            for kind in rule.reads:
                self.readers[kind] = (*self.readers.get(kind, ()), index)
        self.finding_readers: dict[str, tuple[int, ...]] = {}
        for index, rule in people:
            for slug in rule.reads_findings:
                if self.slugs.get(slug, index) < index:
                    self.finding_readers[slug] = (*self.finding_readers.get(slug, ()), index)
        shared = {slug: dict(values) for slug, values in (everywhere or {}).items()}
        self._default = self._parameters(shared)
        self._areas: dict[str, tuple[msgspec.Struct, ...]] = {}
        about_feeds = {rule.slug for rule in self.rules if rule.actor == "feed"}
        for area, overrides in (by_area or {}).items():
            if wrong := sorted(about_feeds & set(overrides)):
                message = f"area {area} gives parameters of {wrong[0]}, which is about feeds, not areas: expected [parameters.{wrong[0]}]"
                raise UnknownParameter(message)
            slugs = {*shared, *overrides}
            self._areas[area] = self._parameters({slug: {**shared.get(slug, {}), **overrides.get(slug, {})} for slug in slugs})

    def _parameters(self, overrides: Mapping[str, Mapping[str, object]]) -> tuple[msgspec.Struct, ...]:
        unknown = sorted(set(overrides) - set(self.slugs))
        if unknown:
            message = f"configuration gives parameters of {', '.join(unknown)}: no such rule"
            raise UnknownParameter(message)
        return tuple(_changed(rule, overrides.get(rule.slug, {})) for rule in self.rules)

    @property
    def feed_limits(self) -> FeedLimits | None:
        """How long a feed may say nothing; None where no rule here says it."""
        return next((one for one in self._default if isinstance(one, FeedLimits)), None)

    def settings(self) -> tuple[tuple[msgspec.Struct, ...], Mapping[str, tuple[msgspec.Struct, ...]]]:
        """The parameters of every rule: where no area has others, and by area."""
        return self._default, self._areas

    def said(self) -> str:
        """Which rules in which version with which parameters: with another text, what was judged would be judged otherwise."""
        rules = [(rule.slug, rule.version, rule.status) for rule in self.rules]
        return repr((rules, self._default, sorted(self._areas.items())))

    def parameters(self, person: Person) -> tuple[msgspec.Struct, ...]:
        """The parameters of every rule for a person: those of the case's first area."""
        if not self._areas:
            return self._default
        return self._areas.get(next(iter(person.areas), ""), self._default)


def _changed(rule: AnyRule, values: Mapping[str, object]) -> msgspec.Struct:
    if not values:
        return rule.parameters
    fields = set(rule.parameters.__struct_fields__)
    unknown = sorted(set(values) - fields)
    if unknown:
        message = f"{rule.slug} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(fields))}"
        raise UnknownParameter(message)
    try:
        changed = msgspec.convert({**msgspec.to_builtins(rule.parameters), **values}, type(rule.parameters))
    except msgspec.ValidationError as wrong:
        message = f"parameters of {rule.slug}: {wrong}"
        raise UnknownParameter(message) from wrong
    for name in values:
        said = getattr(changed, name)
        if (isinstance(said, timedelta) and said < timedelta()) or (isinstance(said, float) and not isfinite(said)):
            message = f"parameters of {rule.slug}: {name} is {said}: expected a limit that can be reached, 0 or more"
            raise UnknownParameter(message)
    return changed
