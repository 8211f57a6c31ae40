"""The demonstration: a clock that stands, runs fast and then true, and a story that is ready whatever the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from ops.cli.demo import MARK, DemoClock, NotADemo, folder, story
from streams.embedded.folder import LOCK, Folder, FolderTaken

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Seconds:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def test_the_clock_stands_then_runs_fast_then_true_and_never_jumps() -> None:
    seconds = Seconds()
    clock = DemoClock(NOON, seconds)
    seconds.s += 50
    assert NOON == clock.now()

    clock.stand(NOON + timedelta(hours=1))
    clock.run(60)
    seconds.s += 10
    assert NOON + timedelta(hours=1, minutes=10) == clock.now()

    clock.run(1)
    assert NOON + timedelta(hours=1, minutes=10) == clock.now()
    seconds.s += 10
    assert NOON + timedelta(hours=1, minutes=10, seconds=10) == clock.now()


@pytest.mark.parametrize(
    "now",
    [datetime(2026, 3, 28, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 12, 31, 10, 59, 59, tzinfo=UTC)],
)
def test_whatever_the_day_it_lives_from_now_on_at_the_earliest_and_within_a_day(now: datetime) -> None:
    told = story(now)

    assert now <= told.lives_at <= now + timedelta(days=1)
    assert told.lives_at - told.starts_at < timedelta(hours=12)


def test_its_lines_come_in_order_and_its_history_is_no_more_than_a_page_can_wait_for() -> None:
    told = story(NOON)
    history = [at for at, _ in takewhile(lambda line: line[0] < told.lives_at, told.lines)]

    assert all(one <= other for one, other in pairwise(history))
    assert 1_000 < len(history) < 60_000


def test_its_folder_is_emptied_of_the_last_demonstration_and_of_nothing_else(tmp_path: Path) -> None:
    demo = folder(tmp_path / "demo")
    (demo / "intake.sqlite3").touch()
    (demo / "intake.sqlite3-wal").touch()
    (demo / "notes.txt").touch()
    folder(demo)

    assert {MARK, LOCK, "notes.txt"} == {path.name for path in demo.iterdir()}


def test_a_demonstration_that_still_runs_keeps_its_files(tmp_path: Path) -> None:
    demo = folder(tmp_path / "demo")
    (demo / "intake.sqlite3").touch()
    running = Folder(demo)
    running.open()

    with pytest.raises(FolderTaken):
        folder(demo)
    running.close()
    assert (demo / "intake.sqlite3").exists()


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "intake.sqlite3").touch()

    with pytest.raises(NotADemo):
        folder(tmp_path)
    assert ["intake.sqlite3"] == [path.name for path in tmp_path.iterdir()]
