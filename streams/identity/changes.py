"""Which people became which: the difference between before and after something was learned.

Pure. Called by the registry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from streams.identity.receipt import BucketSlice, PersonChange, View, Why


class Held(NamedTuple):
    """A managed person and his stored events."""

    view: View
    events: tuple[BucketSlice, ...]
    """The slices of the view, bounded only where there are events beyond: a fitting that ends no stored event changes nothing."""

    @property
    def compared(self) -> tuple[object, ...]:
        view = self.view
        return (view.key, view.case_refs, view.identifiers, self.events)


def changes(before: Iterable[Held], after: Iterable[Held]) -> tuple[PersonChange, ...]:
    """One change for each set of people that share identifiers over the change, leaving out what stayed as it was."""
    olds, news = list(before), list(after)
    same = {held.compared for held in olds} & {held.compared for held in news}
    groups: list[tuple[list[Held], list[Held]]] = []
    for held, is_new in [*((old, False) for old in olds), *((new, True) for new in news)]:
        if held.compared in same:
            continue
        joined: tuple[list[Held], list[Held]] = ([], [])
        for group in [group for group in groups if any(_share(held, other) for other in (*group[0], *group[1]))]:
            joined[0].extend(group[0])
            joined[1].extend(group[1])
            groups.remove(group)
        joined[is_new].append(held)
        groups.append(joined)
    found = [
        PersonChange(_why(old, new), tuple(sorted(held.view.key for held in old)), tuple(sorted(held.view.key for held in new)))
        for old, new in groups
    ]
    return tuple(sorted(found, key=lambda change: (change.after, change.before)))


def _share(one: Held, other: Held) -> bool:
    return not set(one.view.identifiers).isdisjoint(other.view.identifiers)


def _why(old: list[Held], new: list[Held]) -> Why:
    if not old:
        return "opened"
    if not new:
        return "gone"
    if len(new) > 1:
        return "split"
    if len(old) > 1:
        return "merged"
    if old[0].view.key != new[0].view.key:
        return "renamed"
    return "names" if old[0].events == new[0].events else "history"
