"""The fixtures of these tests: a ledger on both databases, a relay and a Notify that go away, and the night they go away in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerting.ledger.store import Ledger
from tests.integration.delivery.notify_server import NotifyServer, notify_server
from tests.integration.faults.outage import Outage
from tests.integration.ledger.ledgers import empty_database, ledger, url
from tests.parts.smtp import Smtp

__all__ = ["empty_database", "ledger", "url"]


@pytest.fixture
def notify() -> Iterator[NotifyServer]:
    with notify_server() as server:
        yield server


@pytest.fixture
def outage(ledger: Ledger, smtp: Smtp, notify: NotifyServer) -> Iterator[Outage]:
    made = Outage(ledger, smtp, notify)
    yield made
    made.sender.close()
