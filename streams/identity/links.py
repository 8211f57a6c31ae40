"""Who is who at this moment: identifiers in components, each component replayed whenever something new is said in it.

A component is everything that was ever said together, also where it was refused; so what is said in one cannot change another.
A table without decisions of its own (`replay` decides). Used by the registry and the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from schemas.event import Identifier
from streams.identity.answers import Answers
from streams.identity.replay import Cluster, Contest, Outcome, replay
from streams.identity.statements import Envelope, Key, LinkStatement


class Component:
    """Everything said about identifiers that were ever said together, and what it comes to."""

    __slots__ = ("identifiers", "outcome", "said")

    def __init__(self) -> None:
        self.identifiers: set[Identifier] = set()
        self.said: dict[Key, LinkStatement] = {}
        self.outcome = Outcome((), (), ())


class Links:
    """The clusters by identifier."""

    def __init__(self, answers: Answers, one_each: AbstractSet[str]) -> None:
        self._answers = answers
        self._one_each = one_each
        self._components: dict[Identifier, Component] = {}
        self._clusters: dict[Identifier, Cluster] = {}
        self._contested: dict[int, Component] = {}

    def is_news(self, statement: LinkStatement) -> bool:
        """True when it could change anything: not said before, or said earlier than we knew."""
        component = self._components.get(statement.identifiers[0])
        known = None if component is None else component.said.get(statement.key)
        if known is None:
            return True
        # One identifier alone links nothing, so its place in time does not matter.
        alone = isinstance(statement, Envelope) and len(statement.identifiers) == 1
        return statement.order < known.order and not alone

    def learn(self, statements: Iterable[LinkStatement]) -> None:
        """Takes news, and works out its components again."""
        changed: dict[int, Component] = {}
        for statement in statements:
            component = self._component(statement.identifiers)
            component.said[statement.key] = statement
            changed[id(component)] = component
        for component in changed.values():
            if component.identifiers:
                self._replay(component)

    def decided(self, pair: Iterable[Identifier]) -> None:
        """Works out again what a decision about these identifiers may have changed."""
        self._replay(self._component(tuple(pair)))

    def cluster(self, identifier: Identifier) -> Cluster | None:
        """Who this identifier is; None when it was never named."""
        return self._clusters.get(identifier)

    def clusters(self, identifiers: Iterable[Identifier]) -> list[Cluster]:
        """The people that these identifiers name, each once, in the order of the identifiers."""
        found = (self._clusters.get(identifier) for identifier in identifiers)
        return list(dict.fromkeys(cluster for cluster in found if cluster is not None))

    def together(self, identifiers: Iterable[Identifier]) -> set[Identifier]:
        """Everything ever said together with any of these: as far as a change can reach through links."""
        reached = set(identifiers)
        for component in {id(found): found for found in map(self._components.get, tuple(reached)) if found is not None}.values():
            reached |= component.identifiers
        return reached

    def components(self) -> Iterator[Component]:
        """Each component once, in the order in which its first identifier was named to us."""
        return iter({id(component): component for component in self._components.values()}.values())

    def contests(self) -> Iterator[Contest]:
        """The merges and splits that wait for a human."""
        for component in self._contested.values():
            yield from component.outcome.contests

    def forget(self, component: Component) -> None:
        """Drops all that was said in it."""
        self._contested.pop(id(component), None)
        for identifier in component.identifiers:
            del self._components[identifier], self._clusters[identifier]

    def _component(self, identifiers: tuple[Identifier, ...]) -> Component:
        """The one component of these identifiers; several become one, the smaller going into the largest."""
        found = list({id(known): known for known in map(self._components.get, identifiers) if known is not None}.values())
        into = max(found, key=lambda component: len(component.said), default=Component())
        for component in found:
            if component is not into:
                self._contested.pop(id(component), None)
                into.said.update(component.said)
                self._claim(into, component.identifiers)
                component.identifiers = set()
        self._claim(into, identifiers)
        return into

    def _claim(self, component: Component, identifiers: Iterable[Identifier]) -> None:
        for identifier in identifiers:
            component.identifiers.add(identifier)
            self._components[identifier] = component

    def _replay(self, component: Component) -> None:
        decisions = self._answers.touching(component.identifiers)
        component.outcome = replay(component.said.values(), decisions, self._one_each)
        for cluster in component.outcome.clusters:
            for identifier in cluster.identifiers:
                self._clusters[identifier] = cluster
        self._contested.pop(id(component), None)
        if component.outcome.contests:
            self._contested[id(component)] = component
