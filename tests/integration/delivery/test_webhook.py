"""Signed webhooks against a real TLS server on the loopback address, under a public name that a resolver of the test's own gives it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook

from alerting.delivery import webhook as channel
from alerting.delivery.message import Address, Failed, Outcome, Retry, Sent
from schemas.delivery import WebhookMessage
from tests.integration.delivery.telling import AT, Answer, Listening, Request, http_server, outgoing, text
from tests.parts.certificate import own_certificate
from tests.parts.server import free_port

NAME = "hooks.example.org"
OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Receiver:
    """A receiver's server, and our settings for it: it stands inside, so a switch that only tests have lets us send there."""

    def __init__(self, place: Path) -> None:
        certificate, key = own_certificate(place, NAME)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate, key)
        self.trust = ssl.create_default_context(cafile=str(certificate))
        self.resolved: list[str] = []

    def serve(self, answers: Callable[[Request], Answer]) -> AbstractContextManager[Listening]:
        return http_server(answers, self._tls)

    def settings(self) -> channel.Settings:
        def resolve(name: str, port: int) -> Sequence[str]:
            self.resolved.append(name)
            return ["127.0.0.1"]

        return channel.Settings(resolve=resolve, inside=True, authority=self.trust, timeout_s=5)


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


@pytest.fixture
def serving(receiver: Receiver) -> Iterator[Callable[[Answer], Listening]]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(receiver.serve(lambda _: answer))


Serving = Callable[[Answer], Listening]


def to(server: Listening, *secrets: str) -> Address:
    return Address("webhook", f"https://{NAME}:{server.port}/vigil?key=1", secrets or (NEW,))


def verified(request: Request, secret: str) -> object:
    """As the receiver's own library reads it, its clock standing at the time of the message."""
    headers = {**request.headers}
    signed = Webhook(secret).sign(headers["webhook-id"], AT, request.body.decode())
    return signed in headers["webhook-signature"].split(" ")


def test_what_arrives_is_thin_and_signed_as_the_standard_says(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(204))
    assert Sent() == channel.send(outgoing("ms_7"), to(server), receiver.settings())
    request = server.asked[0]
    assert {
        "type": "alert.changed",
        "timestamp": "2026-11-22T20:14:44Z",
        "data": {
            "reference": "VG-7K3MQ-2XD9A",
            "urgency": "now",
            "message_status": "actual",
            "url": "https://vigil.example.org/a/VG-7K3MQ-2XD9A",
            "repeat": False,
        },
    } == request.json
    assert ("POST", "/vigil?key=1", f"{NAME}:{server.port}") == (request.method, request.path, request.headers["host"])
    assert ("ms_7", str(int(AT.timestamp()))) == (request.headers["webhook-id"], request.headers["webhook-timestamp"])
    assert verified(request, NEW)


def test_while_a_key_changes_both_keys_sign(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(200))
    channel.send(outgoing(), to(server, NEW, OLD), receiver.settings())
    assert verified(server.asked[0], OLD)
    assert verified(server.asked[0], NEW)


def test_summer_time_moves_neither_the_timestamp_nor_the_signature(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(200))
    in_summer = datetime(2026, 7, 1, 13, 0, tzinfo=ZoneInfo("Europe/London"))
    channel.send(outgoing()._replace(at=in_summer), to(server), receiver.settings())
    request = server.asked[0]
    assert str(int(in_summer.timestamp())) == request.headers["webhook-timestamp"]
    noon_in_utc = in_summer.astimezone(ZoneInfo("UTC"))
    assert Webhook(NEW).sign("ms_1", noon_in_utc, request.body.decode()) == request.headers["webhook-signature"]


