"""The line of the permission table that a route names, as what FastAPI takes with a route: `@router.get("/feeds", **line("feeds.read"))`.

It says the right in the OpenAPI document, refuses whoever has it nowhere (403, and the denial is logged), counts the request, and
refuses a parameter that was sent twice (422).
A route about one alert or person says `one=True`: there reach decides, with 404, and a role's `-` must not answer before it.
A route without a line fails the suite. Commands name theirs in `alerting.console.commanding`.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from alerting.console.answering import denied
from alerting.console.limits import Kind
from alerting.console.said_once import said_once
from alerting.console.signed import Rate, SignedQuietly
from alerting.rights import Right, reach
from schemas.problems import Problem

RIGHT = "x-right"
PUBLIC: Literal["public"] = "public"
"""The line of what holds no data: signing in, and the document of the API."""
SIGNED_IN: Literal["signed_in"] = "signed_in"
"""The line of one's own session: also of an officer who is off duty and has no role until the next shift."""


class Line(TypedDict):
    """The arguments of a route."""

    dependencies: list[Dependency]
    openapi_extra: dict[str, object]
    response_model: None


class Needs:
    """A dependency: whoever has the right nowhere is refused."""

    def __init__(self, right: Right) -> None:
        self._right = right

    def __call__(self, request: Request, signed: SignedQuietly) -> None:
        """Raises `not_allowed`."""
        if reach(signed.actor, self._right).never:
            raise denied(request, signed, (), not_allowed())


def line(right: Right, *, one: bool = False, rate: Kind | None = "list") -> Line:
    """The arguments of a route that shows something."""
    dependencies = [] if rate is None else [Depends(Rate(rate))]
    if not one:
        dependencies.append(Depends(Needs(right)))
    dependencies.append(Depends(said_once))
    return {"dependencies": dependencies, "openapi_extra": said(right), "response_model": None}


def public() -> Line:
    """The arguments of a route that anybody may call."""
    return {"dependencies": [], "openapi_extra": said(PUBLIC), "response_model": None}


def signed_in() -> Line:
    """The arguments of a route about one's own session."""
    return {"dependencies": [], "openapi_extra": said(SIGNED_IN), "response_model": None}


def said(right: Right | Literal["public", "signed_in"]) -> dict[str, object]:
    """What the OpenAPI document says of a route beside its path."""
    return {RIGHT: right}


def not_allowed() -> Problem:
    """403."""
    return Problem("not_allowed", "None of your roles may do this.")
