"""Signing in by a one-time link, and what a session is worth: raw HTTP against a real console."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import insert, select

from alerting.console.local import sign_in_link
from alerting.ledger.tables.access import SESSION, SIGN_IN
from tests.integration.console.office import MINUTE, Office, problem


def test_a_link_opens_a_page_with_the_officers_and_its_button_signs_in(office: Office) -> None:
    link, browser = sign_in_link(office.desk, "/a/VG-7K3MQ-2XD9A"), office.browser()
    page = browser.get(link.removeprefix(office.origin))

    assert 200 == page.status_code
    assert "Sgt Ash: Supervisor, avon" in page.text
    assert "DC Birch: Officer in the case, avon" in page.text
    assert "<script" not in page.text

    response = browser.sign_in(link, "of-1")
    assert "/a/VG-7K3MQ-2XD9A" == response.headers["location"]
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-vigil=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    session = browser.get("/api/v1/session").json()
    assert ("of-1", "Sgt Ash", ["supervisor"]) == (session["officer_id"], session["name"], session["roles"])
    assert "2026-03-03T02:00:00Z" == session["ends_at"]


def test_who_is_on_duty_stands_first_and_is_said_to_be(office: Office) -> None:
    office.officer("of-room", "control_room", name="Zoe Ingram")
    office.officer("of-night", "control_room", name="Abel Lunt")
    office.on_call("control_room", "of-room")

    page = office.browser().get(sign_in_link(office.desk).removeprefix(office.origin)).text

    assert "Abel Lunt: Control room, avon<" in page
    on_duty = "Zoe Ingram: Control room, avon, on duty now"
    assert all(page.index(on_duty) < page.index(other) for other in ("Abel Lunt", "Sgt Ash", "DC Birch"))


def test_looking_at_a_link_spends_nothing_and_the_button_spends_it_once(office: Office) -> None:
    link = sign_in_link(office.desk)
    scanner = office.browser()
    for _ in range(3):
        assert 200 == scanner.get(link.removeprefix(office.origin)).status_code
    assert not scanner.cookies

    office.browser().sign_in(link, "of-1")

    assert 410 == scanner.get(link.removeprefix(office.origin)).status_code
    again = scanner.submit("/sign-in/local", {"token": httpx.URL(link).params["token"], "officer_id": "of-1"})
    assert 410 == again.status_code
    assert not scanner.cookies


def test_a_link_is_good_for_ten_minutes(office: Office) -> None:
    link, browser = sign_in_link(office.desk), office.browser()
    office.now += 10 * MINUTE

    assert 410 == browser.get(link.removeprefix(office.origin)).status_code
    assert 410 == browser.submit("/sign-in/local", {"token": httpx.URL(link).params["token"], "officer_id": "of-1"}).status_code


@pytest.mark.parametrize("officer_id", ["of-404", "of-gone", ""])
def test_nobody_whom_the_directory_does_not_know_as_active_comes_in_and_the_try_is_logged(office: Office, officer_id: str) -> None:
    office.officer("of-gone", "oic", name="DC Elm")
    office.officer("of-gone", name="DC Elm")
    link, browser = sign_in_link(office.desk), office.browser()
    token = httpx.URL(link).params["token"]

    assert "DC Elm" not in browser.get(link.removeprefix(office.origin)).text
    assert 403 == browser.submit("/sign-in/local", {"token": token, "officer_id": officer_id}).status_code

    assert not browser.cookies
    (denial,) = office.readings("denial")
    assert (officer_id, "sign_in") == (denial["officer_id"], denial["purpose"])
    browser.sign_in(link, "of-1")  # the link was not spent by it


def test_the_form_of_another_page_signs_nobody_in(office: Office) -> None:
    link, browser = sign_in_link(office.desk), office.browser()
    form = {"token": httpx.URL(link).params["token"], "officer_id": "of-1"}

    problem(browser.submit("/sign-in/local", form, origin="http://evil.example.org"), 403, "csrf")
    problem(browser.submit("/sign-in/local", form, origin=None), 403, "csrf")
    problem(browser.submit("/sign-in/local", form, origin="null", sec_fetch_site="cross-site"), 403, "csrf")
    assert 303 == browser.submit("/sign-in/local", form, origin="null", sec_fetch_site="same-origin").status_code


def test_another_link_is_printed_where_vigil_runs_and_never_shown(office: Office) -> None:
    browser = office.browser()
    page = browser.submit("/sign-in/link", {"next": "/rota"})

    (link,) = office.printed
    assert httpx.URL(link).params["token"] not in page.text
    assert "/rota" == browser.sign_in(link, "of-2").headers["location"]


def test_whoever_is_signed_in_gets_a_link_for_themselves_alone(office: Office) -> None:
    browser = office.sign_in("of-2")
    browser.submit("/sign-in/link", {"next": "/"})
    (link,) = office.printed

    page = office.browser().get(link.removeprefix(office.origin))
    assert "DC Birch" in page.text
    assert "Sgt Ash" not in page.text
    form = {"token": httpx.URL(link).params["token"], "officer_id": "of-1"}
    assert 403 == browser.submit("/sign-in/local", form).status_code


@pytest.mark.parametrize(
    "next_path", ["//evil.example.org", "/\\evil.example.org", "https://evil.example.org", "javascript:alert(1)", "/\r\nX: y"]
)
def test_after_signing_in_one_stays_here(office: Office, next_path: str) -> None:
    office.browser().submit("/sign-in/link", {"next": next_path})

    assert "/" == office.browser().sign_in(office.printed[-1], "of-1").headers["location"]


def test_only_our_own_name_is_answered(office: Office) -> None:
    problem(office.browser().get("/sign-in", host="vigil.example.org"), 403, "not_allowed")
    assert 200 == office.browser().get("/sign-in", host="localhost").status_code


def test_a_token_of_another_kind_is_no_link(office: Office) -> None:
    row = {"token_hash": b"x", "until_at": office.now + MINUTE, "body": '{"type":"oidc"}'}
    link = sign_in_link(office.desk)
    with office.ledger.write(office.now) as writing:
        writing.connection.execute(insert(SIGN_IN).values(row))
        hashes = {found.token_hash for found in writing.connection.execute(select(SIGN_IN))}

    token = httpx.URL(link).params["token"]
    assert all(token.encode() not in stored for stored in hashes)
    assert 410 == office.browser().get("/sign-in/local?token=x").status_code


def test_neither_token_nor_cookie_stands_in_the_ledger(office: Office) -> None:
    browser = office.sign_in("of-1")
    with office.ledger.read() as connection:
        rows = [str(row) for row in connection.execute(select(SESSION)).all()]

    assert all(browser.cookies["__Host-vigil"] not in row for row in rows)
