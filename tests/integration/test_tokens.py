"""Tokens of feed clients: a JWT of the configured issuer opens what its claims say, and nothing else opens anything (console.md 2.1)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click import ClickException
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from ops.cli import configuration
from streams.embedded.published_keys import FRESH_FOR, PublishedKeys
from streams.embedded.tokens import Issuer
from tests.integration.posting import NOON, Service, a_strap_event, as_lines

ISSUER = "https://issuer.example.org/vigil"
OURS = "https://vigil.example.org"
HEADER = "X-Client-Certificate-Hash"
KEY = ECKey.generate_key("P-256", {"kid": "now", "use": "sig"})
NEXT = RSAKey.generate_key(2048, {"kid": "next"})
CERTIFICATE = sha256(b"a certificate").digest()
PATIENCE_S = 20.0
BOUND = {"x5t#S256": base64.urlsafe_b64encode(CERTIFICATE).rstrip(b"=").decode()}


class Publisher:
    """An issuer's key set: what it publishes now, whether it answers, and how often it was asked."""

    def __init__(self, *keys: ECKey | RSAKey | OctKey) -> None:
        self.keys = list(keys)
        self.answers = True
        self.asked = 0
        self.seconds = 0.0

    def read(self) -> bytes:
        self.asked += 1
        if not self.answers:
            raise OSError("no answer")
        return json.dumps(KeySet([*self.keys]).as_dict()).encode()

    def issuer(self, certificate_header: str | None = None) -> Issuer:
        return Issuer(ISSUER, OURS, PublishedKeys(self.read, lambda: self.seconds), certificate_header=certificate_header)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher(KEY)


@pytest.fixture
def service(tmp_path: Path, publisher: Publisher) -> Iterator[Service]:
    with Service(tmp_path / "data", publisher.issuer(HEADER)) as running:
        yield running


def claims(**other: object) -> dict[str, object]:
    now = int(NOON.timestamp())
    return {"iss": ISSUER, "aud": OURS, "sub": "allied", "nbf": now, "exp": now + 300, "vigil_sources": ["em/*"]} | other


def token(key: ECKey | RSAKey | OctKey = KEY, alg: str = "ES256", without: str = "", **other: object) -> str:
    said = {name: value for name, value in claims(**other).items() if name != without}
    return jwt.encode({"alg": alg, "kid": key.kid or ""}, said, key, algorithms=[alg])


def post(service: Service, text: str, *events: dict[str, object], **headers: str) -> Response:
    said = {"authorization": f"Bearer {text}", "content-type": "application/x-ndjson"} | headers
    return service.client.post("/api/v1/events", content=as_lines(events or [a_strap_event(1)]), headers=said)


def test_it_opens_the_sources_and_types_that_it_names_and_no_other(service: Service) -> None:
    some = token(vigil_types=["tagging.*"], vigil_sources=["em/allied", "vigil/*"])
    batch = [
        a_strap_event(1),
        a_strap_event(2, source="em/serco"),
        a_strap_event(3, type="feed.heartbeat", data={"complete_to": "2026-03-02T11:59:00Z"}),
        a_strap_event(4, source="vigil/console"),
    ]
    answer = post(service, some, *batch)

    assert [None, "source_not_yours", "not_allowed", "source_not_yours"] == [one.get("code") for one in answer.json()["results"]]
    assert 202 == answer.status_code


def test_a_key_opens_as_before_beside_it(service: Service) -> None:
    assert 202 == post(service, service.key("em/*")).status_code


