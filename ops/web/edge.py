"""What holds for every answer over HTTP, whatever it is about: who may be called by which name, ids, refusals as problems.

Answers to the hosts it is told and no other, so that no page on the web can reach a loopback address through its visitor's
browser. Puts the headers of console.md 1.1 and 2.1 on everything, and turns what goes wrong into RFC 9457. Plain ASGI: it
wraps the whole application, and knows no route. Used by `vigil run`, `vigil console` and `vigil intake`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from time import perf_counter
from urllib.parse import parse_qsl

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.problems import MEDIA_TYPE, Code, Problem, body, later
from schemas.refusal import FieldError, pointer, words

HERE = frozenset({"127.0.0.1", "localhost"})
"""The names of a service that listens on the loopback address only."""
Answered = Callable[[str, str, int, float], None]
"""Method, route, status, seconds."""

_log = structlog.get_logger("http")
_OF_STATUS: dict[int, Code] = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
_UNKNOWN_ROUTE = "none"
CURSOR = "cursor"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_A_YEAR_S = 31_536_000
_AGAIN_S = 5


class Edge:
    """The application with its edge around it. `tls`: browsers reach it by https alone, and are told to stay with that."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] = HERE, answered: Answered | None = None, tls: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._answered = answered
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = perf_counter()
        status = 0
        request_id = f"rq_{secrets.token_hex(8)}"
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(request_id=request_id, nonce=nonce)
        own = self._headers(request_id, nonce)

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        try:
            problem = self._refused(scope)
            if problem is None:
                await self._app(scope, receive, with_headers)
            else:
                await answer(Request(scope), problem)(scope, receive, with_headers)
        except Exception:
            if not status:  # else `on_our_fault` has answered and written it down; the framework raises it once more
                raise
        finally:
            if self._answered is not None and status:
                self._answered(scope["method"], _route(scope), status, perf_counter() - began_s)

    def _refused(self, scope: Scope) -> Problem | None:
        """What no route need look at."""
        if _host(scope) not in self._hosts:
            return Problem("not_allowed", f"This service answers only to the host {' or '.join(sorted(self._hosts))}.")
        if "\0" in scope["path"]:
            return Problem("not_found", "There is nothing here that is yours to see.")
        if b"%00" in scope["query_string"]:
            asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            named = dict.fromkeys(name for name, value in asked if "\0" in name + value and name != CURSOR)  # whose seal refuses it
            return (
                _invalid(tuple(FieldError(pointer(("query", name)), "holds a NUL character", "text") for name in named)) if named else None
            )
        return None

    def _headers(self, request_id: str, nonce: str) -> list[tuple[bytes, bytes]]:
        said = {
            "x-request-id": request_id,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "content-security-policy": _POLICY.format(nonce=nonce),
        }
        if self._tls:
            said["strict-transport-security"] = f"max-age={_A_YEAR_S}"
        return [(name.encode(), value.encode()) for name, value in said.items()]


def answer(request: Request, problem: Problem) -> Response:
    """A problem as an answer."""
    said = body(problem, instance=request.url.path, request_id=request.state.request_id)
    return Response(said, problem.status, dict(problem.headers), MEDIA_TYPE)


async def on_problem(request: Request, problem: Exception) -> Response:
    """A refusal of ours."""
    if not isinstance(problem, Problem):
        raise TypeError(f"{type(problem).__name__}, expected a Problem")
    return answer(request, problem)


async def on_http_exception(request: Request, wrong: Exception) -> Response:
    """What the framework refuses: no such route, no such method."""
    if not isinstance(wrong, HTTPException):
        raise TypeError(f"{type(wrong).__name__}, expected an HTTPException")
    code = _OF_STATUS.get(wrong.status_code, "malformed")
    allowed = {"Allow": ", ".join(_methods(request))} if code == "method_not_allowed" else {}
    return answer(request, Problem(code, f"{request.method} {wrong.detail}.", headers={**(wrong.headers or {}), **allowed}))


async def on_invalid(request: Request, wrong: Exception) -> Response:
    """A parameter of the query or the path that is not as it must be. What was sent is not said back."""
    if not isinstance(wrong, RequestValidationError):
        raise TypeError(f"{type(wrong).__name__}, expected a RequestValidationError")
    errors = tuple(FieldError(pointer(error["loc"]), *words(error)) for error in wrong.errors())
    return answer(request, _invalid(errors))


def _invalid(errors: tuple[FieldError, ...]) -> Problem:
    return Problem("invalid", "; ".join(f"{e.pointer} {e.reason}, expected {e.expected}" for e in errors) + ".", errors=errors)


async def on_ledger_away(request: Request, wrong: Exception) -> Response:
    """The database does not answer: nothing is shown and nothing was kept."""
    _log.error("ledger_away", request_id=request.state.request_id, route=_route(request.scope), error=type(wrong).__name__)
    return answer(request, later("not_durable", "The ledger does not answer. Nothing was kept: send the same again.", _AGAIN_S))


async def on_cut_off(request: Request, _cut_off: Exception) -> Response:
    """The sender went away in the middle: nothing was kept, nobody is there to be told, and it is no fault of ours."""
    return answer(request, Problem("malformed", "The body was cut off. Nothing was kept."))


async def on_our_fault(request: Request, wrong: Exception) -> Response:
    """We failed. Where is written down; what the event said is not."""
    frame = wrong.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
    _log.error("request_failed", request_id=request.state.request_id, route=_route(request.scope), error=type(wrong).__name__, where=where)
    return answer(request, Problem("our_fault", "The request was not served. Send it again; whoever runs Vigil has been told."))


def _host(scope: Scope) -> str:
    said = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    return said.rsplit(":", 1)[0].lower() if said.rsplit(":", 1)[-1].isdigit() else said.lower()


def _methods(request: Request) -> list[str]:
    """All that the path answers to: the framework knows those of one route, and a path may have several."""
    routes = request.app.routes
    return [method for method in _METHODS if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)]


def _route(scope: Scope) -> str:
    """The route's pattern, never the path itself: a path may name an alert."""
    return getattr(scope.get("route"), "path", _UNKNOWN_ROUTE)
