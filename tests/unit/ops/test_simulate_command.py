"""`vigil simulate`: a population in a file, the truth beside it, and a replay's alerts measured against it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ops.cli.main import main
from tests.integration.running import vigil as in_a_process


def vigil(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def simulate(out: Path, *more: str) -> Result:
    return vigil("simulate", "--people", "6", "--days", "1", "--seed", "3", "--out", str(out), *more)


def test_the_same_seed_gives_the_same_file_and_the_truth_stands_beside_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    done = simulate(one, "--json")
    simulate(other)
    said = json.loads(done.stdout)

    assert (0, one.read_bytes()) == (done.exit_code, other.read_bytes())
    assert (said["lines"], said["truth"]) == (len(one.read_bytes().splitlines()), f"{one}.truth.jsonl")
    assert said["planted"] + said["implied"] == len(Path(said["truth"]).read_text().splitlines())


def test_what_a_replay_made_of_it_is_measured_without_writing_it_again(tmp_path: Path) -> None:
    run, alerts = tmp_path / "run.jsonl", tmp_path / "alerts.jsonl"
    simulate(run)
    assert 0 == in_a_process("replay", str(run), "--out", str(alerts), cwd=tmp_path).returncode
    run.unlink()
    done = simulate(run, "--check", str(alerts), "--json")
    report = json.loads(done.stdout)

    assert (0, False, 6.0) == (done.exit_code, run.exists(), report["person_days"])
    assert all(0 <= score["recall"] <= 1 for score in report["rules"])
    assert simulate(run, "--check", str(alerts)).stdout.startswith("rule ")


def test_without_its_truth_there_is_nothing_to_check(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.jsonl"
    alerts.write_text("")
    done = simulate(tmp_path / "none.jsonl", "--check", str(alerts))

    assert (1, 1) == (done.exit_code, len(done.stderr.strip().splitlines()))


@pytest.mark.parametrize(
    ("option", "value"),
    [("--people", "100001"), ("--days", "367"), ("--starts", "1999-12-31T23:59:59Z"), ("--starts", "9999-12-01T00:00:00Z")],
)
def test_what_no_machine_and_no_calendar_holds_is_refused_in_one_line_before_anything_is_written(
    tmp_path: Path, option: str, value: str
) -> None:
    out = tmp_path / "x"
    done = simulate(out, option, value)

    assert (2, False) == (done.exit_code, out.exists())
    told = [line for line in done.stderr.splitlines() if value in line and ("range" in line or "expected" in line)]
    assert told == done.stderr.splitlines()[-1:]


def test_nobody_and_no_time_are_wrong_usage(tmp_path: Path) -> None:
    out = str(tmp_path / "x")

    assert 2 == vigil("simulate", "--people", "0", "--days", "1", "--seed", "1", "--out", out).exit_code
    assert 2 == vigil("simulate", "--people", "1", "--days", "1", "--out", out).exit_code