def test_each_try_has_the_same_id_and_body_and_a_signature_of_its_own_time(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(500))
    channel.send(outgoing(), to(server), receiver.settings())
    channel.send(outgoing()._replace(at=AT + timedelta(minutes=2)), to(server), receiver.settings())
    first, second = server.asked
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_what_may_have_come_before_says_so_in_what_is_signed_and_is_known_again_by_its_id(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(204))
    for repeat in (False, True):
        channel.send(outgoing("ms_7", text(repeat=repeat), tried_before=repeat), to(server), receiver.settings())
    data = [request.json["data"] for request in server.asked]
    assert [False, True] == [one["repeat"] for one in data if isinstance(one, dict)]
    assert ["ms_7", "ms_7"] == [request.headers["webhook-id"] for request in server.asked]
    channel.send(outgoing("ms_8", text(repeat=True))._replace(repeat_of="ms_7"), to(server), receiver.settings())
    assert {"repeat": True, "repeat_of": "ms_7"}.items() <= WebhookMessage.model_validate_json(
        server.asked[-1].body
    ).data.model_dump().items()
    assert all(verified(request, NEW) for request in server.asked)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200), Sent()),
        (Answer(299), Sent()),
        (Answer(410), Failed("http_410", off=True)),
        (Answer(400), Retry("http_400")),
        (Answer(404), Retry("http_404")),
        (Answer(500), Retry("http_500", unsure=True)),
        (Answer(503), Retry("http_503", unsure=True)),
    ],
)
def test_success_is_2xx_and_only_410_turns_it_off(receiver: Receiver, serving: Serving, answer: Answer, outcome: Outcome) -> None:
    assert outcome == channel.send(outgoing(), to(serving(answer)), receiver.settings())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, serving: Serving, status: int) -> None:
    inside = serving(Answer(200))
    server = serving(Answer(status, headers={"location": f"{inside.url}/latest/meta-data"}))
    assert Retry(f"http_{status}") == channel.send(outgoing(), to(server), receiver.settings())
    assert [] == inside.asked


def test_a_receiver_that_says_nothing_is_given_up_in_time_and_may_have_heard(receiver: Receiver, serving: Serving) -> None:
    silent = threading.Event()
    server = serving(Answer(200, delay=silent))
    assert Retry("receiver_silent", unsure=True) == channel.send(outgoing(), to(server), receiver.settings()._replace(timeout_s=0.3))
    silent.set()


def test_a_name_server_that_says_nothing_is_given_up_in_time_and_nobody_has_heard(receiver: Receiver) -> None:
    silent = threading.Event()
    hanging = receiver.settings()._replace(resolve=lambda _name, _port: ["127.0.0.1"] if silent.wait(30) else [], timeout_s=0.2)
    assert Retry("no_such_name") == channel.send(outgoing(), Address("webhook", f"https://{NAME}/", (NEW,)), hanging)
    silent.set()


def test_a_receiver_that_is_away_is_tried_again(receiver: Receiver) -> None:
    address = Address("webhook", f"https://{NAME}:{free_port()}/", (NEW,))
    assert Retry("receiver_away") == channel.send(outgoing(), address, receiver.settings())


def test_a_certificate_for_another_name_gets_nothing(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(200))
    other = Address("webhook", f"https://other.example.org:{server.port}/", (NEW,))
    assert Retry("receiver_away") == channel.send(outgoing(), other, receiver.settings())
    assert [] == server.asked


def test_an_exercise_says_so_and_a_withdrawal_says_to_look_again(receiver: Receiver, serving: Serving) -> None:
    server = serving(Answer(200))
    for said in (text(message_status="exercise"), text(severity="high", status="withdrawn", message_status="test")):
        channel.send(outgoing(said=said), to(server), receiver.settings())
    data = [request.json["data"] for request in server.asked]
    assert [("exercise", "now"), ("test", "changed")] == [(one["message_status"], one["urgency"]) for one in data if isinstance(one, dict)]


def test_no_proxy_of_the_environment_sees_it(receiver: Receiver, serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    assert Sent() == channel.send(outgoing(), to(serving(Answer(200))), receiver.settings())
