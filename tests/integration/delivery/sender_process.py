"""A sender in a process of its own, to be killed: `python -m tests.integration.delivery.sender_process URL PORT AHEAD_S`.

Sends what the ledger at URL holds to the SMTP server at PORT, its clock so many seconds ahead: a test need not wait for a lease.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from threading import Event

from alerting.delivery import smtp
from alerting.delivery.providers import Providers
from alerting.delivery.sending import Sender
from alerting.ledger.store import Ledger


def main(url: str, port: str, ahead_s: str) -> None:
    ahead = timedelta(seconds=float(ahead_s))
    providers = Providers(smtp=smtp.Settings("127.0.0.1", int(port), "vigil@example.org", "none"))
    sender = Sender(Ledger(url), providers, lambda *_: None, lambda: datetime.now(UTC) + ahead)
    sys.stdout.write("sending\n")
    sys.stdout.flush()
    sender.run(Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
