"""What the identity provider answers is taken whole, soon and in measure, or not at all (a real server that does neither)."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from alerting.console.fetching import WholeAnswers

WITHIN = timedelta(milliseconds=500)
PACKED = gzip.compress(b"{}")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said = {"/plain": b"{}", "/packed": PACKED, "/large": b"x" * 2_000}.get(self.path, b"")
        self.send_response(200)
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(said)
        while self.path == "/slow":
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nobody reads it."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/slow", "/large", "/packed"])
def test_what_never_ends_or_is_too_long_or_packed_is_no_answer(origin: str, path: str) -> None:
    began = time.monotonic()
    with httpx.Client(transport=WholeAnswers(WITHIN, most_bytes=1_000)) as client, pytest.raises(httpx.HTTPError):
        client.get(origin + path)

    assert time.monotonic() - began < 10 * WITHIN.total_seconds()


def test_what_comes_whole_is_taken_as_it_came(origin: str) -> None:
    with httpx.Client(transport=WholeAnswers(WITHIN)) as client:
        assert {} == client.get(f"{origin}/plain").json()
