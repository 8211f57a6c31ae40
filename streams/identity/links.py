"""Who is who at this moment: identifiers in components, each component replayed whenever something new is said in it.

A component is everything that was ever said together, also where it was refused; so what is said in one cannot change another.
One of which nothing is heard rests: a few hundred bytes, worked out again when something is said.
A table without decisions of its own (`replay` decides). Used by the registry and the desk.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from schemas.event import Identifier
from streams.identity.answers import Answers
from streams.identity.replay import Cluster, Contest, Course, Place, place, replay
from streams.identity.statements import Envelope, Key, LinkStatement, Opening


class Component:
    """Everything said about identifiers that were ever said together, and how far its replay has come."""

    __slots__ = ("course", "dirty", "exercised", "identifiers", "last", "said")

    def __init__(self, course: Course) -> None:
        self.identifiers: set[Identifier] = set()
        self.said: dict[Key, LinkStatement] = {}
        self.course = course
        self.last: Place | None = None
        """The place of the last statement taken."""
        self.exercised = False
        """An exercise spoke: what it said holds only while nothing actual names the same identifiers."""
        self.dirty = False
        """Something was said that belongs further back: to be replayed."""

    def comes_next(self, statement: LinkStatement) -> bool:
        """True when the replay may just go on with this statement."""
        return statement.actual and not self.exercised and not self.dirty and (self.last is None or self.last < place(statement))


class Resting:
    """A component at rest: who it is, all one person, and what was said, as bytes."""

    __slots__ = ("cluster", "said")

    def __init__(self, cluster: Cluster, said: bytes) -> None:
        self.cluster = cluster
        self.said = said

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        return self.cluster.identifiers


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[LinkStatement]).decode


class Links:
    """The clusters by identifier."""

    def __init__(self, answers: Answers, one_each: AbstractSet[str]) -> None:
        self._answers = answers
        self._one_each = one_each
        self._components: dict[Identifier, Component | Resting] = {}
        self._clusters: dict[Identifier, Cluster] = {}
        self._contested: dict[int, Component] = {}

    def is_news(self, statement: LinkStatement) -> bool:
        """True when it could change anything: not said before, or said earlier than we knew."""
        component = self._awake(statement.identifiers[0])
        known = None if component is None else component.said.get(statement.key)
        if known is None:
            return True
        # One identifier alone links nothing, so its place in time does not matter.
        alone = isinstance(statement, Envelope) and len(statement.identifiers) == 1
        return statement.order < known.order and not alone

    def about_to_change(self, statement: LinkStatement) -> set[Identifier]:
        """The identifiers that may be of another person once this is learned."""
        component = self._component(statement.identifiers)
        if not (isinstance(statement, Envelope | Opening) and component.comes_next(statement)):
            return set(component.identifiers)
        clusters = self.clusters(statement.identifiers)
        if isinstance(statement, Envelope):
            alone = len(clusters) == 1 and len(self._unknown(statement.identifiers)) == 0
            if alone or component.course.refuses(statement.identifiers) is not None:
                return set()
        return set(statement.identifiers).union(*(cluster.identifiers for cluster in clusters))

    def learn(self, statements: Iterable[LinkStatement]) -> None:
        """Takes news: in order it is one step more of the replay; else its component is replayed from the start."""
        changed: dict[int, Component] = {}
        for statement in statements:
            component = self._component(statement.identifiers)
            changed[id(component)] = component
            component.said[statement.key] = statement
            if component.comes_next(statement):
                component.course.take(statement)
                component.last = place(statement)
                known = isinstance(statement, Envelope | Opening)
                self._publish(component, statement.identifiers if known else None)
            else:
                component.dirty = True
        for component in changed.values():
            if component.dirty:
                self._replay(component)

    def decided(self, pair: Iterable[Identifier]) -> None:
        """Works out again what a decision about these identifiers may have changed."""
        self._replay(self._component(tuple(pair)))

    def cluster(self, identifier: Identifier) -> Cluster | None:
        """Who this identifier is; None when it was never named."""
        cluster = self._clusters.get(identifier)
        if cluster is None and isinstance(resting := self._components.get(identifier), Resting):
            return resting.cluster
        return cluster

    def clusters(self, identifiers: Iterable[Identifier]) -> list[Cluster]:
        """The people that these identifiers name, each once, in the order of the identifiers."""
        found = map(self.cluster, identifiers)
        return list({id(cluster): cluster for cluster in found if cluster is not None}.values())

    def together(self, identifiers: Iterable[Identifier]) -> set[Identifier]:
        """Everything ever said together with any of these: as far as a change can reach through links."""
        reached = set(identifiers)
        for component in {id(found): found for found in map(self._components.get, tuple(reached)) if found is not None}.values():
            reached.update(component.identifiers)
        return reached

    def components(self) -> Iterator[Component]:
        """Each component once; one at rest stays so, and is made for whoever asks."""
        for component in {id(component): component for component in self._components.values()}.values():
            yield component if isinstance(component, Component) else self._made(component)

    def awake(self) -> Iterator[Component]:
        """Each component that does not rest."""
        return iter({id(one): one for one in self._components.values() if isinstance(one, Component)}.values())

    def rest(self, identifier: Identifier) -> tuple[Identifier, ...]:
        """Let the component of somebody managed rest; its identifiers, each as the one object that is kept of it. None: it may not."""
        component = self._components.get(identifier)
        if isinstance(component, Resting):
            return component.identifiers
        if not isinstance(component, Component) or component.dirty or id(component) in self._contested:
            return ()
        cluster = self._clusters[identifier]
        if len(cluster.identifiers) < len(component.identifiers):
            return ()  # two people whom something keeps apart
        resting = Resting(cluster, zlib.compress(_pack(list(component.said.values()))))
        for one in cluster.identifiers:
            del self._components[one], self._clusters[one]
            self._components[one] = resting
        return cluster.identifiers

    def ours(self, identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
        """The same identifiers, each as the object that is kept of it: one in memory instead of one an event."""
        return tuple(
            next((known for known in cluster.identifiers if known == one), one) if (cluster := self.cluster(one)) is not None else one
            for one in identifiers
        )

    def contests(self) -> Iterator[Contest]:
        """The merges and splits that wait for a human."""
        for component in self._contested.values():
            yield from component.course.contests

    def forget(self, component: Component) -> None:
        """Drops all that was said in it."""
        self._contested.pop(id(component), None)
        for identifier in component.identifiers:
            del self._components[identifier], self._clusters[identifier]

    def _unknown(self, identifiers: Iterable[Identifier]) -> list[Identifier]:
        return [identifier for identifier in identifiers if self.cluster(identifier) is None]

    def _component(self, identifiers: tuple[Identifier, ...]) -> Component:
        """The one component of these identifiers; several become one, the smaller going into the largest."""
        found = list({id(known): known for known in map(self._awake, identifiers) if known is not None}.values())
        into = max(found, key=lambda component: len(component.said)) if found else Component(Course((), self._one_each))
        for component in found:
            if component is not into:
                self._absorb(into, component)
        for identifier in identifiers:
            into.identifiers.add(identifier)
            self._components[identifier] = into
        return into

    def _awake(self, identifier: Identifier) -> Component | None:
        found = self._components.get(identifier)
        if isinstance(found, Resting):
            cluster, found = found.cluster, self._made(found)
            for one in cluster.identifiers:
                self._components[one], self._clusters[one] = found, cluster
        return found

    def _made(self, resting: Resting) -> Component:
        component = Component(Course((), self._one_each))
        component.identifiers.update(resting.identifiers)
        component.said = {statement.key: statement for statement in _unpack(zlib.decompress(resting.said))}
        self._again(component)
        return component

    def _absorb(self, into: Component, component: Component) -> None:
        into.said |= component.said
        into.course.absorb(component.course)
        into.identifiers |= component.identifiers
        into.exercised |= component.exercised
        into.dirty |= component.dirty
        into.last = max((last for last in (into.last, component.last) if last is not None), default=None)
        component.dirty = False
        for identifier in component.identifiers:
            self._components[identifier] = into
        if self._contested.pop(id(component), None) is not None:
            self._contested[id(into)] = into

    def _replay(self, component: Component) -> None:
        self._again(component)
        self._publish(component, None)

    def _again(self, component: Component) -> None:
        said = component.said.values()
        component.course = replay(said, self._answers.touching(component.identifiers), self._one_each)
        component.course.name(component.identifiers)
        component.last = max(map(place, said), default=None)
        component.exercised = not all(statement.actual for statement in said)
        component.dirty = False

    def _publish(self, component: Component, identifiers: Iterable[Identifier] | None) -> None:
        """The clusters of these identifiers, or of all, are known from now on."""
        for cluster in component.course.clusters(identifiers):
            for identifier in cluster.identifiers:
                self._clusters[identifier] = cluster
        self._contested.pop(id(component), None)
        if component.course.contests:
            self._contested[id(component)] = component
