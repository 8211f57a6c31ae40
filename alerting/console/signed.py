"""Who asks: the session of the cookie, and what its officer may do now. `Signed` in a route's signature is all that it needs.

A request with `Authorization` never uses a cookie. No session is 401 with where to sign in. Not the rights themselves
(`alerting.rights`) and not the sessions (`alerting.console.sessions`).
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from alerting.actor import Actor, actor
from alerting.console import sessions
from alerting.console.desk import Desk
from alerting.console.limits import Kind
from alerting.console.sessions import SEEN_EVERY, Session
from alerting.ledger.statements import directory
from schemas.problems import Problem

COOKIE = "__Host-vigil"
SIGN_IN_URL = "/sign-in"


class SignedIn(NamedTuple):
    """A session, and its officer as of this instant: roles, areas, rota."""

    session: Session
    actor: Actor


def desk_of(request: Request) -> Desk:
    """The desk that this application was made with."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise TypeError(f"{type(desk).__name__}, expected a Desk: the application was made without one")
    return desk


def route_of(request: Request) -> str:
    """The route's pattern, never the path itself: a path may name a person."""
    return f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"


def signed_in_quietly(request: Request) -> SignedIn:
    """For what asks by itself, as the stream and polling do: being asked is no use of the session. Raises `not_signed_in`."""
    desk = desk_of(request)
    token = None if "authorization" in request.headers else request.cookies.get(COOKIE)
    if token is None:
        raise not_signed_in()
    now = desk.clock()
    with desk.ledger.read() as connection:
        session = sessions.find(connection, token, desk.real())
        who = None if session is None else actor(directory(connection), session.officer_id, now)
    if session is None or who is None:
        raise not_signed_in()
    return SignedIn(session, who)


def signed_in(request: Request) -> SignedIn:
    """For what a person does. Raises `not_signed_in`."""
    signed = signed_in_quietly(request)
    desk = desk_of(request)
    real = desk.real()
    if not signed.session.seen_at <= real < signed.session.seen_at + SEEN_EVERY:  # also where the clock has gone back
        try:
            with desk.ledger.write(desk.clock()) as writing:
                sessions.seen(writing, signed.session, real)
        except (SQLAlchemyError, OSError):
            return signed  # it was used and that is not written down: at worst the session ends early
    return signed


Signed = Annotated[SignedIn, Depends(signed_in)]
SignedQuietly = Annotated[SignedIn, Depends(signed_in_quietly)]


class Rate:
    """A dependency: one more of this kind from this session."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def __call__(self, request: Request, signed: SignedQuietly) -> None:
        """Raises `too_many`."""
        desk = desk_of(request)
        desk.limits.take(self._kind, signed.session.name, desk.real())


def not_signed_in() -> Problem:
    """401, and where to sign in."""
    return Problem("not_signed_in", "There is no session, or it has ended. Sign in.", more={"sign_in_url": SIGN_IN_URL})


def step_up_needed() -> Problem:
    """403: what needs a fresh sign-in, and where to make one."""
    url = f"{SIGN_IN_URL}?step_up=1"
    return Problem("step_up_needed", "This needs a sign-in less than 10 minutes old. Sign in again.", more={"sign_in_url": url})
