"""`vigil replay` and files that are not as they should be: one line that says what is wrong, and nothing is lost or spoilt."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ops.cli.aside import Aside
from ops.cli.main import main
from schemas.refusal import FieldError
from streams.embedded.playback import LONGEST_BYTES, SetAside, lines

EVENING = Path(__file__).parents[3] / "ops" / "examples" / "evening.jsonl"


def vigil(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)])


def refusal(done: Result) -> str:
    """The one line of a refusal."""
    assert 1 == done.exit_code, done.output
    said = done.stderr.splitlines()
    assert 1 == len(said), said
    return said[0]


def kept(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


PACKED = gzip.compress(EVENING.read_bytes())


@pytest.mark.parametrize(
    "packed",
    [PACKED[:600], EVENING.read_bytes(), PACKED[:-8] + bytes(8), PACKED + b"more", PACKED[:200] + b"\xff" * 50 + PACKED[250:]],
    ids=["cut off", "never packed", "wrong checksum", "something behind it", "damaged within"],
)
def test_a_gzip_file_that_cannot_be_unpacked_whole_is_refused_by_name(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "evening.jsonl.gz"
    path.write_bytes(packed)

    assert refusal(vigil(path)).startswith(f"Error: {path} is no whole gzip file: it cannot be unpacked after line ")


@pytest.mark.parametrize("option", ["--out", "--set-aside"])
def test_a_file_that_cannot_be_written_is_refused_by_name(tmp_path: Path, option: str) -> None:
    nowhere = tmp_path / "nowhere" / "x.jsonl"

    assert f"Error: {nowhere}: No such file or directory" == refusal(vigil(EVENING, option, nowhere))


@pytest.mark.parametrize("option", ["--out", "--set-aside"])
def test_what_is_read_is_never_written_over(tmp_path: Path, option: str) -> None:
    evening = tmp_path / "evening.jsonl"
    evening.write_bytes(EVENING.read_bytes())

    assert "is read or written already: name another file" in refusal(vigil(evening, option, evening))
    assert EVENING.read_bytes() == evening.read_bytes()


def test_alerts_and_what_was_set_aside_do_not_go_into_one_file(tmp_path: Path) -> None:
    both = tmp_path / "both.jsonl"

    assert "is read or written already" in refusal(vigil(EVENING, "--out", both, "--set-aside", both))


@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "now"])
def test_an_instant_outside_every_calendar_is_wrong_usage(instant: str) -> None:
    assert 2 == vigil(EVENING, "--until", instant).exit_code


def test_what_a_line_says_cannot_reach_the_terminal_as_a_command_or_as_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    path.write_text(r'{"id": "x", "\u001b[2J\nError: all is well": "\u0000"}')
    named, summary = vigil(path).stderr.splitlines()

    assert named.startswith("hostile.jsonl:1 set aside, invalid: /\ufffd[2J\ufffdError: all is well ")
    assert "1 lines: 0 judged, 0 duplicate, 1 set aside" == summary


def test_a_line_that_is_not_utf_8_is_kept_to_the_byte(tmp_path: Path) -> None:
    line = b'{"id": "caf\xe9 \\xe9"}'
    path, aside = tmp_path / "latin.jsonl", tmp_path / "aside.jsonl"
    path.write_bytes(line + b'\n{"id": "torn\n')
    done = vigil(path, "--set-aside", aside)

    assert 0 == done.exit_code
    latin, torn = kept(aside)
    assert line == base64.b64decode(str(latin["raw_base64"]))
    assert ('{"id": "torn', False) == (torn["raw"], "raw_base64" in torn)


def test_a_line_longer_than_the_memory_should_hold_is_kept_whole_and_disturbs_nothing(tmp_path: Path) -> None:
    long = b"\xc3\xa9" * (5 * LONGEST_BYTES // 2)
    path, aside, out, expected = (tmp_path / name for name in ("mixed.jsonl", "aside.jsonl", "out.jsonl", "expected.jsonl"))
    first, rest = EVENING.read_bytes().split(b"\n", 1)
    path.write_bytes(first + b"\n" + long + b"\n" + rest)
    vigil(EVENING, "--out", expected)
    done = vigil(path, "--set-aside", aside, "--out", out)

    assert "48 lines: 47 judged, 0 duplicate, 1 set aside" == done.stderr.splitlines()[-1]
    (one,) = kept(aside)
    assert ("too_large", 2, long.decode()) == (one["code"], one["line"], one["raw"])
    assert expected.read_bytes() == out.read_bytes()


def test_a_line_of_any_length_is_held_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"a" * (24 * LONGEST_BYTES) + b"\xff")
    tracemalloc.start()
    try:
        (line,) = lines(path)
        aside = Aside(tmp_path / "aside.jsonl")
        aside.take([SetAside(line.file, line.number, "too_large", (FieldError("", "too large", "less"),), line.raw, line.rest)])
        aside.close()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    (one,) = kept(tmp_path / "aside.jsonl")
    assert path.read_bytes() == base64.b64decode(str(one["raw_base64"]))
    assert peak_bytes < 12 * LONGEST_BYTES
