"""Signing in through the identity provider: out with state, nonce and PKCE, back with a code, and its logout behind our back.

The state is bound to the browser that went out by a cookie of its own, so that nobody can be signed in as somebody else by a
link. Spent before the code is used: a second use, true or forged, finds nothing. What a token says is `alerting.console.provider`'s.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from functools import partial

import msgspec
import structlog
from fastapi import APIRouter, Request, Response

from alerting.console import one_time, sessions
from alerting.console.answering import plain
from alerting.console.desk import Desk
from alerting.console.entering import enter, gone_to, local_path, refused, take_turn, told
from alerting.console.few_threads import FewThreads
from alerting.console.lines import public
from alerting.console.provider import CALLBACK, LOGOUT_LASTS, Person, Provider, ProviderAway, Untrue
from alerting.console.sign_in import form
from schemas.problems import Problem, later

COOKIE = "__Host-vigil-sign-in"
MOST_AT_ONCE = 4
"""Threads of signing in's own: while the provider keeps us waiting, whoever is signed in does not wait."""
_log = structlog.get_logger("sign_in")


class Going(msgspec.Struct, frozen=True, kw_only=True, tag="oidc"):
    """A sign-in under way. `browser`: the hash of its cookie."""

    browser: str
    nonce: str
    verifier: str
    next_path: str
    step_up: bool


def pages(desk: Desk) -> APIRouter:
    """The way out, the way back, and the provider's logout."""
    if desk.settings.oidc is None:
        raise TypeError("signing in by a provider, expected its settings")
    provider = Provider(desk.settings.oidc, desk.settings.origin)
    router = APIRouter(include_in_schema=False)

    threads = FewThreads(MOST_AT_ONCE)

    @router.get("/sign-in/oidc", **public())
    async def out(request: Request) -> Response:
        return await threads(partial(_out, desk, provider, request))

    @router.get(CALLBACK, **public())
    async def back(request: Request) -> Response:
        response = await threads(partial(_back, desk, provider, request))
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    @router.post("/sign-in/oidc/logout", **public())
    async def logout(request: Request) -> Response:
        said = await form(request)
        ended = await threads(partial(_logout, desk, provider, said.get("logout_token", "")))
        return plain({"ended": ended})

    return router


def _out(desk: Desk, provider: Provider, request: Request) -> Response:
    take_turn(request)
    state, browser, nonce, verifier = (desk.tokens() for _ in range(4))
    asked = request.query_params
    going = Going(
        browser=sessions.hashed(browser).hex(),
        nonce=nonce,
        verifier=verifier,
        next_path=local_path(asked.get("next")),
        step_up="step_up" in asked,
    )
    try:
        url = provider.way_in(state=state, nonce=nonce, verifier=verifier, step_up=going.step_up)
    except ProviderAway as wrong:
        return _away(wrong, going.next_path)
    with desk.ledger.write(desk.clock()) as writing:
        one_time.make(writing, state, going, desk.real())
    response = Response(status_code=303, headers={"Location": url})
    age_s = int(one_time.LASTS.total_seconds())
    response.set_cookie(COOKIE, browser, max_age=age_s, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _back(desk: Desk, provider: Provider, request: Request) -> Response:
    take_turn(request, "way_back")
    now, asked = desk.real(), request.query_params
    with desk.ledger.write(desk.clock()) as writing:
        going = one_time.spend(writing, asked.get("state", ""), now, Going)
    if going is None or not hmac.compare_digest(going.browser, sessions.hashed(request.cookies.get(COOKIE, "")).hex()):
        return told(400, "This sign-in is over", "It was begun elsewhere, is spent, or is older than 10 minutes. Sign in again.")
    if asked.get("iss") not in {None, provider.oidc.issuer} or "code" not in asked:
        return told(403, "Not signed in", "The identity provider did not sign you in. Try again.", next_path=going.next_path)
    try:
        person = provider.person(asked["code"], verifier=going.verifier, nonce=going.nonce, now=now)
    except ProviderAway as wrong:
        return _away(wrong, going.next_path)
    except Untrue as wrong:
        _log.warning("sign_in_untrue", because=str(wrong), request_id=request.state.request_id)
        return told(403, "Not signed in", "What the identity provider said is not true for us. Try again.", next_path=going.next_path)
    with desk.ledger.write(desk.clock()) as writing:
        theirs = sessions.Provider(provider.oidc.issuer, person.sub, person.sid)
        token = enter(writing, request, person.officer_id, strong_at=_strong_at(provider, person), provider=theirs)
        if token is None:
            refused(writing, request, person.officer_id)
            return told(403, "No entry", "You are known to the identity provider and not to Vigil, or have no role any more.")
    return gone_to(going.next_path, token)


def _strong_at(provider: Provider, person: Person) -> datetime | None:
    """When they last proved who they are, as strongly as is asked for. One who was let through on an old proof is signed in only."""
    wanted = provider.oidc.step_up_acr
    return None if wanted and person.acr not in wanted else person.auth_at


def _logout(desk: Desk, provider: Provider, text: str) -> int:
    now = desk.real()
    try:
        said = provider.logout(text, now)
    except ProviderAway:
        raise later("starting", "The identity provider's keys cannot be had now. Send it again.", 5) from None
    except Untrue as wrong:
        _log.warning("logout_untrue", because=str(wrong))
        raise Problem("malformed", "Expected logout_token with a logout token of our identity provider.") from None
    with desk.ledger.write(desk.clock()) as writing:
        if one_time.heard_before(writing, f"logout {provider.oidc.issuer} {said.jti}", now, 2 * LOGOUT_LASTS):
            raise Problem("malformed", "This logout token was heard before.")
        ended = sessions.end_of(writing, provider.oidc.issuer, sub=said.sub, sid=said.sid, now=now)
    desk.wake()
    return ended


def _away(wrong: ProviderAway, next_path: str) -> Response:
    _log.error("identity_provider_away", because=str(wrong))
    text = "The identity provider does not answer. Whoever is signed in stays so. Try again in a minute."
    response = told(503, "Signing in is not possible now", text, next_path=next_path)
    response.headers["Retry-After"] = "60"
    return response
