"""The order of arrival never matters, and neither do duplicates, restarts or how often the clock is read (design 4).

For all rules at once. The oracle is the final judgement itself: the whole history judged from nothing at the end, with
every heartbeat known. Whatever came before it, in whatever order, must have come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from random import Random

import msgspec
import pytest

from schemas import codec
from streams.catalogue import CATALOGUE
from streams.embedded.judge import START, Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.snapshot import Snapshots
from streams.engine.verdict import Finding
from tests.lives import Life

SEEDS = range(8)
TICK = timedelta(seconds=7)
RESTARTS_A_LINE = 0.005
Matters = dict[str, Finding]


def played(life: Life, lines: Iterable[bytes], *, restart: bool = False, singly: bool = False) -> Judge:
    """`singly`: each line is an arrival of its own, also where the clock stands still."""
    rulebook = Rulebook(CATALOGUE)
    judge = Judge(rulebook, MemoryJournal())
    playback = Playback(judge)
    snapshots = Snapshots(rulebook)
    chance = Random(life.count)

    def source() -> Iterator[Line]:
        for number, raw in enumerate(lines, 1):
            yield Line("life", number, raw)
            if restart and chance.random() < RESTARTS_A_LINE:
                living = judge.people.logs.living
                living.update({lane: snapshots.load(snapshots.save(log)) for lane, log in living.items()})

    sources = ([line] for line in source()) if singly else (source(),)
    for one in sources:
        for _ in playback.play(one):
            pass
    judge.advance(life.end)
    assert not playback.set_aside
    return judge


def matters(judge: Judge) -> dict[str, Matters]:
    """What stands in the end, per person, without what the world itself withdrew."""
    return {
        log.case: {key: one for key, one in log.head.findings.items() if not one.withdrawn} for log in judge.people.logs.living.values()
    }


@cache
def as_it_comes(seed: int, people: int = 1, days: float = 1.5) -> dict[str, Matters]:
    """What stands in the end of a life that arrives as it does."""
    life = Life(seed, people=people, days=days)
    return matters(played(life, life.stamped()))


def judged_anew(judge: Judge) -> dict[str, Matters]:
    """Everything judged once more from the start."""
    people = judge.people
    for lane, log in people.logs.living.items():
        log.again(people._timelines[log.status], judge.clock, people._read_back(lane, log.status), {}, {})
    return matters(judge)


def plain(found: dict[str, Matters]) -> object:
    """For a message that can be read: rule, subject and times of what differs."""
    return msgspec.to_builtins({person: list(matter.values()) for person, matter in found.items()})


@pytest.mark.parametrize("seed", SEEDS)
def test_judging_as_it_comes_ends_where_judging_from_nothing_ends(seed: int) -> None:
    life = Life(seed)
    judge = played(life, life.stamped())

    assert plain(as_it_comes(seed)) == plain(judged_anew(judge))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_arrival_gives_the_same_matters(seed: int) -> None:
    life = Life(seed)

    assert plain(as_it_comes(seed)) == plain(matters(played(life, life.shuffled(seed))))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restart_in_the_middle_changes_nothing(seed: int) -> None:
    life = Life(seed, people=2)

    assert plain(as_it_comes(seed, people=2)) == plain(matters(played(life, life.stamped(), restart=True)))


@pytest.mark.parametrize("seed", range(4))
def test_how_often_the_clock_is_read_changes_nothing(seed: int) -> None:
    life = Life(seed, days=0.7)
    seldom = matters(played(life, life.stamped()))
    judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
    playback = Playback(judge)
    for raw in life.stamped():
        arrival = codec.decode(raw).received_at
        assert arrival is not None
        while judge.clock > START and judge.clock + TICK < arrival:
            judge.advance(judge.clock + TICK)
        for _ in playback.play([Line("life", 1, raw)]):
            pass
    judge.advance(life.end)

    assert plain(seldom) == plain(matters(judge))


@pytest.mark.parametrize("seed", range(4))
def test_one_rewind_or_many_come_to_the_same(seed: int) -> None:
    life = Life(seed, days=0.7)

    assert plain(as_it_comes(seed, days=0.7)) == plain(matters(played(life, life.shuffled(seed), singly=True)))


@pytest.mark.parametrize("seed", range(6))
def test_a_repeated_line_changes_nothing(seed: int) -> None:
    life = Life(seed)
    twice = [line for line in life.stamped() for _ in range(2)]

    assert plain(as_it_comes(seed)) == plain(matters(played(life, twice)))


@pytest.mark.parametrize("seed", range(4))
def test_people_do_not_disturb_each_other(seed: int) -> None:
    life = Life(seed, people=3)
    alone: dict[str, Matters] = {}
    for who in range(3):
        name = f'"A{1000 + who}AA"'.encode()
        alone |= matters(played(life, [line for line in life.stamped() if name in line or b"feed.heartbeat" in line]))

    assert plain(as_it_comes(seed, people=3)) == plain(alone)
