"""Writes the OpenAPI document of the API into the repository: `python -m ops.web.publish`. A test holds it against the routes.

Composes the application as `vigil run` does, over a ledger in memory and no data, and asks it for its document.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from alerting.console import openapi
from alerting.console.desk import Desk, Settings
from alerting.console.live import Live
from alerting.ledger.store import Ledger
from ops.web.application import routed
from streams.embedded.clock import RealTime
from streams.embedded.http_intake import Intake
from streams.embedded.http_sender import Senders
from streams.embedded.keys import Keyring
from streams.embedded.metrics import Gauges, Metrics

DOCUMENT = Path(openapi.__file__).with_suffix(".json")


def document() -> bytes:
    """The document of everything that answers under `/api/v1`."""
    with TemporaryDirectory() as folder:
        ledger = Ledger.in_folder(Path(folder))
        ledger.upgrade()
        desk = Desk(ledger, lambda: datetime(2026, 1, 1, tzinfo=UTC), Settings("http://127.0.0.1:8080"), Live(ledger))
        metrics = Metrics(lambda: Gauges(0, 0, 0, {}, {}, ready=True))
        keyring = Keyring(Path(folder))
        intake = Intake(lambda: None, Senders(keyring, RealTime(), None), RealTime(), metrics)
        try:
            return openapi.text(routed((intake.router,), desk))
        finally:
            desk.live.close()
            keyring.close()
            ledger.close()


def main() -> None:
    """Write it, or with `--check` say whether it is as it stands."""
    made = document()
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if DOCUMENT.read_bytes() == made else f"{DOCUMENT.name} is not as the routes say: python -m ops.web.publish")
    DOCUMENT.write_bytes(made)


if __name__ == "__main__":
    main()
