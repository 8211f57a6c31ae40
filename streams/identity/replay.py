"""Theory of operation: who is who, worked out from scratch from everything that was ever said about a few identifiers.

Statements are replayed in the order of judgement, whatever their order of arrival, so the result does not depend on it.
Human decisions come before all of them and outrank them: `same` joins and `different` keeps apart, until taken back.

* An envelope joins all its identifiers, or none of them: none, when that would make one person of two. Two people are: two
  clusters that each have an opened case; two that each have a NOMS number (or a CRN), for a prison gives a man one and merges
  what it gave twice; two that were split. It waits, and is tried again after each later merge and split.
* A merge joins whatever; a wall within one person keeps nothing apart.
* A split first undoes the merges that brought the named identifiers in, so that what came with them leaves with them. Where that
  parts nothing, the named ones are taken out alone. The sides stay apart until a merge or a human `same`.

Pure. Called by `streams.identity.links` for one component at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Literal, NamedTuple

import msgspec

from schemas.event import EvidenceRef, Identifier, Order
from streams.identity.naming import CASE, person_id, strength, text
from streams.identity.question import Decision, Entry
from streams.identity.statements import Envelope, LinkStatement, Merge, Opening, Split

Group = set[Identifier]
Pair = frozenset[Identifier]


class Cluster(msgspec.Struct, frozen=True):
    """Identifiers that are one person. `case_refs` in order of opening; the first gives the person's id."""

    identifiers: tuple[Identifier, ...]
    case_refs: tuple[str, ...] = ()

    @property
    def managed(self) -> bool:
        return bool(self.case_refs)

    @property
    def person_id(self) -> str | None:
        return person_id(self.case_refs[0]) if self.case_refs else None

    @property
    def key(self) -> str:
        """The person's id, or the smallest identifier of somebody who is not managed."""
        return self.person_id or text(self.identifiers[0])


class Contest(NamedTuple):
    """A source's merge or split that a human decision stands against."""

    reason: Literal["merge_refused", "split_refused"]
    order: Order
    identifier: Identifier
    against: Identifier


def replay(said: Iterable[LinkStatement], decisions: Sequence[Decision], one_each: AbstractSet[str]) -> Course:
    """Everything said about these identifiers, taken in order. `one_each`: identifier types of which nobody has two."""
    said = list(said)
    actual = {identifier for statement in said if statement.actual for identifier in statement.identifiers}
    course = Course(decisions, one_each)
    for statement in sorted(said, key=place):
        if statement.actual or actual.isdisjoint(statement.identifiers):
            course.take(statement)
        else:
            course.name(statement.identifiers)
    return course


Place = tuple[Order, int, tuple[Identifier, ...]]


def place(statement: LinkStatement) -> Place:
    """Within one event its envelope speaks first."""
    return (statement.order, _WITHIN[type(statement)], statement.identifiers)


_WITHIN: dict[type[LinkStatement], int] = {Envelope: 0, Opening: 1, Merge: 2, Split: 3}


class _Link(NamedTuple):
    """What holds a group together."""

    identifiers: frozenset[Identifier]
    merge: bool


