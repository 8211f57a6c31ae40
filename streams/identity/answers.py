"""The human decisions: which of them stand, and what they say about two people.

Append-only; the latest decision on the same identifiers stands, one taken back leaves them undecided. Used by the replay (who is
joined) and by the desk (what is still asked).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from schemas.event import Identifier
from streams.identity.question import Decision
from streams.identity.replay import Cluster


class Answers:
    """All decisions, by id, and those that stand, by the identifiers they are about."""

    def __init__(self) -> None:
        self.all: dict[str, Decision] = {}
        self._standing: dict[frozenset[Identifier], Decision] = {}
        self._about: dict[Identifier, set[frozenset[Identifier]]] = defaultdict(set)

    def add(self, decision: Decision) -> None:
        """Records one that is not recorded yet."""
        self.all[decision.id] = decision
        stands = self._standing.get(decision.pair)
        if stands is None or (stands.at, stands.id) < (decision.at, decision.id):
            self._standing[decision.pair] = decision
            for identifier in decision.pair:
                self._about[identifier].add(decision.pair)

    def touching(self, identifiers: Iterable[Identifier]) -> tuple[Decision, ...]:
        """The standing decisions that name any of them, earliest first."""
        pairs = {pair for identifier in identifiers for pair in self._about.get(identifier, ())}
        found = (self._standing[pair] for pair in pairs)
        return tuple(sorted((decision for decision in found if decision.verdict != "taken_back"), key=lambda said: (said.at, said.id)))

    def between(self, one: Cluster, other: Cluster) -> Decision | None:
        """The latest decision about these two people, or that one of them is nobody's case; None: it is still open."""
        ones, others = set(one.identifiers), set(other.identifiers)
        found = None
        for decision in self.touching((*one.identifiers, *other.identifiers)):
            of_both = bool(decision.pair & ones) and bool(decision.pair & others)
            # A case opened after all says more than that nobody manages him.
            unmanaged = any(decision.identifier in person.identifiers and not person.managed for person in (one, other))
            if of_both or (decision.verdict == "not_managed" and unmanaged):
                found = decision
        return found
