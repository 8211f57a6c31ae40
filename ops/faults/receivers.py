"""Receivers of messages: a relay, a server that speaks GOV.UK Notify's API, and a webhook. They count what came, and never lose it.

A message's name is its `Message-ID`, its `reference`, its `webhook-id`. Each says of itself that it may have come before.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from alerting.ledger.store import Writing
from alerting.ledger.tables.messages import WEBHOOK

if TYPE_CHECKING:
    from tests.integration.delivery.telling import Answer, Request
    from tests.parts.smtp import Smtp

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105  invented
MARK = "(repeat)"
TAKES_S = 0.02
"""How long the relay thinks: long enough to be killed in."""


class Receivers:
    """`arrived`: by the message's name, each time that it came, whether it said that it is a repeat."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self._url = ""
        self._relay: Smtp | None = None
        self._came: dict[str, list[bool]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def arrived(self) -> Mapping[str, list[bool]]:
        """Everything so far."""
        found = dict(self._came)
        letters = [] if self._relay is None else list(self._relay.messages)
        for letter in letters:
            name = str(letter["message-id"]).strip("<>").partition("@")[0]
            found[name] = [*found.get(name, []), MARK in letter.get_content()]
        return found

    def subscribe(self, writing: Writing) -> None:
        """The webhook, to every area."""
        row = {"webhook_id": "wh_faults", "officer_id": "of-9", "url": self._url, "secrets": f'["{SECRET}"]', "areas": "[]"}
        writing.connection.execute(insert(WEBHOOK).values(**row, made_at=writing.now))

    def came(self, name: str, *, marked: bool) -> None:
        """One message more."""
        with self._lock:
            self._came[name].append(marked)

    @contextmanager
    def listening(self, place: Path) -> Iterator[None]:
        """They take messages until the block ends; `environment` says where."""
        from tests.integration.delivery.notify_server import KEY, TEMPLATE, NotifyServer  # noqa: PLC0415  as in ops.faults.parts
        from tests.integration.delivery.telling import Answer, http_server  # noqa: PLC0415
        from tests.parts.certificate import own_certificate  # noqa: PLC0415
        from tests.parts.smtp import Smtp  # noqa: PLC0415

        notify, relay = NotifyServer(), Smtp()
        relay.delay_s = TAKES_S
        certificate, private = own_certificate(place)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, private)

        def hooked(request: Request) -> Answer:
            self.came(request.headers["webhook-id"], marked=bool(json.loads(request.body)["data"]["repeat"]))
            return Answer(204)

        def texted(request: Request) -> Answer:
            if request.method == "POST":
                self.came(str(request.json["reference"]), marked=MARK in str(request.json["personalisation"]))
            return notify.answer(request)

        with ExitStack() as stack:
            self._url = stack.enter_context(http_server(hooked, tls)).url
            notify.listening = stack.enter_context(http_server(texted))
            stack.callback(relay.stop)
            relay.start()
            self._relay = relay
            self.environment = {
                "SSL_CERT_FILE": str(certificate),
                "VIGIL_SMTP_HOST": "127.0.0.1",
                "VIGIL_SMTP_PORT": str(relay.port),
                "VIGIL_SMTP_FROM": "vigil@example.org",
                "VIGIL_SMTP_SECURITY": "none",
                "VIGIL_NOTIFY_API_KEY": KEY,
                "VIGIL_NOTIFY_SMS_TEMPLATE": TEMPLATE,
                "VIGIL_NOTIFY_BASE_URL": notify.listening.url,
            }
            yield
