"""The last step of every sign-in: a new session for a known officer, and the cookie; or the refusal, written down.

Called by `alerting.console.local` and `alerting.console.oidc` once they know who it is.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerting.actor import actor
from alerting.console import sessions
from alerting.console.limits import Kind
from alerting.console.sessions import IN_ALL, Provider
from alerting.console.signed import COOKIE, desk_of, route_of
from alerting.ledger import readings
from alerting.ledger.statements import directory
from alerting.ledger.store import Writing

_LONGEST_PATH = 500
_LONGEST_ID = 200
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page(name: str, status: int = 200, **said: object) -> Response:
    """A page of signing in."""
    return Response(_TEMPLATES.get_template(name).render(**said), status, media_type="text/html")


def told(status: int, heading: str, text: str, *, next_path: str = "/") -> Response:
    """A page that says one thing, with a way back to signing in."""
    return page("told.html", status, heading=heading, text=text, next=next_path)


def local_path(said: str | None) -> str:
    """Where to go afterwards: a path of ours, whatever was asked for. In ASCII, or no header could say it."""
    path = said or "/"
    ours = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isascii() and path.isprintable() and len(path) <= _LONGEST_PATH
    return path if ours else "/"


def take_turn(request: Request, kind: Kind = "sign_in") -> None:
    """One try to sign in from this address. Raises `too_many`."""
    desk = desk_of(request)
    desk.limits.take(kind, request.client.host if request.client else "", desk.real())


def enter(writing: Writing, request: Request, officer_id: str, *, strong_at: datetime | None, provider: Provider | None) -> str | None:
    """A session for the officer, and its token; the one that this browser had is over. None: the directory knows no such officer.

    Signing in again as the same officer keeps the token of forms, so that what is typed in another tab can still be sent.
    """
    desk = desk_of(request)
    if actor(directory(writing.connection), officer_id, writing.now) is None:
        return None
    before = request.cookies.get(COOKIE)
    old = None if before is None else sessions.find(writing.connection, before, desk.real())
    if old is not None:
        sessions.end(writing, old.token_hash, "signed_in_again")
    csrf = old.csrf if old is not None and old.officer_id == officer_id else desk.tokens()
    token = desk.tokens()
    sessions.begin(writing, token, officer_id, csrf=csrf, strong_at=strong_at, provider=provider, now=desk.real())
    return token


def refused(writing: Writing, request: Request, officer_id: str) -> None:
    """Somebody whom the directory does not know, or who has no role any more, tried to come in."""
    row = readings.Reading(
        kind="denial",
        officer_id=officer_id[:_LONGEST_ID],
        role="",
        purpose="sign_in",
        reason="not an active officer",
        subject_ids=(),
        fields=(),
        route=route_of(request),
        request_id=request.state.request_id,
    )
    readings.write(writing, row)


def gone_to(path: str, token: str | None = None) -> Response:
    """A redirect after a form, with the new session's cookie; without a token, with none any more."""
    response = Response(status_code=303, headers={"Location": path})
    if token is None:
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    else:
        age_s = int(IN_ALL.total_seconds())
        response.set_cookie(COOKIE, token, max_age=age_s, path="/", secure=True, httponly=True, samesite="lax")
    return response
