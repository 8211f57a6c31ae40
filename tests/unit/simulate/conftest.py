"""One small run, decoded once, for all tests of the simulator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ops.simulate.world import World, plan
from schemas.codec import decode
from schemas.event import Event

STARTS_AT = datetime(2026, 3, 23, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return plan(60, 2, 7, STARTS_AT)


@pytest.fixture(scope="session")
def events(world: World) -> list[Event]:
    return [decode(text) for _, text in world.lines()]
