"""An embedded run against its replay: stopped anywhere, with people out of memory, on a full disk, the alerts are the same to the byte."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from ops.cli.configuration import Configuration
from ops.cli.main import main
from schemas.alert import alert_line
from streams.embedded.acceptance import Client
from streams.embedded.folder import FolderTaken
from streams.embedded.keeper import Keeper
from streams.embedded.received import Received, ReceivedReader
from tests.integration.embedded import (
    NOON,
    PATIENCE_S,
    Standing,
    accepting,
    alerts,
    arrivals,
    feed,
    fix,
    judged,
    received,
    replayed,
    running,
)
from tests.lives import Life


def lines_of(folder: Path) -> list[bytes]:
    return [alert_line(alert) for alert in alerts(folder)]


@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_and_started_at_random_instants_it_tells_what_a_replay_tells(tmp_path: Path, seed: int) -> None:
    clock, random = Standing(), Random(seed)
    batches = arrivals(Life(seed, people=3, days=1).stamped())
    while batches:
        count = random.randrange(10, 120)
        with running(tmp_path, clock, waits=random.random() < 0.5) as runner:
            feed(runner, clock, batches[:count])
        batches = batches[count:]
    with running(tmp_path, clock):
        pass

    assert len(lines_of(tmp_path)) > 5
    assert [alert_line(alert) for alert in replayed(tmp_path)] == lines_of(tmp_path)


def test_people_who_leave_the_memory_after_every_save_are_judged_no_differently(tmp_path: Path) -> None:
    clock, batches = Standing(), arrivals(Life(3, people=4, days=1).stamped())
    for start in range(0, len(batches), 60):
        with running(tmp_path, clock, most_living=1) as runner:
            for batch in batches[start : start + 60]:
                feed(runner, clock, [batch])
    assert len(lines_of(tmp_path)) > 5
    assert [alert_line(alert) for alert in replayed(tmp_path)] == lines_of(tmp_path)


def test_a_second_run_in_the_same_folder_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    clock = Standing()
    with running(tmp_path, clock) as runner:
        with pytest.raises(FolderTaken, match="belongs to a vigil run that is still running"), running(tmp_path, clock):
            pass
        feed(runner, clock, [(NOON, [fix(1)])])
    with running(tmp_path, clock):
        pass
    assert [fix(1)] == [raw for _, raw in received(tmp_path)]


def test_with_other_parameters_everybody_is_judged_again_at_the_start(tmp_path: Path) -> None:
    clock, batches = Standing(), arrivals(Life(4, people=2, days=1).stamped())
    with running(tmp_path, clock) as runner:
        feed(runner, clock, batches)
    before = lines_of(tmp_path)
    patient = Configuration(parameters={"untagged-window": {"gps_silence": "PT45M"}})
    with running(tmp_path, clock, patient):
        pass

    def standing(found: list[bytes]) -> list[dict[str, object]]:
        """What does not depend on when it was known."""
        told = [json.loads(line) for line in found]
        shown = ("alert_id", "rule", "began_at", "ended_at", "severity", "because", "evidence")
        return [{name: one[name] for name in shown} for one in told if one["status"] != "withdrawn"]

    expected = [alert_line(alert) for alert in replayed(tmp_path, patient)]
    assert standing(before) != standing(expected)
    assert standing(expected) == standing(lines_of(tmp_path))


def test_killed_while_everybody_is_judged_again_it_begins_again_after_the_next_start(tmp_path: Path) -> None:
    clock, batches = Standing(), arrivals(Life(8, people=3, days=0.5).stamped())
    with running(tmp_path, clock) as runner:
        feed(runner, clock, batches)
    patient = Configuration(parameters={"untagged-window": {"gps_silence": "PT45M"}})
    with _keeping(tmp_path, patient) as (keeper, kept):
        next(keeper.rejudge_all(kept))
        with keeper.saving(keeper.position):
            pass
    with _keeping(tmp_path, patient) as (keeper, kept):
        assert keeper.outdated
        assert 3 == len(list(keeper.rejudge_all(kept)))
        assert not keeper.outdated


@contextmanager
def _keeping(folder: Path, configuration: Configuration) -> Iterator[tuple[Keeper, Iterator[Received]]]:
    with closing(ReceivedReader(folder)) as kept, closing(Keeper(folder, configuration.rulebook(), configuration.known_feeds())) as keeper:
        yield keeper, kept.after(0)


def test_what_was_accepted_and_never_judged_is_judged_after_the_next_start(tmp_path: Path) -> None:
    clock, batches = Standing(), arrivals(Life(9, people=2, days=0.5).stamped())
    with accepting(tmp_path) as acceptor:
        for at, lines in batches:
            acceptor.accept(lines, Client("all", ("*",)), at)
    clock.at = batches[-1][0]
    with running(tmp_path, clock) as runner:
        assert runner.counters().accepted_to == len(batches)
    assert len(lines_of(tmp_path)) > 0
    assert [alert_line(alert) for alert in replayed(tmp_path)] == lines_of(tmp_path)


def test_while_its_state_cannot_be_saved_it_judges_nothing_new_and_afterwards_goes_on(tmp_path: Path) -> None:
    clock, batches = Standing(), arrivals(Life(5, people=2, days=0.5).stamped())
    with running(tmp_path, clock) as runner:
        file = runner._keeper.file
        (pages,) = file.execute("PRAGMA page_count").fetchone()
        file.execute(f"PRAGMA max_page_count = {pages}")
        feed(runner, clock, batches)
        until = time.monotonic() + PATIENCE_S
        while runner.not_saved is None and time.monotonic() < until:
            time.sleep(0.01)
        full, ready = runner.not_saved, runner.ready
        file.execute("PRAGMA max_page_count = 1000000")

    assert ("database or disk is full", False) == (str(full), ready)
    assert [alert_line(alert) for alert in replayed(tmp_path)] == lines_of(tmp_path)


def test_a_fix_three_days_late_waits_until_somebody_asks_for_a_rejudgement(tmp_path: Path) -> None:
    clock = Standing()
    zone = {"condition_id": "z", "kind": "exclusion_zone", "zone": {"latitude": 51.46, "longitude": -2.6, "radius_m": 250}}
    order: dict[str, object] = {"order_id": "or-1", "kind": "court_bail", "starts_at": NOON.isoformat(), "conditions": [zone]}
    told: list[tuple[str, dict[str, object]]] = [
        ("case.opened", {"case_ref": "kent:1", "risk_level": "high", "areas": ["kent"]}),
        ("order.made", order),
        ("tagging.fitted", {"device_id": "d-1", "activation_id": "a-1", "modes": ["gps"]}),
    ]
    fixes = [fix(minute, NOON + timedelta(minutes=minute)) for minute in range(10)]
    late = [fix(99 + second, NOON + timedelta(minutes=5, seconds=second), latitude=51.46) for second in (10, 30)]
    with running(tmp_path, clock) as runner:
        feed(runner, clock, [(NOON, [said(kind, data) for kind, data in told]), (NOON + timedelta(minutes=10), fixes)])
        feed(runner, clock, [(NOON + timedelta(days=3), late)])
        judged(runner)
        asked = CliRunner().invoke(main, ["rejudge", "NOMS:A1234AA", "--data", str(tmp_path)])
        as_json = json.loads(CliRunner().invoke(main, ["rejudge", "NOMS:A1234AA", "--json", "--data", str(tmp_path)]).stdout)
    waited = {alert.rule for alert in replayed(tmp_path)}
    found = {alert.rule for alert in alerts(tmp_path)}
    again = CliRunner().invoke(main, ["rejudge", "NOMS:A1234AA", "--data", str(tmp_path)])
    unknown = CliRunner().invoke(main, ["rejudge", "NOMS:A9999AA", "--data", str(tmp_path)])

    assert (0, True) == (asked.exit_code, "raised: exclusion-zone-entry, critical, 2026-03-02 12:05" in asked.output), asked.output
    assert "exclusion-zone-entry" in found - waited
    assert (0, True) == (again.exit_code, "No difference" in again.output), again.output
    assert ([], True, True) == (as_json["differences"], as_json["person_id"].startswith("pe_"), as_json["standing_findings"] > 0)
    assert (1, True) == (unknown.exit_code, "nobody who is managed is NOMS:A9999AA" in unknown.output)


def test_the_difference_of_a_rejudgement_can_be_read_by_a_program(tmp_path: Path) -> None:
    clock = Standing()
    opened: dict[str, object] = {"case_ref": "kent:1", "risk_level": "high", "areas": ["kent"]}
    zone = {"condition_id": "z", "kind": "exclusion_zone", "zone": {"latitude": 51.46, "longitude": -2.6, "radius_m": 250}}
    order: dict[str, object] = {"order_id": "or-1", "kind": "court_bail", "starts_at": NOON.isoformat(), "conditions": [zone]}
    with running(tmp_path, clock) as runner:
        feed(runner, clock, [(NOON, [said("case.opened", opened), said("order.made", order)])])
        feed(runner, clock, [(NOON + timedelta(days=3), [fix(1, NOON + timedelta(minutes=5), latitude=51.46)])])
    done = CliRunner().invoke(main, ["rejudge", "NOMS:A1234AA", "--json", "--data", str(tmp_path)])
    (entry,) = [one for one in json.loads(done.stdout)["differences"] if one["rule"] == "exclusion-zone-entry"]

    assert (0, "raised", "critical", "2026-03-02T12:05:00Z") == (done.exit_code, entry["change"], entry["severity"], entry["began_at"])
    assert "A1234AA" in entry["because"]


def said(kind: str, data: dict[str, object]) -> bytes:
    source = "em/allied" if kind.startswith("tagging") else "case/kent"
    person = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}
    return json.dumps(
        {"id": kind, "source": source, "type": kind, "occurred_at": NOON.isoformat(), "person": person, "data": data}
    ).encode()


def test_the_books_name_an_event_that_was_received_and_is_nowhere(tmp_path: Path) -> None:
    clock = Standing()
    with running(tmp_path, clock) as runner:
        feed(runner, clock, [(NOON, [fix(1), fix(2), b"{"]), (NOON, [fix(3, person="A2345BB")])])
    good = CliRunner().invoke(main, ["verify", "--data", str(tmp_path)])
    with sqlite3.connect(tmp_path / "state.sqlite3") as file:
        file.execute("DELETE FROM chunk WHERE number = (SELECT max(number) FROM chunk)")
    bad = CliRunner().invoke(main, ["verify", "--data", str(tmp_path)])

    assert (0, True) == (good.exit_code, good.output.endswith("The books are in order.\n")), good.output
    assert "Received: 3 events in 2 batches.\nSet aside, whole: 1 lines (malformed 1).\n" in good.output
    assert (1, True) == (bad.exit_code, "em/allied tagging.position: 3 received, 2 kept (on one side only: p-3)" in bad.output), bad.output


def test_what_was_let_go_after_28_days_because_nobody_managed_the_person_is_in_the_books(tmp_path: Path) -> None:
    clock = Standing()
    with running(tmp_path, clock) as runner:
        feed(runner, clock, [(NOON, [fix(1), fix(2)]), (NOON + timedelta(days=20), [fix(3, NOON + timedelta(days=20))])])
        judged(runner)
    clock.at += timedelta(days=12)
    with running(tmp_path, clock) as runner:
        feed(runner, clock, [(clock.at, [fix(4, clock.at)])])
    said = CliRunner().invoke(main, ["verify", "--data", str(tmp_path)])

    assert "Received: 4 events in 3 batches." in said.output
    assert "Judged or kept: 2." in said.output
    assert "Let go, of people whom nobody managed: 2.\nThe books are in order." in said.output


def test_alerts_says_which_folder_holds_none(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["alerts", "--data", str(tmp_path)])
    assert (1, True) == (said.exit_code, f"{tmp_path} is no data folder of a vigil run" in said.output)
