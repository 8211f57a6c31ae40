"""The fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.console.office import Office
from tests.integration.console.scene import Scene


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A console with sign-in by one-time links, and two officers: `of-1` of the control room's supervisors, `of-2` in a case."""
    with Office(tmp_path) as opened:
        opened.officer("of-1", "supervisor", name="Sgt Ash")
        opened.officer("of-2", "oic", name="DC Birch")
        yield opened


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An evening in Avon, with a man, his team and who is on duty."""
    with Office(tmp_path) as opened:
        yield Scene(opened)
