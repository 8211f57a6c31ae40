"""A feed client and the service it posts to, whole but for the socket: real keys, real acceptor, real files, a clock of the test's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from starlette.testclient import TestClient

from ops.web.application import application
from streams.embedded.acceptance import Acceptor
from streams.embedded.backlog import Backlog
from streams.embedded.http_health import ANYBODY, Health, Watchers
from streams.embedded.http_health import routes as health_routes
from streams.embedded.http_intake import Intake
from streams.embedded.http_sender import Senders
from streams.embedded.keys import Keyring, KeyStore
from streams.embedded.metrics import Gauges, Metrics
from streams.embedded.received import ReceivedReader, ReceivedStore
from streams.embedded.tokens import Issuer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Still:
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.at = NOON
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.at


class Service:
    """Intake over a data folder, without judging."""

    def __init__(
        self,
        folder: Path,
        issuer: Issuer | None = None,
        formats: Mapping[str, str] | None = None,
        *,
        usual_rate_events_s: float | None = None,
        told: Watchers = ANYBODY,
    ) -> None:
        self.folder = folder
        self.clock = Still()
        folder.mkdir(exist_ok=True)
        self.store = ReceivedStore(folder)
        self.acceptor: Acceptor | None = Acceptor(self.store, Backlog(0, 0))
        self.metrics = Metrics(lambda: Gauges(0, 0, 0, {}, {}, ready=True))
        self.keyring = Keyring(folder)
        intake = Intake(
            lambda: self.acceptor,
            Senders(self.keyring, self.clock, issuer, usual_rate_events_s=usual_rate_events_s),
            self.clock,
            self.metrics,
            lambda: self.clock.seconds,
            formats or {},
        )
        health = health_routes(lambda: Health(self.acceptor is not None, {"intake": "pass"}), self.metrics, told)
        app = application([intake.router, health], self.metrics.answered)
        self.client = TestClient(app, base_url="http://127.0.0.1:8080")

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.portal.call(self._close_keyring) if self.client.portal else self.keyring.close()
        self.client.__exit__()
        self.store.close()

    async def _close_keyring(self) -> None:
        self.keyring.close()  # in the loop's thread, which opened it

    def key(
        self,
        *sources: str,
        types: tuple[str, ...] = ("*",),
        rate_events_s: float | None = None,
        expires_at: datetime | None = None,
        name: str = "supplier",
    ) -> str:
        keys = KeyStore(self.folder)
        text = keys.add(name, sources, self.clock.at, types=types, rate_events_s=rate_events_s, expires_at=expires_at)
        keys.close()
        return text

    def kept(self) -> list[bytes]:
        """Every accepted line, as another process reads it."""
        reader = ReceivedReader(self.folder)
        lines = [line for batch in reader.after(0) for line in batch.lines]
        reader.close()
        return lines

    def set_aside(self) -> dict[str, int]:
        reader = ReceivedReader(self.folder)
        counts = reader.set_aside_by_code()
        reader.close()
        return counts


def a_strap_event(number: int = 1, source: str = "em/allied", **changed: object) -> dict[str, object]:
    """One event that is in order."""
    event: dict[str, object] = {
        "id": f"p-{number}",
        "source": source,
        "type": "tagging.strap",
        "occurred_at": "2026-03-02T11:59:00Z",
        "person": {"identifiers": [{"type": "EM_WEARER", "value": "w-1"}]},
        "data": {"device_id": "d-1", "state": "tampered"},
    }
    return event | changed


def as_lines(events: Iterable[dict[str, object]]) -> bytes:
    """One a line."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)
