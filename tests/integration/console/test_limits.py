"""How often one may ask: 429 says how long to wait, and whoever waits as told is served."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from alerting.console.limits import MOST, InProcess
from alerting.console.shared_limits import Shared
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


def test_what_was_counted_before_the_clock_went_back_holds_nobody_off() -> None:
    limits = InProcess()
    for _ in range(10):
        limits.take("sign_in", "198.51.100.7", NOON)
    limits.take("sign_in", "198.51.100.7", NOON - MINUTE)


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

    assert {"sign_in": 10, "way_back": 10, "search": 30, "list": 120, "command": 60} == dict(MOST)
    assert 2 >= len(limits._taken)


@pytest.fixture
def consoles(redis_url: str) -> Iterator[tuple[Shared, Shared]]:
    """Two processes behind one proxy."""
    both = Shared(redis_url, held_for=2 * SECOND), Shared(redis_url, held_for=2 * SECOND)
    yield both
    for one in both:
        one.close()


def test_by_redis_consoles_count_together_and_whoever_waits_as_told_is_served(consoles: tuple[Shared, Shared]) -> None:
    for number in range(60):
        consoles[number % 2].take("command", "se-1", NOON + number / 2 * SECOND)
    for one in consoles:
        with pytest.raises(Problem) as refused:
            one.take("command", "se-1", NOON + 30 * SECOND)
        assert 30 == refused.value.more["retry_after_s"]
        one.take("command", "se-2", NOON + 30 * SECOND)

    consoles[1].take("command", "se-1", NOON + 60 * SECOND)
    with pytest.raises(Problem, match="too_many"):
        consoles[0].take("command", "se-1", NOON + 60 * SECOND)
    consoles[0].take("command", "se-1", NOON)  # the clock went back


def test_by_redis_a_session_has_five_streams_wherever_they_are_and_those_of_a_killed_console_are_soon_over(
    consoles: tuple[Shared, Shared], redis_url: str
) -> None:
    killed = Shared(redis_url, held_for=2 * SECOND)
    for console in (killed, *consoles, *consoles):
        console.opened("se-1")
    for console in consoles:
        with pytest.raises(Problem, match="too_many"):
            console.opened("se-1")
    consoles[0].opened("se-2")

    killed._streams.clear()  # it says nothing more
    until(lambda: opens(consoles[1], "se-1"))
    assert not opens(consoles[0], "se-1")
    consoles[0].closed("se-1")
    until(lambda: opens(consoles[1], "se-1"))
    time.sleep(2.5)
    assert not opens(consoles[0], "se-1"), "what is open is said again and again"


def test_with_redis_away_each_console_counts_for_itself() -> None:
    lost = Shared("redis://127.0.0.1:1/0", held_for=2 * SECOND)
    for _ in range(60):
        lost.take("command", "se-1", NOON)
    with pytest.raises(Problem, match="too_many"):
        lost.take("command", "se-1", NOON)
    for _ in range(5):
        lost.opened("se-1")
    assert not opens(lost, "se-1")
    lost.closed("se-1")
    assert opens(lost, "se-1")
    lost.close()


def opens(console: Shared, who: str) -> bool:
    try:
        console.opened(who)
    except Problem:
        return False
    return True


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)
