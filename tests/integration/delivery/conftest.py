"""The fixtures of delivery's tests: a ledger on both databases, and its post room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerting.ledger.store import Ledger
from tests.integration.delivery.outgoing_post import Door, Post
from tests.integration.ledger.ledgers import empty_database, ledger

__all__ = ["empty_database", "ledger"]


@pytest.fixture
def door() -> Door:
    """Everything that goes out, and what is answered."""
    return Door()


@pytest.fixture
def post(ledger: Ledger, door: Door) -> Iterator[Post]:
    """PC Rowan has an address and a number."""
    room = Post(ledger, door)
    room.officer()
    yield room
    room.sender.close()
