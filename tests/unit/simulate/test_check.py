"""The checker: what is found, missed, false and misdated, whichever identifier the alert knows the person by."""

from __future__ import annotations

import json
from pathlib import Path

from ops.simulate.check import Row, check
from ops.simulate.world import World
from ops.simulate.write import write


def _truths(world: World) -> list[Row]:
    return [json.loads(truth.line(world.ends_ms)) for truth in world.truths()]


def _alert(n: int, truth: Row, **changes: object) -> Row:
    alert = {
        "alert_id": f"al_{n}",
        "status": "open",
        "because": "because",
        **{name: truth[name] for name in ("rule", "about", "began_at", "ended_at", "identifiers")},
    }
    return {**alert, **changes}


def _alerts(truths: list[Row]) -> list[Row]:
    return [_alert(n, truth) for n, truth in enumerate(truths)]


def test_alerts_that_say_the_truth_are_perfect(world: World) -> None:
    truths = _truths(world)
    report = check(_alerts(truths), truths)
    assert report.perfect
    assert () == report.misdated
    assert all(score.recall == 1.0 for score in report.rules)


def test_a_truth_without_an_alert_is_missed_and_named(world: World) -> None:
    truths = [truth for truth in _truths(world) if truth["certain"]]
    report = check(_alerts(truths)[1:], truths)
    assert (truths[0],) == report.missed
    assert f"missed: {truths[0]['rule']}" in report.text()


def test_a_matter_that_may_or_may_not_show_is_neither_missed_nor_false(world: World) -> None:
    unsure = [truth for truth in _truths(world) if not truth["certain"]]
    assert unsure
    assert check([], unsure).perfect
    assert check(_alerts(unsure), unsure).perfect


def test_an_alert_about_somebody_else_or_at_another_time_is_false_unless_withdrawn(world: World) -> None:
    truths = _truths(world)
    entry = next(truth for truth in truths if truth["rule"] == "exclusion-zone-entry")
    stranger = _alert(900, entry, identifiers=[{"type": "CASE", "value": "kent:nobody"}])
    earlier = _alert(901, entry, began_at="2026-03-01T00:00:00Z", ended_at="2026-03-01T00:10:00Z")
    taken_back = _alert(902, earlier, status="withdrawn")
    report = check([*_alerts(truths), stranger, earlier, taken_back], truths, person_days=100)
    assert (stranger, earlier) == report.false
    assert "false alerts per person-day: 0.02000" in report.text()


def test_any_identifier_of_the_person_leads_to_his_case(world: World) -> None:
    truths = [truth for truth in _truths(world) if truth["identifiers"]]
    by_noms = [
        _alert(n, truth, identifiers=[one for one in truth["identifiers"] if one["type"] == "NOMS"])  # type: ignore[attr-defined]
        for n, truth in enumerate(truths)
    ]
    assert check(by_noms, truths).perfect


def test_an_alert_that_begins_elsewhere_is_found_and_listed_as_misdated(world: World) -> None:
    truths = [truth for truth in _truths(world) if truth["rule"] == "feed-silent"]
    report = check([_alert(0, truths[0], began_at=truths[0]["ended_at"])], truths[:1])
    assert report.perfect
    assert 1 == len(report.misdated)


def test_a_run_on_disk_is_the_same_bytes_plain_or_packed_again_and_again(tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    first = write(5, 1, 2, tmp_path / "a.jsonl.gz", lambda done, of: said.append((done, of)))
    second = write(5, 1, 2, tmp_path / "b.jsonl.gz", lambda _done, _of: None)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert first.lines == second.lines
    assert tmp_path / "a.jsonl.gz.truth.jsonl" == first.truth
    assert (1_440, 1_440) == said[-1]
