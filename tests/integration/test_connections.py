"""Clients that open a connection and say nothing, or say it slowly, do not hold the service (a real server, on a port of its own)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ops.cli.connections import MOST, Limits, usual
from ops.cli.serving import Serving
from tests.integration.running import an_evening, run, vigil

PATIENCE_S = 20.0
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how long the body was that it was sent."""
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


@contextmanager
def serving(limits: Limits, served: ASGIApp = app) -> Iterator[str]:
    server = Serving("127.0.0.1:0", limits)
    server.start(served)
    try:
        yield server.url
    finally:
        server.stop()


def connected(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=PATIENCE_S)


def ended(one: socket.socket) -> bytes:
    """What is said until the other side ends it; a connection that is cut says nothing."""
    said = b""
    try:
        while piece := one.recv(65_536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def test_five_hundred_clients_that_say_nothing_do_not_hold_up_one_that_posts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with run(data) as running, ExitStack() as idle:
        url = str(running.http.base_url)
        key = vigil("keys", "add", "all", "--source", "*", "--data", str(data), cwd=tmp_path).stdout.strip()
        for number in range(500):
            one = idle.enter_context(closing(connected(url)))
            one.sendall((b"", b"P", HEAD, HEAD + b"X-Slow: ")[number % 4])
        began = time.monotonic()
        answers = [running.post(key, an_evening(datetime.now(UTC))) for _ in range(5)]
        took_s = time.monotonic() - began

    assert [202] * 5 == [one.status_code for one in answers]
    assert took_s < PATIENCE_S


def test_beyond_the_limit_a_request_is_refused_as_a_problem_and_served_again_when_others_have_gone() -> None:
    with serving(Limits(3)) as url, ExitStack() as idle:
        others = [idle.enter_context(closing(connected(url))) for _ in range(3)]
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            refused = client.post("/api/v1/events", content=b"x")
            health = client.get("/health/live")
        for one in others:
            one.close()
        served = httpx.post(url, content=b"four", timeout=PATIENCE_S)

    problem = json.loads(refused.text)
    assert (503, "application/problem+json", "5") == (refused.status_code, refused.headers["content-type"], refused.headers["retry-after"])
    assert ("not_durable", "/api/v1/events", 5) == (problem["code"], problem["instance"], problem["retry_after_s"])
    assert problem["request_id"] == refused.headers["x-request-id"]
    assert (200, 200, "4") == (health.status_code, served.status_code, served.text)


def test_far_beyond_the_limit_a_connection_is_cut_so_that_files_are_left_for_the_store() -> None:
    with serving(Limits(2)) as url, ExitStack() as idle:
        for _ in range(3):
            idle.enter_context(closing(connected(url)))
        with closing(connected(url)) as one_too_many:
            assert b"" == ended(one_too_many)


@pytest.mark.parametrize("said", [b"", b"G", HEAD, HEAD + b"X-Slow: "])
def test_a_client_whose_request_does_not_come_is_not_waited_for(said: bytes) -> None:
    with serving(Limits(100, request_within_s=0.3)) as url, closing(connected(url)) as slow:
        slow.sendall(said)

        assert b"" == ended(slow)


def test_a_client_that_says_a_letter_now_and_then_is_not_waited_for() -> None:
    with serving(Limits(100, request_within_s=0.3)) as url, closing(connected(url)) as slow:
        began = time.monotonic()
        with pytest.raises(OSError, match=r"Broken pipe|reset"):  # noqa: PT012  it ends in the midst of it
            while time.monotonic() - began < PATIENCE_S:
                slow.sendall(b"G")
                time.sleep(0.05)


def test_a_client_that_asks_and_then_waits_is_answered_each_time_within_its_time() -> None:
    with serving(Limits(100, request_within_s=0.6)) as url, closing(connected(url)) as patient:
        for _ in range(3):
            patient.sendall(HEAD + b"\r\n")
            said = b""
            while not said.endswith(b"\r\n\r\n0"):
                said += patient.recv(65_536)
            assert said.startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.3)
        patient.sendall(HEAD)

        assert b"" == ended(patient)


