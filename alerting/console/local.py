"""Signing in to the embedded default: a one-time link that `vigil run` prints, and a choice of the officers in the directory.

The link opens a page with a button; only the button spends it. Without an identity provider, and so on the loopback alone:
whoever can read the terminal of `vigil run` may be any officer.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from alerting.actor import Actor, actor
from alerting.console import csrf, one_time, sessions
from alerting.console.desk import Desk
from alerting.console.entering import enter, gone_to, local_path, page, refused, take_turn, told
from alerting.console.lines import public
from alerting.console.sign_in import form
from alerting.console.signed import COOKIE
from alerting.ledger.statements import directory
from alerting.wording import ROLES

SPENT = "This link is spent, or older than 10 minutes. Ask for another: it is printed where Vigil runs."


class Link(msgspec.Struct, frozen=True, kw_only=True, tag="local"):
    """A link under way. `officer_id`: the only one it is good for, where it was asked for by somebody signed in."""

    next_path: str = "/"
    officer_id: str | None = None


class Choice(NamedTuple):
    """An officer on the page, those on duty first: whose role is a duty may do nothing at any other time."""

    off_duty: bool
    says: str
    name: str
    officer_id: str


def sign_in_link(desk: Desk, next_path: str = "/", officer_id: str | None = None) -> str:
    """A new link, good once and for 10 minutes: for the terminal, never for a log."""
    token = desk.tokens()
    with desk.ledger.write(desk.clock()) as writing:
        one_time.make(writing, token, Link(next_path=next_path, officer_id=officer_id), desk.real())
    return f"{desk.settings.origin}/sign-in/local?token={token}"


def pages(desk: Desk) -> APIRouter:
    """The link's page and its button, and the button that has another link printed."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in/local", **public())
    def local(token: str = "") -> Response:
        now = desk.clock()
        with desk.ledger.read() as connection:
            link = one_time.look(connection, token, desk.real(), Link)
            if link is None:
                return told(410, "This link is no longer good", SPENT)
            everybody = directory(connection)
        officers = [officer_id for officer_id in everybody.officers.statements if link.officer_id in {None, officer_id}]
        known = [found for officer_id in officers if (found := actor(everybody, officer_id, now)) is not None]
        return page("local.html", token=token, choices=sorted(_choice(one) for one in known))

    @router.post("/sign-in/local", **public())
    async def chosen(request: Request) -> Response:
        take_turn(request)
        csrf.check_origin(request.headers, desk.settings.origin)
        said = await form(request)
        return await run_in_threadpool(_enter, desk, request, said.get("token", ""), said.get("officer_id", ""))

    @router.post("/sign-in/link", **public())
    async def another(request: Request) -> Response:
        take_turn(request)
        csrf.check_origin(request.headers, desk.settings.origin)
        said = await form(request)
        await run_in_threadpool(_say_link, desk, request, local_path(said.get("next")))
        return told(200, "A link was printed", "Look at the terminal in which Vigil runs, and open the link that it printed last.")

    return router


def _choice(one: Actor) -> Choice:
    duties = {held.role for held in one.duty}
    says = [ROLES.get(role, role) for role in sorted({*one.roles, *duties})]
    return Choice(not duties, ", ".join((*says, one.area, *(("on duty now",) if duties else ()))), one.name, one.officer_id)


def _enter(desk: Desk, request: Request, token: str, officer_id: str) -> Response:
    with desk.ledger.write(desk.clock()) as writing:
        real = desk.real()
        link = one_time.look(writing.connection, token, real, Link)
        if link is None:
            return told(410, "This link is no longer good", SPENT)
        session = None
        if link.officer_id in {None, officer_id}:
            session = enter(writing, request, officer_id, strong_at=real, provider=None)
        if session is None:
            refused(writing, request, officer_id)
            return told(403, "No entry", "This officer is not in the directory, or has no role any more. Choose another.")
        one_time.spend(writing, token, real, Link)
    return gone_to(link.next_path, session)


def _say_link(desk: Desk, request: Request, next_path: str) -> None:
    """For somebody who is signed in, a link for them alone: it is their step-up."""
    token = request.cookies.get(COOKIE)
    with desk.ledger.read() as connection:
        session = None if token is None else sessions.find(connection, token, desk.real())
    desk.say(sign_in_link(desk, next_path, None if session is None else session.officer_id))
