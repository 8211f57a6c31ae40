"""Signing in through an identity provider: a real one on the loopback, honest at first, then lying in every way there is."""

from __future__ import annotations

import base64
import secrets
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from alerting.console import sessions
from alerting.console.desk import Oidc, Settings, WrongSettings, settings
from alerting.console.provider import ANSWERS_WITHIN
from tests.integration.console.identity import CLIENT, SECRET, Identity
from tests.integration.console.office import HOUR, MINUTE, NOON, SECOND, Browser, Office, problem

STRONG = "urn:example:two-factors"


class Clock:
    """The one clock of both, once there is an office."""

    office: Office | None = None


@pytest.fixture
def identity() -> Iterator[Identity]:
    with Identity(lambda: NOON if Clock.office is None else Clock.office.now) as opened:
        yield opened
    Clock.office = None


@pytest.fixture
def office(tmp_path: Path, identity: Identity) -> Iterator[Office]:
    with Office(tmp_path, Oidc(identity.issuer, CLIENT, SECRET, step_up_acr=(STRONG,))) as opened:
        Clock.office = opened
        opened.officer("of-1", "supervisor", name="Sgt Ash")
        opened.officer("of-2", "oic", name="DC Birch")
        yield opened


def go(browser: Browser, path: str = "/sign-in/oidc?next=/rota") -> str:
    """Out to the provider, which signs in at once: the way back."""
    response = browser.get(path)
    assert 303 == response.status_code, response.text
    back = httpx.get(response.headers["location"], timeout=5).headers["location"]
    return str(back).removeprefix(browser.origin)


def sign_in(browser: Browser, path: str = "/sign-in/oidc?next=/rota") -> httpx.Response:
    return browser.get(go(browser, path))


def test_one_signs_in_there_and_comes_back_to_what_one_wanted(office: Office, identity: Identity) -> None:
    browser = office.browser()
    response = sign_in(browser)

    assert (303, "/rota") == (response.status_code, response.headers["location"])
    assert "of-1" == browser.get("/api/v1/session").json()["officer_id"]
    (asked,) = identity.asked
    assert ("code", "S256", CLIENT, "openid profile") == (
        asked["response_type"],
        asked["code_challenge_method"],
        asked["client_id"],
        asked["scope"],
    )
    assert ["__Host-vigil"] == list(browser.cookies)  # the cookie of the way there is gone
    assert not identity.refused


def test_a_way_back_is_good_once_in_the_browser_that_went_out_and_for_ten_minutes(office: Office) -> None:
    browser, other = office.browser(), office.browser()
    back = go(browser)
    assert 400 == other.get(back).status_code  # somebody signed in as somebody else by a link
    assert 400 == browser.get(back).status_code  # and by that it is spent

    back = go(browser)
    cookies = dict(browser.cookies)
    assert 303 == browser.get(back).status_code
    browser.cookies = cookies
    assert 400 == browser.get(back).status_code

    back = go(other)
    office.now += 10 * MINUTE
    assert 400 == other.get(back).status_code


@pytest.mark.parametrize("state", ["", "guessed"])
def test_a_wrong_state_is_refused(office: Office, state: str) -> None:
    browser = office.browser()
    query = dict(parse_qsl(urlsplit(go(browser)).query))

    assert 400 == browser.get(f"/sign-in/oidc/callback?code={query['code']}&state={state}").status_code
    assert "__Host-vigil" not in browser.cookies


def test_a_code_that_was_used_or_stolen_is_refused_by_the_provider(office: Office, identity: Identity) -> None:
    first, second = office.browser(), office.browser()
    used = dict(parse_qsl(urlsplit(back := go(first)).query))["code"]
    assert 303 == first.get(back).status_code
    fresh, theirs = dict(parse_qsl(urlsplit(go(second)).query)), dict(parse_qsl(urlsplit(go(office.browser())).query))

    assert 403 == second.get(f"/sign-in/oidc/callback?code={used}&state={fresh['state']}").status_code
    state = dict(parse_qsl(urlsplit(go(second)).query))["state"]
    assert 403 == second.get(f"/sign-in/oidc/callback?code={theirs['code']}&state={state}").status_code  # not proved: PKCE
    assert ["invalid_grant", "invalid_grant"] == identity.refused