def test_a_client_that_takes_nothing_of_its_answer_does_not_keep_its_place() -> None:
    ended_ = threading.Event()

    async def tells(scope: Scope, receive: Receive, send: Send) -> None:
        """More than any buffer holds."""
        try:
            await Response(b"x" * 30_000_000)(scope, receive, send)
        finally:
            ended_.set()

    with serving(Limits(3, taken_within_s=0.3), tells) as url, closing(connected(url)) as one:
        one.sendall(HEAD + b"\r\n")
        assert ended_.wait(PATIENCE_S)
        with suppress(ConnectionError):
            assert len(ended(one)) < 30_000_000


def test_a_body_may_take_longer_than_the_request_that_begins_it() -> None:
    with serving(Limits(100, request_within_s=0.3)) as url, closing(connected(url)) as slow:
        slow.sendall(HEAD.replace(b"GET", b"POST") + b"Connection: close\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.8)
        slow.sendall(b"cd")

        assert ended(slow).endswith(b"\r\n\r\n4")


def test_the_usual_limit_leaves_room_in_what_the_machine_lets_a_process_open() -> None:
    assert 1 <= usual().most <= MOST
    assert usual().most_open <= 1.5 * MOST


CHUNKED = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"5;" + b"a" * 2_000_000 + b"\r\nhello\r\n0\r\n\r\n"


async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers before it reads, as a request without a key is."""
    await Response("no", 401)(scope, receive, send)


async def reads(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads until the sender goes away."""
    with suppress(ClientDisconnect):
        await app(scope, receive, send)


@pytest.mark.parametrize(
    ("served", "said", "status"),
    [
        (reads, CHUNKED + ENDLESS, b"400"),
        (reads, CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", b"400"),
        (refuses, CHUNKED + b"5\r\nhe", b"401"),
        (reads, CHUNKED + b"1\r\na\r\n" * 100_000, b"400"),
    ],
)
def test_what_is_no_http_ends_quietly(served: ASGIApp, said: bytes, status: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A chunk whose extension never ends, one without a length; what comes after the answer was given early; a body in crumbs.

    Each chunk of one byte costs the loop as much as a request: a few million of them would hold up everybody.
    """
    with serving(Limits(3), served) as url, closing(connected(url)) as one:
        with suppress(ConnectionError):
            one.sendall(said)
        answer = one.recv(12)
        with suppress(ConnectionError):
            one.sendall(ENDLESS)
            ended(one)

    assert b"HTTP/1.1 " + status == answer
    assert [] == [record.getMessage() for record in caplog.records if record.name != "httpx"]


def test_a_body_whose_length_is_said_in_two_ways_is_nobodys() -> None:
    """A proxy that went by the length would take what follows for the next client's request."""
    smuggled = b"0\r\n\r\n" + HEAD + b"\r\n"
    said = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(smuggled)) + smuggled
    with serving(Limits(3)) as url, closing(connected(url)) as one:
        one.sendall(said)
        answers = ended(one)

    assert (b"HTTP/1.1 400", 1) == (answers[:12], answers.count(b"HTTP/1.1 "))


@pytest.mark.parametrize(
    ("proxies", "asks"), [(None, "127.0.0.1"), ("", "127.0.0.1"), ("127.0.0.2", "127.0.0.1"), ("127.0.0.1", "192.0.2.7")]
)
def test_whom_a_request_was_passed_on_for_is_said_by_no_peer_but_a_named_proxy(
    monkeypatch: pytest.MonkeyPatch, proxies: str | None, asks: str
) -> None:
    async def who(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(scope["client"][0])(scope, receive, send)

    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    if proxies is not None:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", proxies)
    with serving(Limits(3), who) as url:
        assert asks == httpx.get(url, headers={"X-Forwarded-For": "192.0.2.7"}, timeout=PATIENCE_S).text


def test_an_answer_is_sent_at_once_and_waits_for_no_acknowledgement() -> None:
    """The event loop sees to it where the socket says that it is TCP; else a small answer on a kept connection takes 40 ms more."""
    server = Serving("127.0.0.1:0")
    with closing(server.bind()) as bound:
        bound.listen()
        with closing(connected(server.url)), closing(bound.accept()[0]) as accepted:
            assert socket.IPPROTO_TCP == accepted.proto
