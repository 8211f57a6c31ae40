"""`POST /api/v1/events`, `/events/check` and `/messages`: a feed client's lines in, one result a line out (console.md 1.3).

The order of checks is fixed: who, what type, how large, how fast, and only then what it says. Decoding runs in a thread, so
that the loop turns; 202 means durable. Not the acceptor (that keeps and stamps) and not the adapters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from types import MappingProxyType

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from schemas.fields import instant_text
from schemas.problems import KINDS, Code, Problem, later
from streams.embedded.acceptance import Acceptor, NotDurable, Outcome, Receipt, Result, Unread
from streams.embedded.clock import Clock
from streams.embedded.http_sender import Sender, Senders
from streams.embedded.metrics import Metrics
from streams.embedded.pace import Pace
from streams.intake import media
from streams.intake.messages import read as read_message
from streams.intake.messages import wanted

STARTING_RETRY_S = 1
BODY_WITHIN_S = 60.0
"""A client that begins a body and then waits is not waited for longer."""
NOT_DURABLE_RETRY_S = 5
_LINE = {"x-right": "events.send"}
"""The line of the permission table, for the document of the API: a feed client's own sources."""
_CODES: dict[str, Code] = {code: code for code in KINDS}


class Intake:
    """The routes. `acceptor` gives None while the service is starting; `seconds`: a clock that never goes back.

    `formats`: which format each source's messages are in, where its sender does not say.
    """

    def __init__(
        self,
        acceptor: Callable[[], Acceptor | None],
        senders: Senders,
        clock: Clock,
        metrics: Metrics,
        seconds: Callable[[], float] = monotonic,
        formats: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._formats = formats
        self._acceptor = acceptor
        self._senders = senders
        self._clock = clock
        self._metrics = metrics
        self._pace = Pace()
        self._seconds = seconds
        self.router = APIRouter(prefix="/api/v1")
        self.router.add_api_route("/events", self.events, methods=["POST"], status_code=202, openapi_extra=_LINE)
        self.router.add_api_route("/messages", self.messages, methods=["POST"], status_code=202, openapi_extra=_LINE)
        self.router.add_api_route("/events/check", self.check, methods=["POST"], openapi_extra=_LINE)

    async def events(self, request: Request) -> Response:
        """Take events."""
        sender, acceptor = await self._senders.of(request), self._ready()
        return await self._take(acceptor, sender, await self._posted(request, sender))

    async def messages(self, request: Request) -> Response:
        """Take a feed's own format, through its adapter."""
        sender, acceptor = await self._senders.of(request), self._ready()
        what = wanted(request.query_params.multi_items(), self._formats)
        if not sender.client.may_send(what.source):
            raise Problem("source_not_yours", f"{what.source} is not a source that this key is for. Nothing was kept.")
        headers = dict(request.headers)
        media.encoding_of(headers)
        body = await _body(request)
        posted = await run_in_threadpool(read_message, headers, body, what)
        self._count(sender, posted)
        return await self._take(acceptor, sender, posted)

    async def check(self, request: Request) -> Response:
        """Judge the form, and keep nothing."""
        sender, acceptor = await self._senders.of(request), self._ready()
        posted = await self._posted(request, sender)
        results = await run_in_threadpool(acceptor.check, _lines(posted), sender.client)
        if posted.alone:
            _refuse(results[0])
        return _json(200, {"counts": _counts(results), "results": [_result(one) for one in results]})

    async def _take(self, acceptor: Acceptor, sender: Sender, posted: media.Posted) -> Response:
        try:
            receipt = await run_in_threadpool(acceptor.accept, _lines(posted), sender.client, self._clock.now())
        except NotDurable:
            self._metrics.not_durable.inc(len(posted.lines))
            raise later("not_durable", "Nothing of this was kept. Send all of it again.", NOT_DURABLE_RETRY_S) from None
        self._metrics.received(receipt)
        if posted.alone:
            _refuse(receipt.results[0])
        return _json(202, _said(receipt))

    def _ready(self) -> Acceptor:
        acceptor = self._acceptor()
        if acceptor is None:
            raise later("starting", "Vigil is starting, and has kept nothing of this. Send it again.", STARTING_RETRY_S)
        return acceptor

    async def _posted(self, request: Request, sender: Sender) -> media.Posted:
        headers = dict(request.headers)
        media.form_of(headers)
        body = await _body(request)
        posted = await run_in_threadpool(media.read, headers, body)
        self._count(sender, posted)
        return posted

    def _count(self, sender: Sender, posted: media.Posted) -> None:
        """Against the sender's rate."""
        wait_s = self._pace.wait_s(sender.id, sender.rate_events_s, len(posted.lines), self._seconds())
        if wait_s:
            detail = f"This key may send {sender.rate_events_s:g} events a second. Nothing was kept: send the same again in {wait_s} s."
            raise later("too_many", detail, wait_s)


async def _body(request: Request, within_s: float = BODY_WITHIN_S) -> bytes:
    """The body as it was sent; given up as soon as it is too large, or when it does not come."""
    try:
        async with asyncio.timeout(within_s):
            return await _pieces(request)
    except TimeoutError:
        detail = f"The body did not arrive whole within {within_s:g} s. Nothing of it was kept: send it again."
        raise Problem("malformed", detail) from None


async def _pieces(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > media.MAX_BODY_BYTES:
        raise media.too_large()
    pieces: list[bytes] = []
    size_bytes = 0
    async for piece in request.stream():
        size_bytes += len(piece)
        if size_bytes > media.MAX_BODY_BYTES:
            raise media.too_large()
        pieces.append(piece)
    return b"".join(pieces)


def _lines(posted: media.Posted) -> list[bytes | Unread]:
    return [Unread(*one) if isinstance(one, media.Unread) else one for one in posted.lines]


def _refuse(one: Result) -> None:
    """One event alone is answered by its own status: raise it where that is not 202."""
    if one.result in {"accepted", "duplicate"}:
        return
    code = _CODES.get(one.code or "", "invalid")
    kept = {} if one.quarantine_id is None else {"quarantine_id": one.quarantine_id}
    wrong = "; ".join(f"{error.pointer or '/'} {error.reason}, expected {error.expected}" for error in one.errors)
    aside = "The event was set aside, whole. " if kept else "Nothing was kept. "
    raise Problem(code, f"{aside}{wrong[:1].upper()}{wrong[1:]}.", errors=one.errors, more=kept)


def _said(receipt: Receipt) -> dict[str, object]:
    return {
        "receipt": receipt.receipt,
        "received_at": instant_text(receipt.received_at),
        "counts": receipt.counts(),
        "results": [_result(one) for one in receipt.results],
    }


def _counts(results: tuple[Result, ...]) -> dict[Outcome, int]:
    found: dict[Outcome, int] = {"accepted": 0, "duplicate": 0, "set_aside": 0, "refused": 0}
    for one in results:
        found[one.result] += 1
    return found


def _result(one: Result) -> dict[str, object]:
    said: dict[str, object] = {"line": one.line, "source": one.source, "id": one.id, "result": one.result}
    if one.code is not None:
        said["code"] = one.code
        if one.quarantine_id is not None:
            said["quarantine_id"] = one.quarantine_id
        said["errors"] = [error._asdict() for error in one.errors]
    if one.flagged:
        said["flagged"] = [flag._asdict() for flag in one.flagged]
    return said


def _json(status: int, said: dict[str, object]) -> Response:
    return Response(msgspec.json.encode(said), status, media_type="application/json")
