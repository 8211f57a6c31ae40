"""Every command is refused for the same reasons in the same order, and a refusal never says back what was sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.problems import KINDS
from tests.integration.console import things
from tests.integration.console.office import MINUTE, Browser, Office, problem

PAINT = "/api/v1/things/th-mine/paint"
GOOD = {"colour": "red", "rationale": "it was grey"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path, more=[things.routes]) as opened:
        opened.officer("of-1", "supervisor", name="Sgt Ash")
        opened.officer("of-2", "oic", name="DC Birch")
        yield opened


LADDER: tuple[tuple[int, str, dict[str, object]], ...] = (
    (401, "not_signed_in", {"cookie": None}),
    (404, "not_found", {"path": "/api/v1/things/th-other/paint"}),
    (403, "csrf", {"origin": "https://evil.example.org"}),
    (415, "unsupported_media_type", {"content-type": "text/plain"}),
    (413, "too_large", {"content": b'{"colour": "' + b"x" * 65_536 + b'"}'}),
    (400, "idempotency_key_needed", {"idempotency-key": None}),
    (428, "version_needed", {"if-match": None}),
    (422, "rationale_needed", {"content": b'{"colour": "red"}'}),
    (412, "stale_version", {"if-match": '"7"'}),
    (409, "not_possible_now", {"content": b'{"colour": "none", "rationale": "it was grey"}'}),
)
"""Each rung with the one thing that is wrong there, in the order of console 1.1."""


@pytest.mark.parametrize("rung", range(len(LADDER)))
def test_what_comes_first_in_the_order_is_said_first(office: Office, rung: int) -> None:
    """With everything from this rung down wrong at once, this rung is the answer."""
    browser = office.sign_in("of-1")
    wrong: dict[str, object] = {}
    for _, _, spoilt in reversed(LADDER[rung:]):
        wrong |= spoilt
    headers = {name: str(value) if value is not None else None for name, value in wrong.items() if name not in {"path", "content"}}
    if "cookie" in headers:
        browser.cookies.clear()
    whole = {"content-type": "application/json", "x-csrf-token": browser.csrf, "origin": office.origin, "if-match": '"1"'}
    whole |= {"idempotency-key": "6f1c2d4e-0000-4000-8000-000000000001"}

    content = wrong.get("content", b'{"colour": "red", "rationale": "it was grey"}')
    response = browser.ask("POST", str(wrong.get("path", PAINT)), headers={**whole, **headers}, content=content)

    problem(response, *LADDER[rung][:2])
    assert 0 == office.audited("thing.painted")


def test_a_role_without_the_right_is_refused_before_anything_is_read_and_the_denial_is_logged(office: Office) -> None:
    browser = office.sign_in("of-2")

    problem(
        browser.ask("POST", PAINT, headers={"origin": office.origin, "x-csrf-token": browser.csrf}, content=b"\xff"), 403, "not_allowed"
    )
    (denial,) = office.readings("denial")
    assert ("of-2", "not_allowed", '["th-mine"]', "POST /api/v1/things/{thing_id}/paint") == (
        denial["officer_id"],
        denial["reason"],
        denial["subject_ids"],
        denial["route"],
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_yours_to_know_looks_like_what_is_not_there_and_is_logged(office: Office, method: str) -> None:
    browser = office.sign_in("of-1")
    tail = "/paint" if method == "POST" else ""

    def asked(name: str) -> dict[str, object]:
        path = f"/api/v1/things/{name}{tail}"
        response = browser.get(path) if method == "GET" else browser.command(path, GOOD, version=1)
        said = problem(response, 404, "not_found")
        return {key: value for key, value in said.items() if key not in {"instance", "request_id"}}

    assert asked("th-other") == asked(things.HIDDEN)
    (denial,) = office.readings("denial")
    assert '["pe-7"]' == denial["subject_ids"]


def test_a_refused_try_of_something_known_is_in_its_history(office: Office) -> None:
    browser = office.sign_in("of-1")
    for spoilt in ({"origin": "https://evil.example.org"}, {"if-match": None}, {"if-match": '"9"'}, {"idempotency-key": None}):
        assert 400 <= browser.command(PAINT, GOOD, version=1, headers=spoilt).status_code
    browser.command(PAINT, {"colour": "none", "rationale": "it was grey"}, version=1)
    browser.command(PAINT, {"colour": "red"}, version=1)

    assert 6 == office.audited("thing.tried")
    assert 0 == office.audited("thing.painted")


def test_a_body_that_says_a_name_twice_is_malformed_and_the_name_is_said(office: Office) -> None:
    browser = office.sign_in("of-1")
    headers = {"origin": office.origin, "x-csrf-token": browser.csrf, "idempotency-key": "0" * 32, "content-type": "application/json"}

    said = problem(browser.ask("POST", PAINT, headers=headers, content=b'{"colour": "red", "colour": "blue"}'), 400, "malformed")

    assert [{"pointer": "/colour", "reason": "said twice", "expected": "each name once in an object"}] == said["errors"]


@pytest.mark.parametrize("said", ['W/"1"', "1", '"1", "2"', "*", '"x"', ""])
def test_a_version_that_is_no_tag_of_ours_is_malformed(office: Office, said: str) -> None:
    problem(office.sign_in("of-1").command(PAINT, GOOD, headers={"if-match": said}), 400, "malformed")


def test_a_packed_body_is_no_type_that_is_taken_here(office: Office) -> None:
    answer = office.sign_in("of-1").command(PAINT, GOOD, version=1, headers={"content-encoding": "gzip"})

    problem(answer, 415, "unsupported_media_type")
    assert "identity" == answer.headers["accept-encoding"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'"x"', b'{"a": 1e999}', b"[" * 10_000])
def test_what_is_no_object_is_malformed(office: Office, content: bytes) -> None:
    browser = office.sign_in("of-1")
    response = browser.ask(
        "POST",
        PAINT,
        headers={"content-type": "application/json", "origin": office.origin, "x-csrf-token": browser.csrf, "if-match": '"1"'},
        content=content,
    )
    problem(response, 400, "malformed")


def test_a_refusal_names_the_field_and_what_was_expected_and_never_what_was_sent(office: Office) -> None:
    browser = office.sign_in("of-1")
    response = browser.command(PAINT, {"colour": 7, "rationale": "Ann", "secret": "12 Acacia Avenue"}, version=1)

    said = problem(response, 422, "invalid")
    assert said["errors"] == [
        {"pointer": "/colour", "reason": "not text", "expected": "text"},
        {"pointer": "/rationale", "reason": "too short", "expected": "at least 5 characters"},
    ]
    assert "Ann" not in response.text
    assert "Acacia" not in response.text

    listed = browser.get("/api/v1/things?limit=Acacia")
    assert [{"pointer": "/query/limit", "reason": "not a whole number", "expected": "a whole number"}] == problem(listed, 422, "invalid")[
        "errors"
    ]
    assert "Acacia" not in listed.text


def test_what_needs_a_fresh_sign_in_says_where_to_make_one(office: Office) -> None:
    browser = office.sign_in("of-1")
    office.now += 10 * MINUTE
    for path, version in (("/api/v1/things/new", None), ("/api/v1/things/th-strong/paint", 1)):
        said = problem(browser.command(path, GOOD, version=version), 403, "step_up_needed")
        assert "/sign-in?step_up=1" == said["sign_in_url"]
    assert 200 == browser.command(PAINT, GOOD, version=1).status_code

    assert 201 == office.sign_in("of-1").command("/api/v1/things/new").status_code


def test_a_search_needs_no_key_and_is_counted_by_itself(office: Office) -> None:
    browser = office.sign_in("of-1")
    for _ in range(30):
        assert 200 == browser.command("/api/v1/things/search", GOOD, key=None).status_code
    problem(browser.command("/api/v1/things/search", GOOD, key=None), 429, "too_many")


def test_a_reading_is_written_before_the_bytes_leave_and_without_it_none_do(office: Office) -> None:
    browser = office.sign_in("of-1")
    response = browser.get("/api/v1/things")
    (row,) = office.readings()
    assert '["pe-1","pe-2"]' == row["subject_ids"]
    assert ("of-1", "supervisor", "alert", "GET /api/v1/things", response.headers["x-request-id"]) == (
        row["officer_id"],
        row["role"],
        row["purpose"],
        row["route"],
        row["request_id"],
    )

    with office.ledger.write(office.now) as writing:
        writing.connection.execute(text("CREATE TRIGGER full BEFORE INSERT ON reading BEGIN SELECT RAISE(ABORT, 'disk full'); END"))
    for refused in (browser.get("/api/v1/things"), browser.command(PAINT, GOOD, version=1)):
        assert "5" == refused.headers["retry-after"]
        problem(refused, 503, "not_durable")
        assert "Sam Field" not in refused.text
    assert 0 == office.audited("thing.painted")


def test_a_body_that_says_it_is_too_large_is_not_waited_for(office: Office) -> None:
    browser = office.sign_in("of-1")
    lines = (
        f"POST {PAINT} HTTP/1.1",
        f"Host: {office.origin.removeprefix('http://')}",
        f"Cookie: __Host-vigil={browser.cookies['__Host-vigil']}",
        f"X-CSRF-Token: {browser.csrf}",
        f"Origin: {office.origin}",
        "Content-Type: application/json",
        "Content-Length: 99999999",
        "Connection: close",
    )
    with socket.create_connection(("127.0.0.1", int(office.origin.rpartition(":")[2])), timeout=5) as raw:
        raw.sendall("\r\n".join((*lines, "", "{")).encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"max_bytes":65536' in answer


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/api/v1/nowhere", "GET", 404, "not_found"),
        ("/api/v1/session", "PATCH", 405, "method_not_allowed"),
        ("/api/v1/quarantine/%00", "GET", 404, "not_found"),
        ("/api/v1/alerts?rule=%00", "GET", 422, "invalid"),
        ("/api/v1/feeds?x=%00", "GET", 422, "invalid"),
    ],
)
def test_what_http_refuses_is_a_problem_too(office: Office, path: str, method: str, status: int, code: str) -> None:
    problem(office.browser().ask(method, path), status, code)


@pytest.mark.parametrize(
    ("path", "allowed"), [("session", "GET, DELETE"), ("webhooks", "GET, POST"), ("rota/shifts/sh-1", "PUT, DELETE"), ("feeds", "GET")]
)
def test_a_method_that_is_none_here_is_told_all_that_are(office: Office, path: str, allowed: str) -> None:
    answer = office.browser().ask("PATCH", f"/api/v1/{path}")

    assert (405, allowed) == (answer.status_code, answer.headers["allow"])


def test_every_code_of_the_page_is_there_with_its_status() -> None:
    page = {
        400: "malformed bad_cursor idempotency_key_needed",
        401: "not_signed_in",
        403: "not_allowed source_not_yours csrf step_up_needed",
        404: "not_found",
        405: "method_not_allowed",
        409: "not_possible_now id_reused",
        412: "stale_version",
        413: "too_large",
        415: "unsupported_media_type",
        422: "invalid rationale_needed same_person over_cap not_shelvable unknown_type idempotency_key_reused",
        428: "version_needed",
        429: "too_many",
        500: "our_fault",
        503: "not_durable starting",
    }
    assert {code: status for status, codes in page.items() for code in codes.split()} == {code: kind.status for code, kind in KINDS.items()}


def test_the_ledger_away_is_said_so(office: Office) -> None:
    browser: Browser = office.sign_in("of-1")
    with office.ledger.write(office.now) as writing:
        writing.connection.execute(text("ALTER TABLE session RENAME TO session_gone"))

    assert timedelta(seconds=5) == timedelta(seconds=int(str(problem(browser.get("/api/v1/session"), 503, "not_durable")["retry_after_s"])))


@pytest.mark.parametrize(
    ("query", "pointer", "reason", "expected"),
    [
        ("limit=0", "/query/limit", "too small", "1 or more"),
        ("limit=201", "/query/limit", "too large", "200 or less"),
        ("secret=Acacia", "/query/secret", "not a name that is known here", "no such name"),
    ],
)
def test_a_query_is_refused_in_our_own_words(office: Office, query: str, pointer: str, reason: str, expected: str) -> None:
    office.officer("of-1", "supervisor")
    listed = office.sign_in("of-1").get(f"/api/v1/alerts?{query}")

    assert [{"pointer": pointer, "reason": reason, "expected": expected}] == problem(listed, 422, "invalid")["errors"]
    assert "Acacia" not in listed.text.replace(query, "")
