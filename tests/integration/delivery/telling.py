"""Words and small servers that the tests of delivery share: a message, a relay's settings, an HTTP server that answers as told."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from alerting.delivery.message import Outgoing
from alerting.wording import MayLeave, may_leave
from schemas.envelope import MessageStatus

AT = datetime(2026, 11, 22, 20, 14, 44, tzinfo=UTC)
ORIGIN = "https://vigil.example.org"
REFERENCE = "VG-7K3MQ-2XD9A"


def text(severity: str = "critical", status: str = "open", message_status: MessageStatus = "actual", *, repeat: bool = False) -> MayLeave:
    return may_leave(reference=REFERENCE, severity=severity, status=status, message_status=message_status, origin=ORIGIN, repeat=repeat)


def outgoing(message_id: str = "ms_1", said: MayLeave | None = None, *, tried_before: bool = False) -> Outgoing:
    return Outgoing(message_id, said or text(), AT, AT, tried_before=tried_before, receipt_token="tk-1")


class Request(NamedTuple):
    """What a server was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        said = json.loads(self.body)
        assert isinstance(said, dict)
        return said


class Answer(NamedTuple):
    """What it says."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = {}
    delay: threading.Event | None = None


class Listening(NamedTuple):
    """A server on the loopback address and everything it was asked."""

    url: str
    port: int
    asked: list[Request]


@contextmanager
def http_server(answers: Callable[[Request], Answer], tls: ssl.SSLContext | None = None) -> Iterator[Listening]:
    """It answers until the block ends."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            request = Request(
                self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length)
            )
            asked.append(request)
            answer = answers(request)
            if answer.delay is not None:
                answer.delay.wait(30)
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", "content-length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _any  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    port = int(server.server_address[1])
    scheme = "http" if tls is None else "https"
    try:
        yield Listening(f"{scheme}://127.0.0.1:{port}", port, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
