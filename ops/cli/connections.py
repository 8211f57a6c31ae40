"""How many connections the web server holds, and how long it waits for a request: clients that say nothing must not hold the service.

Up to `most` everybody is served. Beyond it a request is refused as a problem that says when to come again; far beyond it a
connection is cut, for files and the store need room too. Not how long a body may take (the intake says) nor how fast a client
may send. Called by `ops.cli.serving`.
"""

from __future__ import annotations

import asyncio
import resource
import secrets
from collections.abc import Callable
from typing import NamedTuple

import h11
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from schemas.problems import MEDIA_TYPE, Problem, body, later

MOST = 2000
"""Several times the feeds and officers of a force. Fewer where the machine lets a process open fewer files."""
SHARE_OF_FILES = 3
REQUEST_WITHIN_S = 20.0
"""From the first moment, or from the last answer, until a request's headers are whole."""
TAKEN_WITHIN_S = 60.0
"""Until a client takes some more of an answer that waits for it: one that reads nothing would hold its place for ever."""
RETRY_S = 5
HEALTH = "/health/"
MOST_BEFORE_A_BODY_BYTES = 64 * 1024
FREE_CHUNKS = 1_000
LEAST_OF_A_CHUNK_BYTES = 16
"""On average, of a body in more chunks than the free ones. Each costs the loop as much as a whole request: crumbs would hold it up."""


class Limits(NamedTuple):
    """`most`: connections that are served; half as many again are answered that there are too many."""

    most: int
    request_within_s: float = REQUEST_WITHIN_S
    taken_within_s: float = TAKEN_WITHIN_S

    @property
    def most_open(self) -> int:
        """Connections beyond it are cut."""
        return self.most + self.most // 2


def usual() -> Limits:
    """What fits the machine."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limits(MOST if files == resource.RLIM_INFINITY else max(1, min(MOST, files // SHARE_OF_FILES)))


class Whole(h11.Connection):
    """HTTP as it is read, but for a body in crumbs, which is none."""

    _chunks = _bytes = 0

    def next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        """See `h11.Connection`."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._bytes += len(event.data)
            if self._chunks > FREE_CHUNKS and self._bytes < LEAST_OF_A_CHUNK_BYTES * self._chunks:
                raise h11.RemoteProtocolError("a body in crumbs")
        return event


class Guarded(H11Protocol):
    """One connection of the web server, which ends when no request comes of it, or nobody takes the answer."""

    limits = Limits(MOST)
    _until: asyncio.TimerHandle | None = None
    _taken_until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the server's own
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self.conn = Whole(h11.SERVER, MOST_BEFORE_A_BODY_BYTES)
        if len(self.connections) > self.limits.most_open:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`. A first byte is no request yet."""
        super().data_received(data)
        if self._asked():
            self._rest()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP. Where the answer has begun or is given (401 before the body), there is only the end left to say it with."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """The next request may follow, and may be there already."""
        super().on_response_complete()
        if not self._asked():
            self._wait()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`. What was said waits to be taken."""
        super().pause_writing()
        self._taken_until = self.loop.call_later(self.limits.taken_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._taken()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._rest()
        self._taken()
        super().connection_lost(exc)

    def _asked(self) -> bool:
        """Whether a request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        if self._until is None:
            self._until = self.loop.call_later(self.limits.request_within_s, self.transport.close)

    def _taken(self) -> None:
        if self._taken_until is not None:
            self._taken_until.cancel()
            self._taken_until = None

    def _rest(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None


class Crowd:
    """The application, for as many as are served. Whoever watches whether we live is always answered."""

    def __init__(self, app: ASGIApp, limits: Limits, connections: Callable[[], int]) -> None:
        self._app = app
        self._limits = limits
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        problem = self._wrong(scope)
        if problem is None:
            await self._app(scope, receive, send)
            return
        request_id = f"rq_{secrets.token_hex(8)}"
        headers = {**problem.headers, "Connection": "close", "X-Request-Id": request_id, "Cache-Control": "no-store"}
        said = body(problem, instance=scope["path"], request_id=request_id)
        await Response(said, problem.status, headers, MEDIA_TYPE)(scope, receive, send)

    def _wrong(self, scope: Scope) -> Problem | None:
        if scope["type"] != "http":
            return None
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
            # a proxy that goes by the other of the two would take the end of this body for somebody else's request (RFC 9112, 6.1)
            return Problem("malformed", "The body's length is said in two ways. Nothing was kept: say it in one.")
        if self._connections() <= self._limits.most or scope["path"].startswith(HEALTH):
            return None
        return later("not_durable", "Too many connections are open. Nothing of this was kept: send the same again.", RETRY_S)
