"""CHANGELOG.md keeps its form (Keep a Changelog): newest first, dated, known headings, whole sentences."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from itertools import pairwise

from packaging.version import Version

from tests.laws.tree import source

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
LINES = source("CHANGELOG.md").text.splitlines()
HEADING = re.compile(r"## \[(?P<version>\d+\.\d+\.\d+)\] - (?P<day>\d{4}-\d{2}-\d{2})$")


def releases() -> list[tuple[Version, date]]:
    """The released versions in the order of the file."""
    headings = [line for line in LINES if line.startswith("## ") and line != "## [Unreleased]"]
    matches = [HEADING.match(line) for line in headings]
    wrong = [line for line, match in zip(headings, matches, strict=True) if not match]
    assert [] == wrong, f"expected `## [1.2.3] - 2026-11-22`, found {wrong}"
    return [(Version(match["version"]), date.fromisoformat(match["day"])) for match in matches if match]


def test_it_begins_with_its_title_and_what_is_not_yet_released() -> None:
    assert "# Changelog" == LINES[0]
    assert "## [Unreleased]" == next(line for line in LINES if line.startswith("## "))


def test_releases_stand_newest_first() -> None:
    wrong = [f"{newer[0]} before {older[0]}" for newer, older in pairwise(releases()) if newer[0] <= older[0] or newer[1] < older[1]]

    assert [] == wrong, "the newest release stands first, and no release is older than the one below it"


def test_the_newest_release_is_not_ahead_of_the_project() -> None:
    ours = Version(tomllib.loads(source("pyproject.toml").text)["project"]["version"])
    ahead = [str(version) for version, _ in releases() if version > ours]

    assert [] == ahead, f"pyproject.toml says {ours}"


def test_changes_stand_under_the_six_known_headings_and_none_is_empty() -> None:
    unknown = [line for line in LINES if line.startswith("### ") and line.removeprefix("### ") not in KINDS]
    said = [line for line in LINES if line.strip()]
    empty = [line for line, following in pairwise([*said, "## end"]) if line.startswith("### ") and not following.startswith("- ")]

    assert [] == unknown, f"expected one of {', '.join(KINDS)}"
    assert [] == empty, "a heading without a change under it: remove it"


def test_every_change_is_a_whole_sentence() -> None:
    changes = re.findall(r"^- .*(?:\n {2}\S.*)*", "\n".join(LINES), flags=re.MULTILINE)
    wrong = [change for change in changes if not change.endswith(".") or not change[2].isupper()]

    assert changes, "a changelog with no change in it"
    assert [] == wrong, "a change begins with a capital letter and ends with a full stop"
