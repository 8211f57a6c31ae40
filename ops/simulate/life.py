"""One person's whole life in the run, as lines in order of arrival.

Merges what is told of him (casework, custody, routine, his story) with the fixes of his tag, a quarter of an hour at a time, and holds
back only what arrives later than that: memory does not grow with the days. Read by `stream`, one for each person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge

from ops.simulate import casework, custody, home_unit, routine
from ops.simulate.chance import stream
from ops.simulate.feeds import Outages
from ops.simulate.instants import MINUTE_MS
from ops.simulate.lines import Fact, Line, Pen, when
from ops.simulate.people import Person
from ops.simulate.script import Script
from ops.simulate.tracker import Tracker

BLOCK_MS = 15 * MINUTE_MS


def life(seed: int, person: Person, script: Script | None, outages: Outages, ends_ms: int) -> Iterator[list[Line]]:
    """His lines, one list for each block from that in which his case opens. `script` None: an ordinary life, whatever it brings."""
    pen = Pen(f"ev-{person.key}", stream(seed, "pen", person.number), outages)
    if script is None:
        script = _ordinary(seed, person, ends_ms)
    facts = _facts(seed, person, script, ends_ms)
    tracker = _tracker(seed, person, script, outages, ends_ms)
    first = casework.opened(person)
    waiting = [pen.write(first, first.identifiers, person.area.slug)]
    fact = next(facts, None)
    for block_ms in range(person.opened_ms // BLOCK_MS * BLOCK_MS, ends_ms, BLOCK_MS):
        end_ms = block_ms + BLOCK_MS
        while fact is not None and fact.occurred_ms < end_ms:
            waiting.append(pen.write(fact, fact.identifiers or person.identifiers(fact.source), person.area.slug))
            fact = next(facts, None)
        if tracker is not None:
            waiting += tracker.lines(block_ms, end_ms)
        waiting.sort()
        arrived = bisect_left(waiting, (end_ms, b""))
        yield waiting[:arrived]
        del waiting[:arrived]


def _ordinary(seed: int, person: Person, ends_ms: int) -> Script:
    """What changes in a life without a story: some leave prison, some go there."""
    script = Script()
    changes = custody.release_by_the_book if person.profile == "custody" else custody.recalled
    changes(person, script, stream(seed, "changes", person.number), ends_ms)
    return script


def _facts(seed: int, person: Person, script: Script, ends_ms: int) -> Iterator[Fact]:
    """All that is told of him, in order of occurrence, made as the days come."""
    begun = list(casework.begun(person, script, stream(seed, "casework", person.number)))
    told = [routine.days(person, script, stream(seed, "routine", person.number), ends_ms)]
    if person.profile == "custody":
        begun.extend(custody.received(person, script))
    if person.profile == "custody" or script.enters_custody_ms:
        told.append(custody.days_inside(person, script, stream(seed, "custody", person.number), ends_ms))
    if person.has_gps or script.fitted_on_release:
        told.append(routine.charging(person, script, ends_ms))
    if person.profile == "rf_curfew":
        told.append(home_unit.heard(person, script, stream(seed, "errands", person.number), ends_ms))
    return merge(sorted(begun, key=when), sorted(script.facts, key=when), *told, key=when)


def _tracker(seed: int, person: Person, script: Script, outages: Outages, ends_ms: int) -> Tracker | None:
    if not person.has_gps and not script.fitted_on_release:
        return None
    chance = (stream(seed, "fixes", person.number), stream(seed, "errands", person.number))
    return Tracker(person, script, chance, outages, ends_ms)