NOW = int(NOON.timestamp())
STRANGER = ECKey.generate_key("P-256", {"kid": "now"})
SECRET = OctKey.import_key(sha256(KEY.as_pem(private=False)).hexdigest(), {"kid": "now"})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (token(iss="https://other.example.org"), "iss"),
        (token(aud="https://other.example.org"), "aud"),
        (token(without="aud"), "aud"),
        (token(without="exp"), "exp"),
        (token(exp=NOW - 60), "expired"),
        (token(exp="soon"), "exp"),
        (token(nbf=NOW + 60), "nbf"),
        (token(STRANGER), "signature"),
        (token(SECRET, "HS256"), "algorithm"),
        (token()[:-4] + "AAAA", "signature"),
        (".".join([base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode(), token().split(".")[1], ""]), "algorithm"),
        (token(NEXT, "RS256"), "key"),
        ("a.b.c", "form"),
        ("no token", "form"),
        *(
            (f"{base64.urlsafe_b64encode(made_up).rstrip(b'=').decode()}.e30.AA", "form")
            for made_up in (b'["alg"]', b'"alg"', b"[" * 3_000)
        ),
        (token(cnf={"jkt": "x"}), "cnf"),
        (token(cnf=["x"]), "cnf"),
    ],
)
def test_what_is_not_as_it_should_be_opens_nothing_and_says_which(service: Service, text: str, why: str) -> None:
    answer = post(service, text)

    assert (401, "not_signed_in", []) == (answer.status_code, answer.json()["code"], service.kept())
    assert why in answer.json()["detail"]
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("sources", [[], "em/*", None, [""], [1], {}])
def test_one_that_names_no_sources_opens_nothing(service: Service, sources: object) -> None:
    answer = post(service, token(vigil_sources=sources))

    assert (403, "not_allowed", True) == (answer.status_code, answer.json()["code"], "vigil_sources" in answer.json()["detail"])


def test_types_that_cannot_be_read_are_no_types(service: Service) -> None:
    assert ["not_allowed"] == [one["code"] for one in post(service, token(vigil_types="*")).json()["results"]]


def test_it_ends_at_its_instant(service: Service) -> None:
    text = token(exp=NOW + 60)
    before = post(service, text).status_code
    service.clock.at = NOON + timedelta(seconds=66)

    assert (202, 401) == (before, post(service, text).status_code)


@pytest.mark.parametrize("said", [BOUND["x5t#S256"], CERTIFICATE.hex(), CERTIFICATE.hex(":").upper()])
def test_one_that_is_bound_to_a_certificate_needs_that_certificate(service: Service, said: str) -> None:
    bound = token(cnf=BOUND)

    assert 202 == post(service, bound, **{HEADER: said}).status_code
    assert 401 == post(service, bound).status_code
    assert 401 == post(service, bound, **{HEADER: sha256(b"another").hexdigest()}).status_code
    assert 401 == post(service, bound, **{HEADER: "no hash"}).status_code


def test_a_certificate_that_no_configured_proxy_vouches_for_is_not_believed(tmp_path: Path, publisher: Publisher) -> None:
    with Service(tmp_path / "data", publisher.issuer()) as service:
        assert 401 == post(service, token(cnf=BOUND), **{HEADER: BOUND["x5t#S256"]}).status_code


def test_without_an_issuer_no_token_opens_anything(tmp_path: Path) -> None:
    with Service(tmp_path / "data") as service:
        assert (401, "not_signed_in") == ((answer := post(service, token())).status_code, answer.json()["code"])


def test_a_new_key_of_the_issuer_is_of_use_at_once_and_one_taken_back_not_for_long(service: Service, publisher: Publisher) -> None:
    assert 202 == post(service, token()).status_code
    publisher.seconds, publisher.keys = 20.0, [NEXT]
    assert 202 == post(service, token(NEXT, "RS256")).status_code
    assert 401 == post(service, token()).status_code

    publisher.seconds += FRESH_FOR.total_seconds()
    publisher.answers = False
    assert 202 == post(service, token(NEXT, "RS256")).status_code, "an issuer's outage silences no feed"
    asked = publisher.asked
    for _ in range(20):
        post(service, token(STRANGER))
    assert asked == publisher.asked, "unknown keys do not make us ask the issuer again and again"