LIES: dict[str, dict[str, object]] = {
    "another nonce": {"nonce": "guessed"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.example.org"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "somebody-else"},
    "several audiences and no azp": {"aud": [CLIENT, "somebody-else"]},
    "no audience": {"aud": None},
    "expired": {"exp": int((NOON - 2 * MINUTE).timestamp())},
    "no end": {"exp": None},
    "of tomorrow": {"iat": int((NOON + 24 * HOUR).timestamp())},
    "no subject": {"sub": None},
    "nobody": {"preferred_username": None},
    "a number for a name": {"preferred_username": 7},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_true_signs_nobody_in(office: Office, identity: Identity, lie: str) -> None:
    identity.lies = LIES[lie]
    browser = office.browser()

    assert 403 == sign_in(browser).status_code
    assert "__Host-vigil" not in browser.cookies


@pytest.mark.parametrize("how", ["none", "HS256", "another key"])
def test_a_token_that_its_key_did_not_sign_signs_nobody_in(office: Office, identity: Identity, how: str) -> None:
    browser = office.browser()
    assert 303 == sign_in(browser).status_code  # its true keys are known now
    if how == "another key":
        identity.published, identity.key = identity.key, RSAKey.generate_key(2048, {"kid": "k-1"})
    else:
        identity.signs_as = how
    other = office.browser()

    assert 403 == sign_in(other).status_code
    assert "__Host-vigil" not in other.cookies


def test_new_keys_of_the_provider_are_fetched_when_they_are_used(office: Office, identity: Identity) -> None:
    assert 303 == sign_in(office.browser()).status_code
    identity.key = RSAKey.generate_key(2048, {"kid": "k-1"})
    office.now += MINUTE

    assert 303 == sign_in(office.browser()).status_code


@pytest.mark.parametrize("login", ["of-404", "of-gone", "x" * 300])
def test_whom_the_directory_does_not_know_as_active_has_no_entry_and_it_is_logged(office: Office, identity: Identity, login: str) -> None:
    office.officer("of-gone", name="DC Elm")
    identity.login = login
    browser = office.browser()

    assert 403 == sign_in(browser).status_code
    assert "__Host-vigil" not in browser.cookies
    (denial,) = office.readings("denial")
    assert (login[:200], "sign_in") == (denial["officer_id"], denial["purpose"])


def test_no_code_or_an_answer_from_another_issuer_signs_nobody_in(office: Office) -> None:
    for more in ("error=access_denied", "code=x&iss=https://evil.example.org"):
        browser = office.browser()
        state = dict(parse_qsl(urlsplit(go(browser)).query))["state"]
        assert 403 == browser.get(f"/sign-in/oidc/callback?state={state}&{more}").status_code


def test_the_provider_away_is_said_so_and_leaves_those_who_are_signed_in(office: Office, identity: Identity) -> None:
    browser = office.browser()
    sign_in(browser)
    back = go(other := office.browser())
    identity.stop()

    response = other.get(back)
    assert (503, "60") == (response.status_code, response.headers["retry-after"])
    assert 200 == browser.get("/api/v1/session").status_code


def fresh(office: Office, browser: Browser) -> bool:
    with office.ledger.read() as connection:
        session = sessions.find(connection, browser.cookies["__Host-vigil"], office.now)
    assert session is not None
    return session.fresh(office.now)


def test_step_up_asks_for_a_new_proof_as_strong_as_is_wanted(office: Office, identity: Identity) -> None:
    browser = office.browser()
    sign_in(browser)
    assert not fresh(office, browser)  # signed in, without the second factor

    identity.acr = STRONG
    sign_in(browser, "/sign-in/oidc?step_up=1&next=/")
    asked = identity.asked[-1]
    assert ("0", "login", STRONG) == (asked["max_age"], asked["prompt"], asked["acr_values"])
    assert fresh(office, browser)

    office.now += 10 * MINUTE
    assert not fresh(office, browser)


@pytest.mark.parametrize("age_min", [9, 10, 300])
def test_a_proof_is_as_old_as_the_provider_says(office: Office, identity: Identity, age_min: int) -> None:
    identity.acr, identity.proved_at = STRONG, office.now - age_min * MINUTE
    browser = office.browser()
    sign_in(browser)

    assert (age_min < 10) == fresh(office, browser)


def test_a_provider_that_does_not_say_when_makes_no_fresh_sign_in(office: Office, identity: Identity) -> None:
    identity.acr, identity.lies = STRONG, {"auth_time": None}
    browser = office.browser()
    sign_in(browser)

    assert not fresh(office, browser)


def log_out(office: Office, token: str) -> httpx.Response:
    """As the provider sends it: no cookie, no origin of ours."""
    return httpx.post(f"{office.origin}/sign-in/oidc/logout", data={"logout_token": token}, timeout=30)


def test_signed_out_there_is_signed_out_here(office: Office, identity: Identity) -> None:
    browser, other = office.browser(), office.browser()
    sign_in(browser)
    identity.sid = "sid-2"
    sign_in(other)

    assert {"ended": 1} == log_out(office, identity.logout_token()).json()
    problem(other.get("/api/v1/session"), 401, "not_signed_in")
    assert 200 == browser.get("/api/v1/session").status_code

    assert {"ended": 1} == log_out(office, identity.logout_token(sid=None, sub="sub-of-1")).json()
    problem(browser.get("/api/v1/session"), 401, "not_signed_in")


FALSE: dict[str, dict[str, object]] = {
    "another issuer": {"iss": "https://evil.example.org"},
    "another audience": {"aud": "somebody-else"},
    "no event": {"events": None},
    "another event": {"events": {"https://example.org/other": {}}},
    "a token to sign in with": {"nonce": "n-1"},
    "no name of its own": {"jti": None},
    "nobody": {"sid": None},
    "an hour old": {"iat": int((NOON - HOUR).timestamp()), "exp": None},
    "expired": {"exp": int((NOON - 2 * MINUTE).timestamp())},
}


@pytest.mark.parametrize("lie", FALSE)
def test_a_logout_that_is_not_true_ends_nothing(office: Office, identity: Identity, lie: str) -> None:
    browser = office.browser()
    sign_in(browser)

    problem(log_out(office, identity.logout_token(**FALSE[lie])), 400, "malformed")
    assert 200 == browser.get("/api/v1/session").status_code


def test_a_logout_that_was_heard_is_not_heard_again(office: Office, identity: Identity) -> None:
    browser = office.browser()
    sign_in(browser)
    token = identity.logout_token()
    assert 200 == log_out(office, token).status_code
    office.now += 5 * SECOND
    sign_in(browser)

    problem(log_out(office, token), 400, "malformed")
    assert 200 == browser.get("/api/v1/session").status_code


def test_a_logout_that_somebody_made_up_is_refused_whatever_it_is_made_of(office: Office) -> None:
    for part in (b"[" * 5_000, b'["alg"]', b'{"alg": {}, "kid": []}', b'{"alg": "RS256", "crit": ["none"]}', b"7"):
        text = base64.urlsafe_b64encode(part).rstrip(b"=").decode()
        problem(log_out(office, f"{text}.e30.x"), 400, "malformed")


def test_ten_officers_sign_in_within_a_minute_from_one_control_room(office: Office) -> None:
    assert [303] * 10 == [sign_in(office.browser()).status_code for _ in range(10)]

    problem(office.browser().get("/sign-in/oidc"), 429, "too_many")
    problem(office.browser().get("/sign-in/oidc/callback?code=x&state=guess"), 429, "too_many")


def test_a_way_that_no_header_can_say_leads_to_the_wall(office: Office) -> None:
    response = sign_in(office.browser(), "/sign-in/oidc?next=/a/%E2%82%AC")

    assert (303, "/") == (response.status_code, response.headers["location"])


def test_a_provider_that_keeps_us_waiting_does_not_keep_whoever_is_signed_in_waiting(tmp_path: Path) -> None:
    """It takes connections and says nothing; and somebody sends made-up logouts, each of which wants its keys."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=100) as silent,
        ThreadPoolExecutor(60) as others,
        Office(tmp_path, Oidc(f"http://127.0.0.1:{silent.getsockname()[1]}", CLIENT, SECRET)) as office,
    ):
        office.officer("of-1", "supervisor")
        browser = office.sign_in("of-1")
        waiting = [others.submit(log_out, office, "a.b.c") for _ in range(60)]
        time.sleep(0.3)
        began = time.monotonic()
        assert 200 == browser.get("/api/v1/session").status_code
        took_s = time.monotonic() - began
        silent.close()
        assert {503} == {one.result().status_code for one in waiting}

    assert took_s < ANSWERS_WITHIN.total_seconds()


def test_with_a_provider_there_is_no_other_way_in(office: Office) -> None:
    assert 404 == office.browser().get("/sign-in/local?token=x").status_code
    assert 404 == office.browser().submit("/sign-in/link", {"next": "/"}).status_code
    assert "/sign-in/oidc?next=%2Frota" in office.browser().get("/sign-in?next=/rota").text


def test_the_settings_come_from_the_environment_and_say_what_is_missing() -> None:
    whole = {
        "VIGIL_ORIGIN": "https://vigil.example.org/",
        "VIGIL_OIDC_ISSUER": "https://id.example.org",
        "VIGIL_OIDC_CLIENT_ID": "vigil",
        "VIGIL_OIDC_CLIENT_SECRET": secrets.token_hex(8),
        "VIGIL_OIDC_OFFICER_CLAIM": "collar_number",
        "VIGIL_OIDC_STEP_UP_ACR": f"{STRONG} other",
    }
    found = settings(whole, "http://127.0.0.1:8080")
    assert ("https://vigil.example.org", frozenset({"vigil.example.org"}), True) == (found.origin, found.hosts, found.tls)
    assert found.oidc is not None
    assert ("collar_number", (STRONG, "other")) == (found.oidc.officer_claim, found.oidc.step_up_acr)

    assert Settings("http://127.0.0.1:8080") == settings({}, "http://127.0.0.1:8080/")
    for missing in ("VIGIL_OIDC_CLIENT_ID", "VIGIL_OIDC_CLIENT_SECRET", "VIGIL_OIDC_ISSUER"):
        with pytest.raises(WrongSettings, match=missing):
            settings({name: value for name, value in whole.items() if name != missing}, "http://127.0.0.1:8080")
    for origin in ("http://vigil.example.org", "vigil.example.org", "https://vigil.example.org/under"):
        with pytest.raises(WrongSettings, match="VIGIL_ORIGIN"):
            settings(whole | {"VIGIL_ORIGIN": origin}, "http://127.0.0.1:8080")
