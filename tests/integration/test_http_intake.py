"""`POST /api/v1/events`: who may send, what is taken, what each line is told, and that 202 means kept (console.md 1.2, 1.3)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.requests import Request
from starlette.types import Message, Scope

from streams.embedded.acceptance import CONSOLE, Client
from streams.embedded.http_health import Watchers
from streams.embedded.keys import KeyStore
from streams.intake.media import MAX_BODY_BYTES, MAX_LINES
from tests.integration.posting import NOON, Service, a_strap_event, as_lines

EVENTS = "/api/v1/events"
LINES = "application/x-ndjson"
JSON = "application/json"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "data") as running:
        yield running


def post(service: Service, key: str, body: bytes, kind: str = LINES, path: str = EVENTS, **headers: str) -> Response:
    return service.client.post(
        path,
        content=body,
        headers={"authorization": f"Bearer {key}", "content-type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def test_a_batch_is_taken_however_its_lines_fare_with_one_result_a_line_in_order(service: Service) -> None:
    key = service.key("em/allied")
    assert 202 == post(service, key, as_lines([a_strap_event(2)])).status_code
    bad = a_strap_event(3, data={"device_id": "d-1", "state": "loose"})
    batch = [
        a_strap_event(1),
        a_strap_event(2),
        bad,
        a_strap_event(4, source="em/serco"),
        a_strap_event(2, occurred_at="2026-03-02T11:58:00Z"),
    ]

    answer = post(service, key, as_lines(batch) + b"{\n")
    said = answer.json()

    assert 202 == answer.status_code
    assert {"accepted": 1, "duplicate": 1, "set_aside": 3, "refused": 1} == said["counts"]
    assert [1, 2, 3, 4, 5, 6] == [one["line"] for one in said["results"]]
    assert ["accepted", "duplicate", "set_aside", "refused", "set_aside", "set_aside"] == [one["result"] for one in said["results"]]
    assert [None, None, "invalid", "source_not_yours", "id_reused", "malformed"] == [one.get("code") for one in said["results"]]
    assert [["/data/state"], ["/source"], ["/id"], [""]] == [[error["pointer"] for error in one["errors"]] for one in said["results"][2:]]
    assert [True, False, True, True] == ["quarantine_id" in one for one in said["results"][2:]]
    assert said["receipt"].startswith("rc_")
    assert said["received_at"].startswith("2026-03-02T12:00:00")


def test_what_is_answered_with_202_is_on_the_disk_as_it_came(service: Service) -> None:
    body = json.dumps(a_strap_event(1, a_field_of_tomorrow=[1]), indent=2).encode()

    assert 202 == post(service, service.key("em/*"), body, JSON).status_code
    assert [body] == service.kept()


@pytest.mark.parametrize(
    ("event", "status", "code", "kept"),
    [
        (b"{", 400, "malformed", True),
        (b"", 400, "malformed", True),
        (json.dumps(a_strap_event(1, type="tagging.moon")).encode(), 422, "unknown_type", True),
        (json.dumps(a_strap_event(1, occurred_at="yesterday")).encode(), 422, "invalid", True),
        (json.dumps(a_strap_event(9, occurred_at="2026-03-02T11:00:00Z")).encode(), 409, "id_reused", True),
        (json.dumps(a_strap_event(1, source="custody/hmpps")).encode(), 403, "source_not_yours", False),
        (b" " * 300_000 + b"{}", 413, "too_large", False),
    ],
)
def test_one_event_alone_is_told_by_its_status_whether_it_was_kept(
    service: Service, event: bytes, status: int, code: str, kept: bool
) -> None:
    key = service.key("em/*")
    post(service, key, json.dumps(a_strap_event(9)).encode(), JSON)

    answer = post(service, key, event, JSON)
    problem = answer.json()

    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert (code, status, f"/problems/{code}", EVENTS) == (problem["code"], problem["status"], problem["type"], problem["instance"])
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert kept == ("quarantine_id" in problem)
    assert ({code: 1} if kept else {}) == service.set_aside()


def test_one_event_alone_that_is_taken_has_one_result(service: Service) -> None:
    key = service.key("em/*")
    first, second = (post(service, key, json.dumps(a_strap_event()).encode(), JSON) for _ in range(2))

    assert (202, 202) == (first.status_code, second.status_code)
    assert [{"line": 1, "source": "em/allied", "id": "p-1", "result": "accepted"}] == first.json()["results"]
    assert [{"line": 1, "source": "em/allied", "id": "p-1", "result": "duplicate"}] == second.json()["results"]


@pytest.mark.parametrize("authorization", [None, "Bearer vk_nobody_nothing", "Basic dXNlcjpwYXNz", "Bearer", "Bearer vk_"])
def test_without_a_living_key_nothing_is_read(service: Service, authorization: str | None) -> None:
    headers = {"content-type": "text/plain", **({"authorization": authorization} if authorization else {})}
    answer = service.client.post(EVENTS, content=b"x", headers=headers)

    assert (401, "not_signed_in") == (answer.status_code, answer.json()["code"])
    assert "Bearer" in answer.headers["www-authenticate"]


def test_the_order_of_checks_is_who_what_type_how_large_and_then_what_it_says(service: Service) -> None:
    too_large = b"x" * (MAX_BODY_BYTES + 1)
    key = service.key("em/*")

    assert 401 == post(service, "vk_a_b", too_large, "text/plain").status_code
    assert 415 == post(service, key, too_large, "text/plain").status_code
    assert 413 == post(service, key, too_large, JSON).status_code
    assert 413 == post(service, key, gzip.compress(too_large), JSON, content_encoding="gzip").status_code
    assert 413 == post(service, key, b"1\n" * (MAX_LINES + 1)).status_code
    assert 400 == post(service, key, b"x", JSON).status_code


def test_a_body_of_unknown_length_is_given_up_when_it_is_too_large(service: Service) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(9):
            yield b" " * 1024 * 1024

    headers = {"authorization": f"Bearer {service.key('em/*')}", "content-type": LINES}
    answer = service.client.post(EVENTS, content=endless(), headers=headers)

    assert (413, MAX_BODY_BYTES) == (answer.status_code, answer.json()["max_bytes"])


def test_a_type_that_is_not_taken_is_told_which_are(service: Service) -> None:
    answer = post(service, service.key("em/*"), b"<a/>", "application/xml")

    assert 415 == answer.status_code
    assert "application/x-ndjson" in answer.headers["accept-post"]


def test_gzip_that_was_cut_off_is_kept_whole_and_nothing_of_it_is_an_event(service: Service) -> None:
    packed = gzip.compress(as_lines(a_strap_event(number) for number in range(200)))
    answer = post(service, service.key("em/*"), packed[:-9], content_encoding="gzip")

    assert (400, "malformed") == (answer.status_code, answer.json()["code"])
    assert ([], {"malformed": 1}) == (service.kept(), service.set_aside())


def test_a_body_that_is_cut_off_is_not_kept_and_is_no_fault_of_ours(service: Service) -> None:
    key = service.key("em/*")
    heard: list[Message] = [{"type": "http.request", "body": as_lines([a_strap_event()]), "more_body": True}, {"type": "http.disconnect"}]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": EVENTS,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {key}".encode()), (b"content-type", LINES.encode())],
    }

    async def receive() -> Message:
        return heard.pop(0)

    async def send(_message: Message) -> None:
        """Nobody hears it."""

    assert service.client.portal
    service.client.portal.call(service.client.app, scope, receive, send)

    assert [] == service.kept()
    assert 'status="500"' not in service.metrics.text().decode()


def test_a_rate_is_kept_and_the_refusal_says_when_to_come_again(service: Service) -> None:
    key = service.key("em/*", rate_events_s=2)
    batch = as_lines(a_strap_event(number) for number in range(8))

    assert 202 == post(service, key, batch).status_code  # the bucket holds ten
    answer = post(service, key, batch)
    assert (429, "too_many", 3) == (answer.status_code, answer.json()["code"], answer.json()["retry_after_s"])
    assert "3" == answer.headers["retry-after"]

    service.clock.seconds += 3
    assert 202 == post(service, key, batch).status_code


def test_while_it_is_starting_it_asks_to_be_sent_the_same_again(service: Service) -> None:
    acceptor, service.acceptor = service.acceptor, None
    key = service.key("em/*")

    answer = post(service, key, as_lines([a_strap_event()]))
    assert (503, "starting", "1") == (answer.status_code, answer.json()["code"], answer.headers["retry-after"])
    assert 503 == service.client.get("/health/ready").status_code == service.client.head("/health/ready").status_code
    assert 200 == service.client.get("/health/live").status_code == service.client.head("/health/live").status_code

    service.acceptor = acceptor
    assert 202 == post(service, key, as_lines([a_strap_event()])).status_code
    assert 200 == service.client.get("/health/ready").status_code


def test_what_cannot_be_kept_is_not_acknowledged_and_can_be_sent_again_whole(service: Service) -> None:
    key = service.key("em/*")
    service.store.close()  # as a disk that is full: every write fails

    answer = post(service, key, as_lines([a_strap_event(1), a_strap_event(2)]))

    assert (503, "not_durable") == (answer.status_code, answer.json()["code"])
    assert answer.headers["retry-after"] == str(answer.json()["retry_after_s"])
    assert [] == service.kept()


def test_check_says_the_same_of_the_form_and_keeps_nothing(service: Service) -> None:
    key = service.key("em/allied")
    batch = as_lines([a_strap_event(1), a_strap_event(2, data={}), a_strap_event(3, source="em/serco")])

    answer = post(service, key, batch, path=f"{EVENTS}/check")
    alone = post(service, key, b"{", JSON, path=f"{EVENTS}/check")

    assert 200 == answer.status_code
    assert ["accepted", "set_aside", "refused"] == [one["result"] for one in answer.json()["results"]]
    assert {"accepted": 1, "duplicate": 0, "set_aside": 1, "refused": 1} == answer.json()["counts"]
    assert (400, False) == (alone.status_code, "quarantine_id" in alone.json())
    assert ([], {}) == (service.kept(), service.set_aside())


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", "[::1]:8080", "vigil.example.org:8080"])
def test_a_page_on_the_web_cannot_reach_it_through_its_visitors_browser(service: Service, host: str) -> None:
    for path in ("/health/ready", "/metrics", EVENTS):
        answer = service.client.get(path, headers={"host": host})

        assert (403, "not_allowed") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:9"])
def test_it_answers_to_its_own_names(service: Service, host: str) -> None:
    assert 200 == service.client.get("/health/live", headers={"host": host}).status_code


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", EVENTS, 405), ("POST", "/health/live", 405)])
def test_every_answer_has_an_id_is_never_stored_and_a_refusal_is_a_problem(service: Service, method: str, path: str, status: int) -> None:
    answer = service.client.request(method, path)

    assert status == answer.status_code
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert "no-store" == answer.headers["cache-control"]


def test_a_key_opens_at_once_and_shuts_at_once(service: Service) -> None:
    key = service.key("em/*", expires_at=NOON + timedelta(hours=1))
    assert 202 == post(service, key, as_lines([a_strap_event(1)])).status_code

    service.clock.at = NOON + timedelta(hours=1)
    assert 401 == post(service, key, as_lines([a_strap_event(2)])).status_code

    other = service.key("em/*", name="other")
    assert 202 == post(service, other, as_lines([a_strap_event(2)])).status_code
    keys = KeyStore(service.folder)
    keys.revoke("other", service.clock.at)
    keys.close()
    assert 401 == post(service, other, as_lines([a_strap_event(3)])).status_code


def test_the_numbers_count_what_came_and_name_no_person(service: Service) -> None:
    key = service.key("em/*")
    post(service, key, as_lines([a_strap_event(1), a_strap_event(1), a_strap_event(2, data={}), a_strap_event(3, source="custody/hmpps")]))
    service.client.request("MADE-UP", "/health/live")
    answer = service.client.get("/metrics")
    numbers = set(answer.text.splitlines())

    assert 'vigil_lines_total{feed="em/allied",result="accepted"} 1.0' in numbers
    assert (True, False) == ('method="other"' in answer.text, "MADE-UP" in answer.text)
    assert 'vigil_lines_total{feed="em/allied",result="duplicate"} 1.0' in numbers
    assert 'vigil_lines_total{feed="other",result="refused"} 1.0' in numbers
    assert 'vigil_set_aside_total{code="invalid",feed="em/allied"} 1.0' in numbers
    assert 'vigil_http_answers_total{method="POST",route="/api/v1/events",status="202"} 1.0' in numbers
    assert "w-1" not in answer.text


@pytest.mark.parametrize("glob", ["*", "vigil/*", "vigil/console"])
def test_no_key_sends_as_the_console_whatever_its_glob_takes_in(service: Service, glob: str) -> None:
    key = service.key(glob)
    answer = post(service, key, as_lines([a_strap_event(1, source="vigil/console"), a_strap_event(2, source="vigil/console", data={})]))
    alone = post(service, key, json.dumps(a_strap_event(3, source="vigil/console")).encode(), JSON)

    assert ["source_not_yours", "source_not_yours"] == [one["code"] for one in answer.json()["results"]]
    assert (403, "source_not_yours") == (alone.status_code, alone.json()["code"])
    assert ([], {}) == (service.kept(), service.set_aside())


def test_the_console_in_this_process_sends_as_itself(service: Service) -> None:
    assert service.acceptor is not None
    client = Client("console", (CONSOLE,), inside=True)
    receipt = service.acceptor.accept([json.dumps(a_strap_event(1, source=CONSOLE)).encode()], client, NOON)

    assert ["accepted"] == [one.result for one in receipt.results]


def test_a_key_for_some_types_sends_no_other_whether_or_not_the_line_is_in_order(service: Service) -> None:
    key = service.key("em/*", types=("tagging.*",))
    ended = a_strap_event(2, type="order.ended", data={"order_id": "or-1", "reason": "served"})
    answer = post(service, key, as_lines([a_strap_event(1), ended, ended | {"data": {}}, a_strap_event(3, data={})]))
    results = answer.json()["results"]

    assert ["accepted", "refused", "refused", "set_aside"] == [one["result"] for one in results]
    assert ["not_allowed", "not_allowed", "invalid"] == [one["code"] for one in results[1:]]
    assert {"pointer": "/type", "reason": "not yours", "expected": "a type that the key is for"} == results[1]["errors"][0]
    assert 403 == post(service, key, json.dumps(ended).encode(), JSON).status_code


def test_the_parts_and_the_numbers_are_told_to_this_machine_and_whoever_shows_the_token(tmp_path: Path) -> None:
    """The service's client says that it is of no address; a proxy on this machine is not this machine."""
    with Service(tmp_path / "data", told=Watchers("a long token")) as service:
        shown = {"authorization": "Bearer a long token"}
        stranger, knows = service.client.get("/health/ready"), service.client.get("/health/ready", headers=shown)
        assert (200, {"status": "pass"}) == (stranger.status_code, stranger.json())
        assert {"intake": "pass"} == knows.json()["checks"]
        assert (200, 401, 401) == tuple(
            service.client.get("/metrics", headers=said).status_code for said in (shown, {}, {"authorization": "Bearer "})
        )

    for client, headers, may in (("127.0.0.1", (), True), ("127.0.0.1", ((b"via", b"1.1 proxy"),), False), ("192.0.2.7", (), False)):
        request = Request({"type": "http", "client": (client, 1), "headers": list(headers)})
        assert may == Watchers().take_in(request)
