"""Whom a number, contact id or address id reaches: the protected people and associates of whoever is managed.

Only an index over what the register said; whether its person is managed is asked when it is read. Used by the desk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from schemas.event import EvidenceRef, Identifier
from streams.identity.links import Links
from streams.identity.replay import Cluster
from streams.identity.statements import Around

K = TypeVar("K")


class Contacts:
    """Everything said about the people around the managed."""

    def __init__(self) -> None:
        self._of_who: dict[str, tuple[Around, ...]] = {}
        self._who: dict[str, tuple[str, ...]] = {}
        self._named: dict[Identifier, tuple[str, ...]] = {}

    def is_news(self, said: Around) -> bool:
        """False when this event was heard already; an exercise says nothing about people who can be reached."""
        return said.actual and all(heard.order != said.order for heard in self._of_who.get(said.who, ()))

    def learn(self, said: Around) -> None:
        """Takes one."""
        self._of_who[said.who] = (*self._of_who.get(said.who, ()), said)
        _file(self._who, said.reached_by, said.who)
        _file(self._named, said.identifiers, said.who)

    def near(self, identifiers: Iterable[Identifier]) -> set[str]:
        """Every number, contact and address ever given for people around these identifiers."""
        around = {who for identifier in identifiers for who in self._named.get(identifier, ())}
        return {reached for who in around for said in self._of_who.get(who, ()) for reached in said.reached_by}

    def reached(self, number: str, links: Links) -> Iterator[tuple[Cluster, EvidenceRef]]:
        """The managed people around whom somebody is reached by it, and the event that said so. Unlinked, she no longer is."""
        for who in self._who.get(number, ()):
            around: dict[Cluster, list[Around]] = defaultdict(list)
            for said in self._of_who.get(who, ()):
                for cluster in links.clusters(said.identifiers):
                    around[cluster].append(said)
            for cluster, history in around.items():
                if cluster.managed and max(history, key=lambda said: said.order).linked:
                    giving = min((said for said in history if number in said.reached_by), key=lambda said: said.order, default=None)
                    if giving is not None:
                        yield cluster, giving.ref

    def statements(self) -> Iterator[Around]:
        """Everything heard."""
        return (said for heard in self._of_who.values() for said in heard)

    def forget(self, identifiers: set[Identifier]) -> None:
        """Drops what was said around people whom nobody manages."""
        for who in {who for identifier in identifiers for who in self._named.pop(identifier, ())}:
            left = tuple(said for said in self._of_who.get(who, ()) if identifiers.isdisjoint(said.identifiers))
            if left:
                self._of_who[who] = left
            else:
                self._of_who.pop(who, None)


def _file(index: dict[K, tuple[str, ...]], names: Iterable[K], who: str) -> None:
    """Under each name; those that stand alike share one tuple, for there are many."""
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name in names:
        known = index.get(name, ())
        if who not in known:
            index[name] = shared.setdefault(known, (*known, who))
