"""A real SMTP server in this process, polite until a test makes it rude."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.parts.certificate import own_certificate
from tests.parts.server import free_port


class Smtp:
    """`messages` holds what it took. `refuse_recipient` and `refuse_message` are answers such as `550 no such mailbox`.

    `drop_after_data`: it takes the message and goes away without a word, so the sender cannot know. `delay_s`: it thinks before it answers.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, certificate: Path | None = None) -> None:
        self.port = free_port()
        self.certificate = certificate
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuse_recipient: str | None = None
        self.refuse_message: str | None = None
        self.drop_after_data = False
        self.delay_s = 0.0
        self._tls = tls
        self._controller: Controller | None = None

    def start(self) -> None:
        """Take messages, on the same port again after a stop."""
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=self._tls, require_starttls=self._tls is not None, ready_timeout=30
        )
        self._controller.start()

    def stop(self) -> None:
        """Refuse every connection."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        await asyncio.sleep(self.delay_s)
        if self.refuse_message:
            return self.refuse_message
        content = envelope.content
        if not isinstance(content, bytes):
            raise TypeError(f"aiosmtpd gave {type(content).__name__}, expected bytes")
        self.envelopes.append(envelope)
        self.messages.append(email.message_from_bytes(content, policy=policy.default))
        if self.drop_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """A server in clear, polite."""
    server = Smtp()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_tls(tmp_path: Path) -> Iterator[Smtp]:
    """A server that insists on STARTTLS; `certificate` is the authority to trust."""
    certificate, private = own_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, private)
    server = Smtp(context, certificate)
    server.start()
    yield server
    server.stop()