def test_while_the_keys_were_never_read_the_client_is_asked_to_come_again(service: Service, publisher: Publisher) -> None:
    publisher.answers = False
    answer = post(service, token())

    assert (503, "not_durable", "10") == (answer.status_code, answer.json()["code"], answer.headers["retry-after"])


def test_while_one_reads_the_keys_others_go_on_with_those_of_before() -> None:
    """An issuer that keeps us waiting holds up one token, and not every feed's."""
    begun, answered = threading.Event(), threading.Event()
    seconds = [0.0]

    def read() -> bytes:
        if seconds[0]:
            begun.set()
            answered.wait(PATIENCE_S)
        return json.dumps(KeySet([KEY]).as_dict()).encode()

    keys = PublishedKeys(read, lambda: seconds[0])
    assert [KEY.kid] == [key.kid for key in keys.named("now").keys]
    seconds[0] = FRESH_FOR.total_seconds()
    slow = threading.Thread(target=keys.named, args=("now",))
    slow.start()
    assert begun.wait(PATIENCE_S)

    assert [KEY.kid] == [key.kid for key in keys.named("another").keys]
    assert slow.is_alive()
    answered.set()
    slow.join()


def test_a_client_without_a_rate_of_its_own_has_the_usual_one(tmp_path: Path, publisher: Publisher) -> None:
    with Service(tmp_path / "data", publisher.issuer(), usual_rate_events_s=1.0) as service:
        assert 202 == post(service, token(), *(a_strap_event(number) for number in range(1, 6))).status_code
        answer = post(service, token(), a_strap_event(6))

    assert (429, "too_many") == (answer.status_code, answer.json()["code"])


def test_a_shared_secret_that_is_published_makes_no_tokens(tmp_path: Path) -> None:
    secret = OctKey.import_key("a secret that everybody may read, of some length", {"kid": "shared"})
    publisher = Publisher(KEY)
    read = json.dumps({"keys": [secret.as_dict(private=True), KEY.as_dict(private=False)]}).encode()
    issuer = publisher.issuer()._replace(keys=PublishedKeys(lambda: read))
    with Service(tmp_path / "data", issuer) as service:
        assert (202, 401) == (post(service, token()).status_code, post(service, token(secret, "HS256")).status_code)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ('audience = "x"\njwks_file = "keys.json"', "issuer.issuer"),
        ('issuer = "x"\njwks_file = "keys.json"', "issuer.audience"),
        ('issuer = "x"\naudience = "y"', "expected either jwks_file or jwks_url"),
        ('issuer = "x"\naudience = "y"\njwks_file = "keys.json"\njwks_url = "https://issuer.example.org/keys"', "either"),
        ('issuer = "x"\naudience = "y"\njwks_url = "http://issuer.example.org/keys"', "https"),
        ('issuer = "x"\naudience = "y"\njwks_file = "none.json"', "none.json"),
        ('issuer = "x"\naudience = "y"\njwks_file = "empty.json"', "asymmetric"),
        ('issuer = "x"\naudience = "y"\njwks_file = "keys.json"\ncertificate_header = "X Y"', "certificate_header"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys.json").write_text(json.dumps(KeySet([KEY]).as_dict()))
    (tmp_path / "empty.json").write_text('{"keys": []}')
    path = tmp_path / "vigil.toml"
    path.write_text(f"[issuer]\n{said}\n")

    with pytest.raises(ClickException) as refused:
        configuration.load(path).token_issuer()

    assert named in refused.value.message
    assert "\n" not in refused.value.message


def test_an_issuer_with_its_keys_in_a_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(KeySet([KEY]).as_dict()))
    path = tmp_path / "vigil.toml"
    path.write_text(f'[issuer]\nissuer = "{ISSUER}"\naudience = "{OURS}"\njwks_file = "{tmp_path}/keys.json"\n')
    issuer = configuration.load(path).token_issuer()

    assert issuer is not None
    assert ["now"] == [key.kid for key in issuer.keys.named("now").keys]
