"""The README's evening is what Vigil says today: its commands are run as printed, and what they print is compared in full."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from schemas.codec import decode
from tests.laws.tree import ROOT, source

README = source("README.md").text
SHOWN = re.findall(r"^```console\n\$ (.+)\n((?:.*\n)*?)```$", README, flags=re.MULTILINE)
EXAMPLES = sorted((ROOT / "ops" / "examples").glob("*.jsonl"))
VIGIL = "from ops.cli.main import main; main()"


def here(command: str) -> str:
    """The command with this Python in the place of the one that `make` sets up; `vigil` is that Python with its entry point."""
    ours = {"python": shlex.quote(sys.executable), "vigil": shlex.join([sys.executable, "-c", VIGIL])}
    return re.sub(r"\.venv/bin/(python|vigil)\b", lambda found: ours[found.group(1)], command)


def printed(command: str) -> str:
    """What a person at a terminal sees of it: both streams, in the order in which they come."""
    shell = ["bash", "-c", f"set -o pipefail; {here(command)}"]
    run = subprocess.run(shell, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_the_readme_shows_an_evening() -> None:
    assert SHOWN, "a ```console block that begins with `$ `"


@pytest.mark.parametrize(("command", "shown"), SHOWN)
def test_what_the_readme_shows_is_what_is_printed(command: str, shown: str) -> None:
    assert shown == printed(command), "Vigil says something else now: look whether it should, then show that"


def test_vigil_is_the_command_that_the_readme_calls() -> None:
    scripts = tomllib.loads(source("pyproject.toml").text)["project"]["scripts"]

    assert "ops.cli.main:main" == scripts["vigil"]


def test_the_times_that_the_readme_tells_are_times_of_the_evening() -> None:
    told = re.findall(r"\d\d:\d\d", README.partition("```\n\n**")[2].partition("\n## ")[0])
    shown = "".join(text for _, text in SHOWN)

    assert told
    assert [] == [time for time in told if time not in shown], "a time in the prose that no line of the output bears out"


def standing(*lines: str, folder: Path) -> list[tuple[str, ...]]:
    """What stands at the end when these lines are played: each alert that is not withdrawn, in what does not depend on arrival."""
    file = folder / "evening.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    played = printed(f".venv/bin/vigil replay {shlex.quote(str(file))} 2>/dev/null")
    alerts = [json.loads(line) for line in played.splitlines()]
    return [tuple(alert[field] for field in STANDS) for alert in alerts if alert["status"] != "withdrawn"]


STANDS = ("alert_id", "status", "severity", "began_at", "ended_at", "because", "incident_id")


def test_in_another_order_or_with_a_line_twice_the_same_alerts_stand(tmp_path: Path) -> None:
    lines = (ROOT / "ops" / "examples" / "evening.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    as_told = standing(*lines, folder=tmp_path)

    assert 5 == len(as_told)
    assert as_told == standing(*reversed(lines), folder=tmp_path)
    assert as_told == standing(*lines, lines[20], folder=tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_example_can_be_read_and_lies_in_the_order_in_which_it_arrives(example: Path) -> None:
    events = [decode(line) for line in example.read_bytes().splitlines()]
    arrivals = [event.received_at or event.occurred_at for event in events]

    assert len(events) == len({(event.source, event.id) for event in events})
    assert sorted(arrivals) == arrivals
