"""What is installed is what was pinned: both locks whole, hashed, free of addresses and of one mind with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.laws.tree import source

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads(source("pyproject.toml").text)


class Pin(NamedTuple):
    """One pinned package. `condition` is its environment marker: the same package may be pinned twice, for two Pythons."""

    name: str
    version: str
    condition: str
    hashes: int


def pins(lock: str) -> list[Pin]:
    """What the lock pins, entry by entry."""
    entries = re.split(r"\n(?=\S)", source(lock).text.strip())
    found = []
    for entry in entries:
        head = re.match(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<condition>[^\\\n]+))?", entry)
        assert head, f"{lock}: expected name==version, found {entry.splitlines()[0]!r}; run `make lock`"
        condition = (head["condition"] or "").strip()
        found.append(Pin(canonicalize_name(head["name"]), head["version"], condition, entry.count("--hash=sha256:")))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    bare = [pin.name for pin in pins(lock) if not pin.hashes]

    assert [] == bare, f"{lock}: no hash for {', '.join(bare)}; run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_address(lock: str) -> None:
    addresses = [line for line in source(lock).text.splitlines() if "://" in line or line.startswith(("-i ", "--"))]

    assert [] == addresses, f"{lock}: where packages come from is the machine's affair; run `make lock`"


def test_tests_run_on_what_runs() -> None:
    different = sorted(set(pins("requirements.lock")) - set(pins("requirements-dev.lock")))

    assert [] == different, f"pinned otherwise for the tests: {different}; run `make lock`"


@pytest.mark.parametrize(
    ("lock", "group"), [("requirements.lock", "build"), ("requirements-dev.lock", "build"), ("requirements-dev.lock", "dev")]
)
def test_the_lock_answers_what_the_project_asks(lock: str, group: str) -> None:
    asked = [Requirement(line) for line in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"][group]]
    pinned: dict[str, list[str]] = {}
    for pin in pins(lock):
        pinned.setdefault(pin.name, []).append(pin.version)
    unanswered = [
        str(requirement)
        for requirement in asked
        if not any(requirement.specifier.contains(version) for version in pinned.get(canonicalize_name(requirement.name), []))
    ]

    assert [] == unanswered, f"{lock} does not answer {', '.join(unanswered)}; run `make lock`"


def test_what_builds_the_project_stands_in_the_lock() -> None:
    assert PROJECT["build-system"]["requires"] == PROJECT["dependency-groups"]["build"]
