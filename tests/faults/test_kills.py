"""A loaded `vigil run` killed at random instants: the short form of `python -m ops.faults.kills --times 100`."""

from __future__ import annotations

from pathlib import Path
from random import Random

from ops.faults.kills import prove


def test_killed_at_random_instants_it_loses_nothing_acknowledged_misses_no_alert_and_does_each_command_once(tmp_path: Path) -> None:
    found = prove(tmp_path, times=4, people=6, rng=Random(20), life_s=1.0, until_sent=False)

    assert (0, 0) == (found.lost, found.doubled)
    assert found.acknowledged == found.kept > 1000
    assert found.alerts_as_replayed
    assert found.alerts > 10
    assert found.commands > 5
    assert found.messages_arrived > 10
    assert () == found.wrong
    assert "The books are in order." == found.books
