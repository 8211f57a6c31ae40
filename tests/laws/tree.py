"""The files of the project as the laws see them: read once, with their paths from the root.

Not only tracked ones, so that a law speaks before the commit; never what the tools have made. Used by the laws alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TOPS = ("schemas", "streams", "alerting", "ops", "tests", ".ci")
MADE_BY_TOOLS = {"__pycache__", "node_modules"}


class Source(NamedTuple):
    """One text file: its path from the root, with slashes, and what it says."""

    path: str
    text: str

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.path.rsplit("/", 1)[-1].split(".")[0]

    @property
    def suffix(self) -> str:
        """The file's ending with its dot; empty for a Makefile."""
        return Path(self.path).suffix


@cache
def sources() -> tuple[Source, ...]:
    """Every text file at the root and below the top folders, in order of path."""
    paths = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for top in TOPS:
        paths += [path for path in (ROOT / top).rglob("*") if path.is_file() and not MADE_BY_TOOLS.intersection(path.parts)]
    found = []
    for path in sorted(paths):
        try:
            found.append(Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a picture or a packed file: no line of it can break a law about text
    return tuple(found)


def source(path: str) -> Source:
    """The one file at this path."""
    return Source(path, (ROOT / path).read_text(encoding="utf-8"))
