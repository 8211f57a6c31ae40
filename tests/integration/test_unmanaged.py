"""What is known of somebody who is not managed is kept for 28 days, so that a case opened tomorrow starts with it (design 6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.keeper import Keeper
from streams.embedded.playback import Line, Playback
from streams.engine.feeds import Feeds
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.rules import feed_silent

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
OTHER = "A9999AA"


def line(number: int, at: datetime, kind: str, data: Mapping[str, object], noms: str = "A1234AA") -> Line:
    person = {"identifiers": [{"type": "NOMS", "value": noms}]}
    envelope = {"id": f"e{number}", "source": "case/avon", "type": kind, "occurred_at": at.isoformat(), "person": person, "data": data}
    return Line("story", number, json.dumps(envelope).encode())


def story(waits: timedelta) -> list[Line]:
    """Somebody is assigned as officer in the case; the case itself is opened only later. Something goes on every day."""
    opened = {"case_ref": "avon-and-somerset:c-1", "risk_level": "medium", "areas": ["avon-and-somerset"]}
    days = [
        line(100 + day, START + timedelta(days=day, hours=-1), "life.trigger", {"kind": "separation"}, OTHER)
        for day in range(1, waits.days + 1)
    ]
    assigned = line(1, START, "case.assigned", {"role": "oic", "officer_id": "of-1"})
    return [assigned, *days, line(2, START + waits, "case.opened", opened)]


@pytest.fixture(params=["in memory", "in a file"])
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Judge, Keeper | None]]:
    if request.param == "in memory":
        yield Judge(Rulebook(CATALOGUE), MemoryJournal()), None
        return
    with closing(Keeper(tmp_path, Rulebook(CATALOGUE), Feeds(feed_silent.Parameters()))) as keeper:
        yield keeper.judge, keeper


def team(judge: Judge, keeper: Keeper | None, lines: list[Line]) -> list[str]:
    playback = Playback(judge)
    for one in lines:
        for _ in playback.play([one]):
            pass
        if keeper is not None:
            with keeper.saving(0):
                pass
    (key,) = judge.registry.people()
    return [one.officer_id for one in judge.people.logs[key].head.person.team]


def test_what_was_known_four_weeks_before_the_case_still_counts(judge: tuple[Judge, Keeper | None]) -> None:
    assert ["of-1"] == team(*judge, story(timedelta(days=27)))


def test_what_was_known_longer_before_the_case_is_gone(judge: tuple[Judge, Keeper | None]) -> None:
    assert [] == team(*judge, story(timedelta(days=30)))


def test_what_was_let_go_stays_gone_after_a_restart(tmp_path: Path) -> None:
    lines = story(timedelta(days=30))
    with closing(Keeper(tmp_path, Rulebook(CATALOGUE), Feeds(feed_silent.Parameters()))) as keeper:
        playback = Playback(keeper.judge)
        for _ in playback.play(lines[:-1]):
            pass
        with keeper.saving(0):
            pass
    with closing(Keeper(tmp_path, Rulebook(CATALOGUE), Feeds(feed_silent.Parameters()))) as keeper:
        assert [] == team(keeper.judge, keeper, lines[-1:])
