"""The same command sent again is done once: after a lost answer, by an impatient hand, by two tabs together, after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from alerting.delivery import webhook
from alerting.delivery.providers import Providers
from alerting.ledger.tables.access import IDEMPOTENCY
from tests.integration.console import things
from tests.integration.console.office import HOUR, MINUTE, SECOND, Browser, Office, problem

PAINT = "/api/v1/things/th-mine/paint"
RED = {"colour": "red", "rationale": "it was grey"}
ELSEWHERE = Providers(webhook=webhook.Settings(resolve=lambda _name, _port: ("8.8.8.8",)))
KEY = "6f1c2d4e-0000-4000-8000-000000000001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path, more=[things.routes], providers=ELSEWHERE) as opened:
        opened.officer("of-1", "supervisor", name="Sgt Ash")
        opened.officer("of-2", "supervisor", name="DI Birch")
        yield opened


def test_a_lost_answer_is_given_again_whatever_the_version_is_by_now(office: Office) -> None:
    browser = office.sign_in("of-1")
    first = browser.command(PAINT, RED, version=1, key=KEY)
    browser.command(PAINT, RED, version=2)
    again = browser.command(PAINT, RED, version=2, key=KEY)

    assert (200, first.content, '"2"') == (again.status_code, again.content, again.headers["etag"])
    assert 2 == office.audited("thing.painted")


def test_what_is_shown_again_is_read_again(office: Office) -> None:
    browser = office.sign_in("of-1")
    for _ in range(2):
        browser.command(PAINT, RED, version=1, key=KEY)

    assert 2 == len(office.readings())


def test_another_body_or_another_path_with_the_same_key_is_refused(office: Office) -> None:
    browser = office.sign_in("of-1")
    browser.command(PAINT, RED, version=1, key=KEY)

    problem(browser.command(PAINT, RED | {"colour": "blue"}, version=2, key=KEY), 422, "idempotency_key_reused")
    problem(browser.command("/api/v1/things/th-strong/paint", RED, version=2, key=KEY), 422, "idempotency_key_reused")
    assert 1 == office.audited("thing.painted")
    assert 2 == office.audited("thing.tried")


def test_keys_are_each_officers_own(office: Office) -> None:
    office.sign_in("of-1").command(PAINT, RED, version=1, key=KEY)

    assert 200 == office.sign_in("of-2").command(PAINT, RED, version=2, key=KEY).status_code
    assert 2 == office.audited("thing.painted")


def test_what_needs_a_fresh_sign_in_needs_one_to_be_answered_again(office: Office) -> None:
    """The answer holds the secret of the webhook."""
    browser, path, wanted = office.sign_in("of-1"), "/api/v1/webhooks", {"url": "https://hooks.example.org/vigil", "areas": ["avon"]}
    first = browser.command(path, wanted, key=KEY)
    assert first.content == browser.command(path, wanted, key=KEY).content

    office.now += 11 * MINUTE

    problem(browser.command(path, wanted, key=KEY), 403, "step_up_needed")
    assert first.content == office.sign_in("of-1").command(path, wanted, key=KEY).content


def test_a_try_that_was_refused_as_stale_stays_so_and_stands_in_the_history_once(office: Office) -> None:
    browser = office.sign_in("of-1")
    first = browser.command(PAINT, RED, version=7, key=KEY)
    again = browser.command(PAINT, RED, version=7, key=KEY)

    problem(first, 412, "stale_version")
    assert first.content == again.content
    assert 1 == office.audited("thing.tried")


@pytest.mark.parametrize("spoilt", [{"x-csrf-token": "guessed"}, {"if-match": None}])
def test_a_try_that_came_to_nothing_may_be_mended_with_the_same_key(office: Office, spoilt: dict[str, str | None]) -> None:
    browser = office.sign_in("of-1")
    assert 400 <= browser.command(PAINT, RED, version=1, key=KEY, headers=spoilt).status_code

    assert 200 == browser.command(PAINT, RED, version=1, key=KEY).status_code


def test_what_the_effect_wrote_before_it_refused_is_taken_back(office: Office) -> None:
    browser = office.sign_in("of-1")
    none = {"colour": "none", "rationale": "it was grey"}

    problem(browser.command(PAINT, none, version=1, key=KEY), 409, "not_possible_now")
    assert (0, 1) == (office.audited("thing.painted"), office.audited("thing.tried"))


def test_twins_that_arrive_together_are_done_once_and_answered_alike(office: Office) -> None:
    browser = office.sign_in("of-1")

    def send(_: int) -> bytes:
        twin = Browser(office.origin)
        twin.cookies, twin.csrf = dict(browser.cookies), browser.csrf
        try:
            response = twin.command("/api/v1/things/th-mine/paint", RED, version=1, key=KEY)
            assert 200 == response.status_code, response.text
            return response.content
        finally:
            twin.close()

    with ThreadPoolExecutor(8) as hands:
        answers = set(hands.map(send, range(16)))

    assert [{"version": 2, "colour": "red"}] == [json.loads(answer) for answer in answers]
    assert 1 == office.audited("thing.painted")


def test_an_answer_is_kept_for_a_day_and_then_forgotten(office: Office) -> None:
    office.sign_in("of-1").command(PAINT, RED, version=1, key=KEY)
    office.now += 24 * HOUR - SECOND
    office.sign_in("of-1").command(PAINT, RED, version=1, key=KEY)
    assert 1 == office.audited("thing.painted")

    office.now += SECOND
    problem(office.sign_in("of-1").command(PAINT, RED, version=1, key=KEY), 412, "stale_version")
    with office.ledger.read() as connection:
        assert 1 == connection.execute(select(func.count()).select_from(IDEMPOTENCY)).scalar()


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with Office(tmp_path, more=[things.routes]) as office:
            office.officer("of-1", "supervisor") if not office.audited("thing.painted") else None
            assert 200 == office.sign_in("of-1").command(PAINT, RED, version=1, key=KEY).status_code
            assert 1 == office.audited("thing.painted")


@pytest.mark.parametrize("key", [None, "", "1", "not-a-uuid", "6f1c2d4e-0000-4000-8000-00000000000", "x" * 5_000])
def test_a_command_without_a_key_of_its_own_is_refused(office: Office, key: str | None) -> None:
    headers = {"idempotency-key": key}
    problem(office.sign_in("of-1").command(PAINT, RED, version=1, headers=headers), 400, "idempotency_key_needed")
