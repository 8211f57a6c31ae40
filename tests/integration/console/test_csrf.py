"""A command with a cookie must come from our own page: its origin, and the session's token. Headers that hold for every answer."""

from __future__ import annotations

import re

import pytest

from tests.integration.console.office import Office, problem

POLICY = re.compile(
    r"default-src 'none'; script-src 'self' 'nonce-([\w-]{20,})'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    r"font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example.org"},
        {"origin": None},
        {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "same-site"},
        {"x-csrf-token": None},
        {"x-csrf-token": ""},
        {"x-csrf-token": "guessed"},
    ],
)
def test_a_command_of_another_page_is_refused(office: Office, wrong: dict[str, str | None]) -> None:
    browser = office.sign_in("of-1")

    problem(browser.command("/api/v1/session", method="DELETE", headers=wrong), 403, "csrf")
    assert 200 == browser.get("/api/v1/session").status_code


def test_the_token_of_one_session_is_none_of_another(office: Office) -> None:
    first, second = office.sign_in("of-1"), office.sign_in("of-2")

    problem(first.command("/api/v1/session", method="DELETE", headers={"x-csrf-token": second.csrf}), 403, "csrf")


def test_a_form_says_the_token_in_a_field(office: Office) -> None:
    browser = office.sign_in("of-1")

    problem(browser.submit("/sign-out", {"csrf_token": "guessed"}), 403, "csrf")
    problem(browser.submit("/sign-out", {"csrf_token": browser.csrf}, origin="https://evil.example.org"), 403, "csrf")
    assert 303 == browser.submit("/sign-out", {"csrf_token": browser.csrf}, origin="null", sec_fetch_site="same-origin").status_code


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/session", "/api/v1/openapi.json", "/nowhere", "/sign-in/local?token=x"])
def test_every_answer_carries_the_policy(office: Office, path: str) -> None:
    first, second = (office.browser().get(path).headers for _ in range(2))

    nonces = {found[1] for one in (first, second) if (found := POLICY.fullmatch(one["content-security-policy"]))}
    assert 2 == len(nonces), first["content-security-policy"]
    assert ("no-store", "nosniff", "no-referrer") == (
        first["cache-control"],
        first["x-content-type-options"],
        first["referrer-policy"],
    )
    assert first["x-request-id"].startswith("rq_")
    assert "strict-transport-security" not in first  # plain HTTP on the loopback
