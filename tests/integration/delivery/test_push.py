"""Web push against a local push service, which reads it as a browser would: with the subscription's own keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alerting.delivery import push as channel
from alerting.delivery.message import Address, Failed, Outcome, Retry, Sent, WrongSettings
from tests.integration.delivery.telling import Answer, Listening, Request, http_server, outgoing
from tests.parts.server import free_port

Serving = Callable[[Answer], Listening]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


class Browser:
    """Subscribes, and reads what comes."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"sixteen bytes ok"

    def subscription(self, endpoint: str) -> Address:
        keys = {"p256dh": _text(_point(self._key)), "auth": _text(self._auth)}
        return Address("push", json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys}))

    def reads(self, request: Request) -> dict[str, object]:
        said = json.loads(http_ece.decrypt(request.body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"))
        assert isinstance(said, dict)
        return said


VAPID = ec.generate_private_key(ec.SECP256R1())
SETTINGS = channel.Settings(
    private_key=_text(VAPID.private_numbers().private_value.to_bytes(32, "big")),
    public_key=_text(_point(VAPID)),
    contact="mailto:duty@example.org",
    inside=True,
)


@pytest.fixture
def serving() -> Iterator[Serving]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(http_server(lambda _: answer))


def test_the_browser_alone_reads_what_may_leave(serving: Serving) -> None:
    browser, service = Browser(), serving(Answer(201, headers={"location": "/m/1"}))
    assert Sent(ref="/m/1") == channel.send(outgoing("ms_3"), browser.subscription(f"{service.url}/p/1"), SETTINGS)
    request = service.asked[0]
    assert {
        "title": "Vigil",
        "body": "Vigil: VG-7K3MQ-2XD9A needs an answer now. https://vigil.example.org/a/VG-7K3MQ-2XD9A",
        "url": "https://vigil.example.org/a/VG-7K3MQ-2XD9A",
        "tag": "VG-7K3MQ-2XD9A",
        "delivery_id": "ms_3",
        "token": "tk-1",
    } == browser.reads(request)
    assert b"VG-7K3MQ" not in request.body


def test_it_is_quick_urgent_and_takes_the_place_of_an_older_one(serving: Serving) -> None:
    service = serving(Answer(201))
    channel.send(outgoing(), Browser().subscription(f"{service.url}/p/1"), SETTINGS)
    headers = service.asked[0].headers
    assert ("300", "high", "VG-7K3MQ-2XD9A", "aes128gcm") == tuple(
        headers[name] for name in ("ttl", "urgency", "topic", "content-encoding")
    )


def test_the_push_service_can_tell_that_it_is_we(serving: Serving) -> None:
    service = serving(Answer(201))
    channel.send(outgoing(), Browser().subscription(f"{service.url}/p/1"), SETTINGS)
    scheme, _, said = service.asked[0].headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in said.split(","))
    claims = jwt.decode(parts["t"], VAPID.public_key(), algorithms=["ES256"], audience=service.url)
    assert ("vapid", "mailto:duty@example.org", SETTINGS.public_key) == (scheme, claims["sub"], parts["k"])


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(404), Failed("push_404", off=True)),
        (Answer(410), Failed("push_410", off=True)),
        (Answer(403), Failed("push_403")),
        (Answer(413), Failed("push_413")),
        (Answer(429), Retry("push_429")),
        (Answer(503), Retry("push_503")),
        (Answer(507), Retry("push_507")),
        (Answer(500), Retry("push_500", unsure=True)),
        (Answer(504), Retry("push_504", unsure=True)),
        (Answer(307, headers={"location": "http://127.0.0.1:1/"}), Retry("push_307")),
    ],
)
def test_each_answer_has_its_outcome(serving: Serving, answer: Answer, outcome: Outcome) -> None:
    service = serving(answer)
    assert outcome == channel.send(outgoing(), Browser().subscription(f"{service.url}/p/1"), SETTINGS)
    assert 1 == len(service.asked)


def test_a_service_that_asks_for_patience_gets_it(serving: Serving) -> None:
    said = channel.send(outgoing(), Browser().subscription(f"{serving(Answer(429, headers={'retry-after': '30'})).url}/p"), SETTINGS)
    assert isinstance(said, Retry)
    assert said.after is not None
    assert 30.0 == said.after.total_seconds()


def test_a_service_that_is_away_may_have_it(serving: Serving) -> None:
    gone = Browser().subscription(f"http://127.0.0.1:{free_port()}/p/1")
    assert Retry("push_service_away", unsure=True) == channel.send(outgoing(), gone, SETTINGS)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://attacker.example.org/p",
        "http://fcm.googleapis.com/fcm/send/1",
        "https://fcm.googleapis.com.example.org/fcm/send/1",
        "https://fcm.googleapis.com:8443/fcm/send/1",
        "https://user@fcm.googleapis.com/fcm/send/1",
        "https://evil-notify.windows.com/w",
        "https://notify.windows.com.example.org/w",
        "https://127.0.0.1/p",
        "https://[::1]/p",
        "https://[",
        r"https://evil.example\.push.apple.com/x",
        "https://web.push.apple.com /x",
    ],
)
def test_a_host_that_is_no_push_service_gets_nothing(endpoint: str) -> None:
    assert Failed("unknown_push_service", off=True) == channel.send(
        outgoing(), Browser().subscription(endpoint), SETTINGS._replace(inside=False)
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/1",
        "https://updates.push.services.mozilla.com/wpush/v2/1",
        "https://db5p.notify.windows.com/w/?token=1",
        "https://web.push.apple.com/1",
    ],
)
def test_the_push_services_of_the_browsers_are_known(endpoint: str) -> None:
    assert channel.known_service(endpoint, SETTINGS._replace(inside=False))


NO_KEYS = [f'{{"endpoint": "http://127.0.0.1:9/", "keys": {{"p256dh": "{key}", "auth": "!"}}}}' for key in ("AA", "!!!!", "")]


@pytest.mark.parametrize("value", ["", "[]", "{}", "null", *NO_KEYS])
def test_what_is_no_subscription_is_turned_off(value: str) -> None:
    assert Failed("not_a_subscription", off=True) == channel.send(outgoing(), Address("push", value), SETTINGS)


def test_settings_say_what_is_missing() -> None:
    with pytest.raises(WrongSettings, match="VIGIL_PUSH_CONTACT is not set"):
        channel.settings({"VIGIL_PUSH_PRIVATE_KEY": "key"})
    with pytest.raises(WrongSettings, match="expected mailto"):
        channel.settings({"VIGIL_PUSH_PRIVATE_KEY": "key", "VIGIL_PUSH_CONTACT": "duty@example.org"})
    assert channel.settings({}) is None
