"""The house laws about files: each a claim, what to do about an offence, and a pure function from one file to its offences.

Not the tests: `test_house.py` holds the tree to them and proves that each bites. Laws that read Python's syntax: `house_code.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.laws.tree import Source

Offences = Iterator[str]


class Law(NamedTuple):
    """`offences` yields one line for each offence in a file: where, and what is wrong."""

    claim: str
    remedy: str
    offences: Callable[[Source], Offences]


def matching_lines(source: Source, pattern: re.Pattern[str]) -> Offences:
    """`path:number: line` for each line in which the pattern occurs."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if pattern.search(line):
            yield f"{source.path}:{number}: {line.strip()[:120]}"


# Written by hand and read by people: the rules' evenings too. Locks, recorded data and generated pages are not.
READ_BY_PEOPLE = {".py", ".ts", ".js", ".html", ".css", ".toml", ".yml", ".yaml", ".sh", ".sql"}
LONGEST = 400


def too_long(source: Source) -> Offences:
    """A file that is more than a few screens."""
    lines = len(source.text.splitlines())
    if source.suffix in READ_BY_PEOPLE and lines > LONGEST:
        yield f"{source.path}: {lines} lines"


EMPTY_WORDS = {"util", "utils", "helper", "helpers"}
EMPTY_NAMES = {"base", "common", "manager", "misc", "shared"}  # whole names: `common_platform`, `offender_manager` are the field's words


def empty_name(source: Source) -> Offences:
    """A name that says nothing about what is inside; folders too."""
    *folders, _ = source.path.split("/")
    for name in (*folders, source.stem):
        words = set(re.split(r"[_\-]", name.lower()))
        if name.lower() in EMPTY_NAMES or words & EMPTY_WORDS:
            yield f"{source.path}: `{name}`"


def too_deep(source: Source) -> Offences:
    """More than two folders below a top folder."""
    top_and_folders = source.path.split("/")[:-1]
    if len(top_and_folders) > 3:
        yield f"{source.path}: {len(top_and_folders) - 1} folders below {top_and_folders[0]}/"


# In pieces, so that this file does not break its own laws.
_MACHINE_PATH = re.compile(r"(?:^|[^\w.])/(?:" + "work|farm|root|home|Users" + r")/[a-zA-Z.]")
_REGISTRY = re.compile(
    "|".join(
        (
            r"--(?:extra-)?index" + "-url",
            r"^\s*registry" + r"\s*=\s*[\"']?(?:http|sparse)",  # a setting: a variable of that name holds whom identity knows
            r'"resolved"' + r':\s*"http',
            r"\bpypi" + r"\.org",
            r"python" + r"hosted\.org",
            r"registry\." + r"(?:npmjs|yarnpkg)",
        )
    )
)
_UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError")) + r")\b|\bassert " + r"True\b")
_UNREASONED = re.compile(r"\bpytest\.(?:mark\.)?(?:skip|xfail)" + r"\b(?!if)(?!.*reason=)|\bmark\.skipif" + r"\b(?!.*reason=)")

FILE_LAWS = {
    "length": Law(f"no file is longer than {LONGEST} lines", "Find the second concept in it and give that a file of its own.", too_long),
    "names": Law("a file's name says what is in it", "Name it with the field's word for what it holds.", empty_name),
    "depth": Law("folders lie at most two below a top folder", "Move it up, or name the concept that the deep folder hides.", too_deep),
    "machine paths": Law(
        "no file knows the machine it was written on",
        "Use a path from the project's root, or tmp_path.",
        lambda source: matching_lines(source, _MACHINE_PATH),
    ),
    "registries": Law(
        "no file names a package registry",
        "Leave the address to the machine's own settings; `make lock` writes none.",
        lambda source: matching_lines(source, _REGISTRY),
    ),
    "unfinished": Law(
        "what is in the tree is finished",
        "Do it now, or write the gap down where its reader looks for it.",
        lambda source: matching_lines(source, _UNFINISHED),
    ),
    "unreasoned": Law(
        "a test that does not run says why",
        "Give `reason=` on the same line, or let it run.",
        lambda source: matching_lines(source, _UNREASONED),
    ),
}
