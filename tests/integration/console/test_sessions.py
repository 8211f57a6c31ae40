"""How long a session lasts, what ends it, and what a fresh one is for."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from alerting.console import sessions
from alerting.console.local import sign_in_link
from alerting.ledger.tables.access import SHIFT
from tests.integration.console.office import HOUR, MINUTE, SECOND, Office, problem


def test_nobody_is_let_in_without_a_session_and_is_told_where_to_sign_in(office: Office) -> None:
    said = problem(office.browser().get("/api/v1/session"), 401, "not_signed_in")

    assert "/sign-in" == said["sign_in_url"]
    problem(office.browser().get("/api/v1/session", cookie="__Host-vigil=guess"), 401, "not_signed_in")


def test_a_session_that_is_not_used_ends_after_half_an_hour(office: Office) -> None:
    browser = office.sign_in("of-1")
    office.now += 30 * MINUTE - SECOND
    assert 200 == browser.get("/api/v1/session").status_code

    office.now += SECOND
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")


def test_asking_who_one_is_is_no_use_of_it_and_a_command_is(office: Office) -> None:
    browser = office.sign_in("of-1")
    office.now += 29 * MINUTE
    browser.get("/api/v1/session")
    problem(browser.command("/api/v1/session", method="DELETE", key=None), 400, "idempotency_key_needed")
    office.now += 29 * MINUTE

    assert 200 == browser.get("/api/v1/session").status_code


def test_a_session_in_use_ends_after_fourteen_hours(office: Office) -> None:
    browser = office.sign_in("of-1")
    for _ in range(14 * 3 - 1):
        office.now += 20 * MINUTE
        problem(browser.command("/api/v1/session", method="DELETE", key=None), 400, "idempotency_key_needed")
    assert 200 == browser.get("/api/v1/session").status_code
    office.now += 20 * MINUTE

    problem(browser.get("/api/v1/session"), 401, "not_signed_in")


def test_a_started_shift_whose_wall_is_live_is_not_idle(office: Office) -> None:
    browser = office.sign_in("of-1")
    shift = {"shift_id": "sh-1", "officer_id": "of-1", "area": "avon", "began_at": office.now, "live_at": office.now}
    with office.ledger.write(office.now) as writing:
        writing.connection.execute(insert(SHIFT).values(shift))
    office.now += 2 * HOUR
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")

    with office.ledger.write(office.now) as writing:
        writing.connection.execute(update(SHIFT).values(live_at=office.now - MINUTE))
    assert 200 == browser.get("/api/v1/session").status_code

    with office.ledger.write(office.now) as writing:
        writing.connection.execute(update(SHIFT).values(ended_at=office.now))
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")


@pytest.mark.parametrize("by", ["page", "api"])
def test_signed_out_is_signed_out_in_every_tab(office: Office, by: str) -> None:
    browser = office.sign_in("of-1")
    kept = dict(browser.cookies)
    if by == "page":
        assert 303 == browser.submit("/sign-out", {"csrf_token": browser.csrf}).status_code
    else:
        assert 200 == browser.command("/api/v1/session", method="DELETE").status_code

    assert not browser.cookies
    browser.cookies = kept
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")
    assert 1 == office.audited("session.ended")


def test_signing_in_again_renews_the_session_and_keeps_what_is_typed_in_another_tab(office: Office) -> None:
    browser = office.sign_in("of-1")
    before, csrf = browser.cookies["__Host-vigil"], browser.csrf
    browser.submit("/sign-in/link", {"next": "/"})
    browser.sign_in(office.printed[-1], "of-1")

    assert before != browser.cookies["__Host-vigil"]
    assert csrf == browser.csrf
    problem(office.browser().get("/api/v1/session", cookie=f"__Host-vigil={before}"), 401, "not_signed_in")


def test_a_session_brought_from_before_signing_in_is_worth_nothing(office: Office) -> None:
    browser = office.browser()
    browser.cookies["__Host-vigil"] = "chosen-by-somebody-else"
    browser.submit("/sign-in/link", {"next": "/"})
    browser.sign_in(office.printed[-1], "of-1")

    assert "chosen-by-somebody-else" != browser.cookies["__Host-vigil"]


def test_an_officer_who_has_left_is_out_at_once(office: Office) -> None:
    browser = office.sign_in("of-2")
    office.officer("of-2", name="DC Birch")

    problem(browser.get("/api/v1/session"), 401, "not_signed_in")


def test_a_request_with_authorization_never_uses_its_cookie(office: Office) -> None:
    problem(office.sign_in("of-1").get("/api/v1/session", authorization="Bearer vk_1_x"), 401, "not_signed_in")


def test_a_sign_in_is_fresh_for_ten_minutes(office: Office) -> None:
    browser = office.sign_in("of-1")
    with office.ledger.read() as connection:
        session = sessions.find(connection, browser.cookies["__Host-vigil"], office.now)

    assert session is not None
    assert session.fresh(office.now + 10 * MINUTE - SECOND)
    assert not session.fresh(office.now + 10 * MINUTE)
    assert "2026-03-02T12:10:00Z" == browser.get("/api/v1/session").json()["step_up_until_at"]


def test_roles_are_those_of_the_directory_and_the_rota_now(office: Office) -> None:
    office.officer("of-3", "control_room", name="PC Rowan")
    office.on_call("control_room", "of-3", hours=(0, 1))
    browser = office.sign_in("of-3")
    assert ["control_room"] == browser.get("/api/v1/session").json()["roles"]

    office.now += HOUR + 30 * MINUTE
    browser = office.sign_in("of-3")
    assert [] == browser.get("/api/v1/session").json()["roles"]


def test_in_a_demonstration_people_stay_signed_in_while_its_clock_runs_fast(office: Office) -> None:
    """Sixty times as fast: half an hour of a session would be thirty seconds."""
    office.real_now = office.now
    link = sign_in_link(office.desk)
    office.now += 11 * MINUTE
    browser = office.browser()
    browser.sign_in(link, "of-1")

    office.now += 20 * HOUR
    assert 200 == browser.get("/api/v1/session").status_code
    with office.ledger.read() as connection:
        session = sessions.find(connection, browser.cookies["__Host-vigil"], office.real_now)
    assert session is not None
    assert session.fresh(office.desk.real())

    office.real_now += 31 * MINUTE
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")
    late = sign_in_link(office.desk)
    office.real_now += 10 * MINUTE
    assert 410 == office.browser().get(late.removeprefix(office.origin)).status_code
