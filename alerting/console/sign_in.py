"""`/sign-in`, `/sign-out` and `/api/v1/session`: where signing in begins and ends, and who one is meanwhile (console 2.1).

Signing in itself is `alerting.console.oidc` where there is an identity provider, else `alerting.console.local`. The page is
the same whatever was asked for, so that a link to an alert says nothing to whoever is signed out.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from alerting.console import csrf, sessions
from alerting.console.answering import plain
from alerting.console.bodies import read
from alerting.console.commanding import Answer, Asked, Nothing, command, no_subject
from alerting.console.desk import Desk
from alerting.console.entering import gone_to, local_path, page
from alerting.console.lines import SIGNED_IN, public, signed_in
from alerting.console.signed import Signed, SignedIn, SignedQuietly
from alerting.ledger.store import Writing
from schemas.fields import instant_text
from schemas.problems import Problem

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_BYTES = 8 * 1024


def pages(desk: Desk) -> APIRouter:
    """The pages: no part of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in", **public())
    def sign_in_page(request: Request) -> Response:
        asked = request.query_params
        return page(
            "sign_in.html",
            next=local_path(asked.get("next")),
            step_up="step_up" in asked,
            provider=desk.settings.oidc is not None,
        )

    @router.post("/sign-out", **signed_in())
    async def sign_out(request: Request, signed: Signed) -> Response:
        said = await form(request)
        csrf.check(request.headers, said.get(csrf.FIELD), token=signed.session.csrf, origin=desk.settings.origin)
        await run_in_threadpool(_end, desk, signed)
        return gone_to("/sign-in")

    return router


def routes(desk: Desk) -> APIRouter:
    """The session over the API."""
    router = APIRouter()

    @router.get("/session", **signed_in())
    def session(signed: SignedQuietly) -> Response:
        """Who is signed in, until when, and the token that every command must carry."""
        return plain(_said(signed))

    @command(desk, router, "/session", right=SIGNED_IN, body=Nothing, find=no_subject, method="DELETE")
    def sign_out(writing: Writing, asked: Asked[Nothing, None]) -> Answer:
        """Sign out. The streams of this session end within 5 s."""
        sessions.end(writing, asked.signed.session.token_hash)
        gone = gone_to("/")
        return Answer({"signed_out": True}, headers={"Set-Cookie": gone.headers["set-cookie"]})

    return router


async def form(request: Request) -> dict[str, str]:
    """A form's fields, the first of each name. Raises 415, 413, 400."""
    sent = await read(request, MOST_BYTES)
    if sent.media_type != FORM_TYPE:
        raise Problem("unsupported_media_type", f"Expected Content-Type: {FORM_TYPE}.", headers={"Accept-Post": FORM_TYPE})
    if sent.too_large:
        raise Problem("too_large", f"Expected at most {MOST_BYTES} bytes.", more={"max_bytes": MOST_BYTES})
    try:
        fields = parse_qs(sent.raw.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise Problem("malformed", "Expected the fields of a form, in UTF-8.") from None
    said = {name: values[0] for name, values in fields.items()}
    if any("\0" in value for value in said.values()):
        raise Problem("malformed", "Expected fields without a NUL character.")
    return said


def _said(signed: SignedIn) -> dict[str, object]:
    session, actor = signed
    return {
        "officer_id": actor.officer_id,
        "name": actor.name,
        "organisation": actor.organisation,
        "area": actor.area,
        "areas": list(actor.areas),
        "roles": sorted(actor.acting_roles),
        "duty": [{"role": duty.role, "area": duty.area, "until_at": instant_text(duty.until_at)} for duty in actor.duty],
        "csrf_token": session.csrf,
        "began_at": instant_text(session.began_at),
        "ends_at": instant_text(session.ends_at),
        "idle_ends_at": instant_text(session.idle_ends_at),
        "step_up_until_at": None if session.strong_at is None else instant_text(session.strong_at + sessions.FRESH),
    }


def _end(desk: Desk, signed: SignedIn) -> None:
    with desk.ledger.write(desk.clock()) as writing:
        sessions.end(writing, signed.session.token_hash)
    desk.wake()
