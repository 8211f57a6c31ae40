"""A relay that says a byte now and then, and so never reaches the limit of a read: the whole try ends all the same, in each channel."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from requests import RequestException, Session

from alerting.delivery import notify, push, smtp
from alerting.delivery.deadline import WHOLE_TRY_S, connected, within
from alerting.delivery.message import Address, Outcome, Retry, Sent
from alerting.delivery.sending import LEASE
from alerting.delivery.timely import timely
from tests.integration.delivery.notify_server import KEY, TEMPLATE
from tests.integration.delivery.telling import Answer, http_server, outgoing
from tests.integration.delivery.test_push import SETTINGS as PUSH
from tests.integration.delivery.test_push import Browser
from tests.parts.certificate import own_certificate

WHOLE_S, EVERY_S, PATIENCE_S = 0.4, 0.05, 10.0
LESS_THAN_A_READ_S = 5.0
SMTP = b"220 relay\r\n250 relay\r\n250 sender\r\n250 recipient\r\n354 the letter\r\n"
HTTP, HTTP_BODY = b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 201 Created\r\ncontent-length: 9999\r\nconnection: close\r\n\r\n"


@contextmanager
def trickling(says: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that begins as told and goes on by a byte, for as long as anybody listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve(line: socket.socket) -> None:
        with suppress(OSError), line if tls is None else tls.wrap_socket(line, server_side=True) as speaking:
            speaking.sendall(says)
            while not over.wait(EVERY_S):
                speaking.sendall(b"x")

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield int(listening.getsockname()[1])
    over.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@contextmanager
def full() -> Iterator[int]:
    """The port of a server that refuses nobody and takes nobody: whoever connects waits."""
    with socket.socket() as listening, ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        with suppress(TimeoutError):
            while True:
                waiting.enter_context(socket.create_connection(listening.getsockname(), timeout=EVERY_S))
        yield int(listening.getsockname()[1])


def by_mail(port: int, authority: Path | None = None) -> Outcome:
    settings = smtp.Settings("127.0.0.1", port, "vigil@example.org", "none", whole_s=WHOLE_S)
    if authority is not None:
        settings = settings._replace(security="tls", authority_file=str(authority))
    return smtp.send(outgoing(), Address("email", "idva@example.org"), settings)


def by_push(port: int) -> Outcome:
    return push.send(outgoing(), Browser().subscription(f"http://127.0.0.1:{port}/p/1"), PUSH._replace(whole_s=WHOLE_S))


def by_notify(port: int) -> Outcome:
    settings = notify.Settings(KEY, TEMPLATE, base_url=f"http://127.0.0.1:{port}", whole_s=WHOLE_S)
    return notify.send(outgoing(), Address("sms", "+447700900123"), settings)


def asked_of_notify(port: int) -> Outcome:
    return notify.look("740e5834", notify.Settings(KEY, TEMPLATE, base_url=f"http://127.0.0.1:{port}", whole_s=WHOLE_S))


TRIES: list[tuple[Callable[[int], Outcome], bytes, Outcome]] = [
    (by_mail, b"220-relay ", Retry("relay_away")),
    (by_mail, SMTP + b"250-", Retry("relay_gone_away", unsure=True)),
    (by_mail, SMTP + b"250 taken\r\n", Sent()),
    (by_push, HTTP, Sent()),  # it has said so
    (by_push, HTTP_BODY, Retry("push_service_away", unsure=True)),
    (by_notify, HTTP, Retry("notify_200", unsure=True)),
    (by_notify, HTTP_BODY, Retry("notify_away", unsure=True)),
    (asked_of_notify, HTTP, Retry("notify_200")),
]


@pytest.mark.parametrize(("sends", "says", "expected"), TRIES)
def test_it_is_given_up_when_its_time_is_over(sends: Callable[[int], Outcome], says: bytes, expected: Outcome) -> None:
    with trickling(says) as port:
        began_s = time.monotonic()
        assert expected == sends(port)
    assert time.monotonic() - began_s < PATIENCE_S


def test_in_tls_as_well(tmp_path: Path) -> None:
    certificate, private = own_certificate(tmp_path, "127.0.0.1")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, private)
    with trickling(b"220-relay ", tls) as port:
        assert Retry("relay_away") == by_mail(port, certificate)
    with Session() as session:
        timely(session)
        with http_server(lambda _: Answer(200, "well"), tls) as server, within(PATIENCE_S):
            assert "well" == session.get(server.url, verify=str(certificate), timeout=PATIENCE_S).json()
        with trickling(HTTP_BODY, tls) as port, within(WHOLE_S), pytest.raises(RequestException):
            session.get(f"https://127.0.0.1:{port}", verify=str(certificate), timeout=PATIENCE_S)


@pytest.mark.parametrize(("sends", "expected"), [(by_mail, Retry("relay_away")), (by_push, Retry("push_service_away", unsure=True))])
def test_while_it_connects_as_well(sends: Callable[[int], Outcome], expected: Outcome) -> None:
    with full() as port:
        began_s = time.monotonic()
        assert expected == sends(port)
    assert time.monotonic() - began_s < LESS_THAN_A_READ_S


def test_each_address_is_tried_in_turn_and_none_is_begun_with_when_the_time_is_over() -> None:
    with http_server(lambda _: Answer(200)) as server:
        connected("localhost", server.port, PATIENCE_S).close()  # it has two, and the server is at the second
        with within(0), pytest.raises(OSError, match="time"):
            connected("localhost", server.port, PATIENCE_S)
    with pytest.raises(OSError, match="form"):
        connected("a" * 64, 1, PATIENCE_S)


@pytest.mark.parametrize(("sends", "expected"), [(by_mail, Retry("relay_away")), (by_push, Retry("push_service_away", unsure=True))])
def test_while_the_machines_resolver_says_nothing_as_well(
    monkeypatch: pytest.MonkeyPatch, sends: Callable[[int], Outcome], expected: Outcome
) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(PATIENCE_S) and [])  # no other way to have one that hangs
    began_s = time.monotonic()
    assert expected == sends(1)
    assert time.monotonic() - began_s < LESS_THAN_A_READ_S
    over.set()


FLOODS = [(b"220-relay\r\n" * 101, False), (b"220 " + b"x" * 9000, False), (SMTP + b"250-relay\r\n" * 101, True)]


@pytest.mark.parametrize(("says", "unsure"), FLOODS)
def test_an_answer_without_end_is_heard_no_further(says: bytes, *, unsure: bool) -> None:
    with trickling(says) as port:
        assert Retry("relay_unreadable", unsure=unsure) == by_mail(port)


def test_no_try_outlasts_the_lease_though_it_begin_as_late_as_it_may() -> None:
    assert LEASE / 2 + timedelta(seconds=WHOLE_TRY_S) < LEASE