class Course:
    """One replay as far as it has come. A statement with a later place than all before it may simply be taken next."""

    def __init__(self, decisions: Sequence[Decision], one_each: AbstractSet[str]) -> None:
        self._one_each = one_each
        self._groups: dict[Identifier, Group] = {}
        self._opened: dict[Identifier, Order] = {}
        self._links: list[_Link] = []
        self._waiting: list[Envelope] = []
        self._walls: set[Pair] = set()
        self._log: dict[LinkStatement, Entry] = {}
        self.contests: list[Contest] = []
        self._same = {decision.pair: decision for decision in decisions if decision.verdict == "same"}
        self._different = {decision.pair: decision for decision in decisions if decision.verdict == "different"}
        for decision in decisions:
            self.name(decision.pair)
            if decision.verdict == "same":
                self._join(decision.pair, merge=False)

    def name(self, identifiers: Iterable[Identifier]) -> None:
        """They exist; nothing more is said of them."""
        for identifier in identifiers:
            self._group(identifier)

    def take(self, statement: LinkStatement) -> None:
        """The next statement."""
        match statement:
            case Envelope():
                self._take_envelope(statement)
            case Opening():
                self._group(statement.case)
                self._opened.setdefault(statement.case, statement.order)
                self._note(statement, "opened", "a case was opened")
            case Merge():
                self._take_merge(statement)
                self._try_again()
            case Split():
                for group in self._distinct(statement.identifiers):
                    self._take_split(statement, group)
                self._try_again()

    def absorb(self, other: Course) -> None:
        """Takes over another course, of which nothing was ever said together with this one."""
        self._groups |= other._groups
        self._opened |= other._opened
        self._links += other._links
        self._waiting += other._waiting
        self._walls |= other._walls
        self._log |= other._log
        self.contests += other.contests
        self._same |= other._same
        self._different |= other._different

    def clusters(self, identifiers: Iterable[Identifier] | None = None) -> list[Cluster]:
        """The groups of these identifiers, or all."""
        found = []
        for group in self._distinct(self._groups if identifiers is None else identifiers):
            cases = sorted((self._opened[case][0], case.value) for case in group if case in self._opened)
            found.append(Cluster(tuple(sorted(group)), tuple(case_ref for _, case_ref in cases)))
        return found

    def log(self) -> Iterable[Entry]:
        """What was decided so far, in no order."""
        return self._log.values()

    def refuses(self, identifiers: Iterable[Identifier]) -> str | None:
        """Why an envelope with these identifiers would join nothing now; None: it would."""
        return self._obstacle(self._distinct(identifiers))

    def _group(self, identifier: Identifier) -> Group:
        """The group of an identifier; of a new one, itself alone."""
        return self._groups.setdefault(identifier, {identifier})

    def _take_envelope(self, envelope: Envelope) -> None:
        obstacle = self.refuses(envelope.identifiers)
        if obstacle is not None:
            self._waiting.append(envelope)
            self._note(envelope, "refused", obstacle)
            return
        self._join(envelope.identifiers, merge=False)
        if len(envelope.identifiers) > 1:
            self._note(envelope, "linked", "they stand in one envelope")

    def _take_merge(self, merge: Merge) -> None:
        one, other = self._group(merge.kept), self._group(merge.removed)
        if one is not other and (decision := self._decided(self._different, one, other)) is not None:
            self._note(merge, "refused", f"decision {decision.id} says that they are two people")
            if decision.at < merge.order[0]:
                self.contests.append(Contest("merge_refused", merge.order, merge.removed, merge.kept))
            return
        self._join(merge.identifiers, merge=True)
        self._note(merge, "merged", "the source merged them")

    def _take_split(self, split: Split, group: Group) -> None:
        sides = self._sides(group, group & set(split.identifiers))
        if len(sides) == 1:
            return  # nothing that it could be parted from
        for one, other in combinations(sides, 2):
            if (decision := self._decided(self._same, one, other)) is not None:
                self._note(split, "refused", f"decision {decision.id} says that they are one person")
                if decision.at < split.order[0]:
                    identifier, against = sorted(decision.pair, key=lambda named: (named not in split.identifiers, strength(named)))
                    self.contests.append(Contest("split_refused", split.order, identifier, against))
                return
        for side in sides:
            for identifier in side:
                self._groups[identifier] = side
        self._walls.update(frozenset((a, b)) for one, other in combinations(sides, 2) for a in one for b in other)
        self._links = [link for link in self._links if any(link.identifiers <= side for side in sides) or not link.identifiers <= group]
        self._note(split, "split", "the source took them apart")

    def _sides(self, group: Group, named: Group) -> list[Group]:
        """The group parted as the split means it: the first of these ways that parts anything."""
        held = [link for link in self._links if link.identifiers <= group]
        without_merges = [link for link in held if not (link.merge and link.identifiers & named)]
        if len(sides := self._parted(group, named, without_merges)) > 1:
            return sides
        if any(identifier.type != CASE for identifier in group - named):
            return [named, group - named]
        # Every number is named: it says that they are not each other.
        apart = [link for link in without_merges if len(link.identifiers & named) <= 1]
        return self._parted(group, named, apart)

    @staticmethod
    def _parted(group: Group, named: Group, links: Iterable[_Link]) -> list[Group]:
        """The sides of the named, each with what is still linked to it, and the rest."""
        left = [link.identifiers for link in links]
        sides: list[Group] = []
        for start in sorted(named):
            if any(start in side for side in sides):
                continue
            side = {start}
            while reached := [link for link in left if not side.isdisjoint(link) and not link <= side]:
                side.update(*reached)
            sides.append(side)
        rest = group.difference(*sides)
        return [*sides, rest] if rest else sides

    def _try_again(self) -> None:
        waiting, self._waiting = sorted(self._waiting, key=place), []
        for envelope in waiting:
            self._take_envelope(envelope)

    def _obstacle(self, groups: Sequence[Group]) -> str | None:
        """Why these groups may not become one by an envelope alone."""
        if len(groups) == 1:
            return None
        if sum(not group.isdisjoint(self._opened) for group in groups) > 1:
            return "each has a case of his own"
        for name in sorted(self._one_each):
            if sum(any(identifier.type == name for identifier in group) for group in groups) > 1:
                return f"nobody has two of {name}"
        for one, other in combinations(groups, 2):
            if self._decided(self._different, one, other) is not None:
                return "a human decided that they are two people"
            if any(_crosses(wall, one, other) for wall in self._walls):
                return "they were split"
        return None

    @staticmethod
    def _decided(decisions: Mapping[Pair, Decision], one: Group, other: Group) -> Decision | None:
        """The latest of these decisions about the two."""
        crossing = (decision for pair, decision in decisions.items() if _crosses(pair, one, other))
        return max(crossing, key=lambda decision: (decision.at, decision.id), default=None)

    def _join(self, identifiers: Iterable[Identifier], *, merge: bool) -> None:
        groups = self._distinct(identifiers)
        joined = set().union(*groups)
        for identifier in joined:
            self._groups[identifier] = joined
        self._links.append(_Link(frozenset(identifiers), merge))

    def _distinct(self, identifiers: Iterable[Identifier]) -> list[Group]:
        return list({id(group): group for group in map(self._group, sorted(identifiers))}.values())

    def _note(self, statement: LinkStatement, what: Literal["linked", "opened", "merged", "split", "refused"], why: str) -> None:
        self._log[statement] = Entry(statement.order[0], EvidenceRef(*statement.order[2:]), what, statement.identifiers, why)


def _crosses(pair: Pair, one: Group, other: Group) -> bool:
    return bool(pair & one and pair & other)
