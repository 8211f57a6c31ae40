"""`vigil import`: files of other systems become events, and each record that cannot is named with its field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ops.cli.main import main
from schemas import codec
from streams.intake.formats import FORMATS

HEADINGS = "id,source,type,occurred_at,person.EM_WEARER,data.device_id,data.state"
GOOD = "s-1,em/allied,tagging.strap,2026-03-02T21:04:00Z,w-1,d-1,tampered"
BAD = "s-2,em/allied,tagging.strap,2026-03-02T21:05:00Z,w-1,d-1,loose"


def vigil(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", *arguments])


@pytest.fixture
def straps(tmp_path: Path) -> Path:
    path = tmp_path / "straps.csv"
    path.write_text(f"{HEADINGS}\n{GOOD}\n{BAD}\n")
    return path


def test_events_go_to_the_file_and_what_was_refused_is_named_with_its_record_and_field(straps: Path, tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    done = vigil("--format", "csv", str(straps), "--out", str(out))

    assert ["s-1"] == [codec.decode(line).id for line in out.read_bytes().splitlines()]
    assert (0, "") == (done.exit_code, done.stdout)
    refused, summary = done.stderr.strip().splitlines()
    assert refused.startswith("straps.csv, record 2: invalid: /data/state ")
    assert "1 file: 1 events, 1 records refused" == summary


def test_without_a_file_for_them_events_go_to_standard_output_and_nothing_else_does(straps: Path) -> None:
    done = vigil("--format", "csv", str(straps))

    assert ["s-1"] == [json.loads(line)["id"] for line in done.stdout.splitlines()]


def test_a_program_reads_the_refusals_and_the_counts_as_json(straps: Path, tmp_path: Path) -> None:
    done = vigil("--format", "csv", str(straps), "--out", str(tmp_path / "x"), "--json")
    refused, summary = (json.loads(line) for line in done.stderr.strip().splitlines())

    assert ("straps.csv", "record 2", "invalid", "/data/state") == (
        refused["file"],
        refused["where"],
        refused["code"],
        refused["errors"][0]["pointer"],
    )
    assert {"files": 1, "events": 1, "refused": 1, "flagged": 0} == summary


def test_nothing_that_could_be_read_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "x.gpx"
    path.write_text("no track")
    done = vigil("--format", "gpx", str(path), "--source", "em/x", "--identifier", "EM_WEARER:w-1", "--device", "d-1")

    assert 1 == done.exit_code
    assert "nothing could be read" in done.stderr.splitlines()[-1]


def test_what_a_format_does_not_say_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.gpx"
    path.write_text("<gpx/>")
    done = vigil("--format", "gpx", str(path))

    assert 1 == done.exit_code
    for option in ("--source SOURCE", "--identifier TYPE:VALUE", "--device ID"):
        assert option in done.stderr


@pytest.mark.parametrize("arguments", [(), ("--format", "csv"), ("--format", "tea", "x"), ("--format", "csv", "not-there.csv")])
def test_wrong_usage_is_told(arguments: tuple[str, ...]) -> None:
    assert 2 == vigil(*arguments).exit_code


@pytest.mark.parametrize("said", ["w-1", "EM_WEARER:", ":w-1"])
def test_an_identifier_has_a_type_and_a_value(straps: Path, said: str) -> None:
    assert 2 == vigil("--format", "csv", str(straps), "--identifier", said).exit_code


def test_the_list_has_every_format_and_what_it_needs() -> None:
    listed = vigil("--list")

    assert 0 == listed.exit_code
    assert list(FORMATS) == [line.split()[0] for line in listed.stdout.splitlines()]
