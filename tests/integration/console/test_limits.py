"""How often one may ask: 429 says how long to wait, and whoever waits as told is served."""

from __future__ import annotations

import pytest

from alerting.console.limits import MOST, InProcess
from schemas.problems import Problem
from tests.integration.console.office import MINUTE, NOON, SECOND, Office, problem


def test_ten_tries_to_sign_in_a_minute_from_one_address(office: Office) -> None:
    browser = office.browser()
    for _ in range(10):
        assert 410 == browser.submit("/sign-in/local", {"token": "guess", "officer_id": "of-1"}).status_code
        office.now += SECOND

    refused = browser.submit("/sign-in/local", {"token": "guess", "officer_id": "of-1"})
    assert 50 == problem(refused, 429, "too_many")["retry_after_s"]
    assert "50" == refused.headers["retry-after"]

    office.now += 50 * SECOND
    assert 410 == browser.submit("/sign-in/local", {"token": "guess", "officer_id": "of-1"}).status_code


def test_sixty_commands_a_minute_of_one_session_and_none_of_another(office: Office) -> None:
    first, second = office.sign_in("of-1"), office.sign_in("of-1")
    for _ in range(60):
        problem(first.command("/api/v1/session", method="DELETE", key=None), 400, "idempotency_key_needed")

    problem(first.command("/api/v1/session", method="DELETE"), 429, "too_many")
    problem(second.command("/api/v1/session", method="DELETE", key=None), 400, "idempotency_key_needed")


def test_five_streams_of_a_session() -> None:
    limits = InProcess()
    for _ in range(5):
        limits.opened("se-1")
    with pytest.raises(Problem, match="too_many"):
        limits.opened("se-1")
    limits.opened("se-2")

    limits.closed("se-1")
    limits.opened("se-1")


def test_who_is_quiet_is_forgotten() -> None:
    limits = InProcess()
    for number in range(10_050):
        limits.take("list", f"se-{number}", NOON)
    limits.take("list", "se-late", NOON + MINUTE)

    assert {"sign_in": 10, "search": 30, "list": 120, "command": 60} == dict(MOST)
    assert 2 >= len(limits._taken)
