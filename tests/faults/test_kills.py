"""A loaded `vigil run` killed at random instants: the short form of `python -m ops.faults.kills --times 50`."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ops.faults.kills import prove


def test_killed_at_random_instants_it_loses_nothing_acknowledged_misses_no_alert_and_tells_none_twice(tmp_path: Path) -> None:
    found = prove(tmp_path, times=4, people=6, rng=Random(20), life_s=1.0)

    assert (0, 0) == (found.lost, found.doubled)
    assert found.acknowledged == found.kept > 1000
    assert found.alerts_as_replayed
    assert found.alerts > 10
    assert "" == found.faults
    assert "The books are in order." == found.books
