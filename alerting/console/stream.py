"""`GET /stream`: one long answer that says what has changed, and beats every 5 s so that silence is known for what it is (console 1.6).

Says that something changed, never what it says: the page fetches the alert, with the right and the reading log of that request.
Every look at the ledger happens in a thread; a look that fails is a beat that is not sent, so a page never believes what is
not so. Ends within 5 s of sign-out, of another role or shift, and of the server's own end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

import msgspec
import structlog
from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive, Scope, Send

from alerting.console.desk import Desk
from alerting.console.few_threads import FewThreads
from alerting.console.filters import OneOrMore
from alerting.console.lines import line
from alerting.console.signed import SignedQuietly
from alerting.console.watching import BEAT, Topic, Watched, Watcher
from schemas.fields import Word
from schemas.problems import Problem

LOOKS_EVERY = timedelta(seconds=2)
"""How soon an ended session is noticed."""
BREATH = timedelta(milliseconds=200)
"""Between two looks: in a storm many changes are said together."""
RETRY = timedelta(seconds=1)
RETRY_MS = 1_000
MOST_AT_ONCE = 4
"""Threads of the streams' own: a command never waits behind them."""
LARGEST = 2**63 - 1
MEDIA_TYPE = "text/event-stream"
_log = structlog.get_logger("stream")


class Wanted(BaseModel):
    """The query."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: OneOrMore[Topic] = ("alerts", "feeds", "system")
    area: Word | None = None
    purpose: Literal["wall", "page"] = "page"
    after: Annotated[int, Field(ge=0, le=LARGEST)] | None = None


def routes(desk: Desk) -> APIRouter:
    """The one route."""
    router = APIRouter()
    threads = FewThreads(MOST_AT_ONCE)

    @router.get("/stream", **line("alert.read", rate=None))
    async def stream(request: Request, signed: SignedQuietly, wanted: Annotated[Wanted, Query()]) -> Response:
        """The live stream. Resumes after `Last-Event-ID`, else `after`, else begins now."""
        last = request.headers.get("last-event-id")
        after = wanted.after if not last else last_event_id(last)
        who = signed.session.name
        watched = Watched(frozenset(wanted.topics), wanted.area, wanted.purpose == "wall")
        await to_thread.run_sync(desk.limits.opened, who)
        return _Held(events(desk, Watcher(desk, signed, watched), threads, after), lambda: desk.limits.closed(who))

    return router


def last_event_id(said: str) -> int:
    """The number that a browser gives back. Raises `malformed`."""
    if not said.isascii() or not said.isdecimal() or len(said) > len(str(LARGEST)) or int(said) > LARGEST:
        raise Problem("malformed", "Expected in Last-Event-ID the id of an event of this stream, a whole number.")
    return int(said)


class _Held(StreamingResponse):
    """Counted against its session until it ends, also where it ends before its first byte."""

    def __init__(self, said: AsyncIterator[bytes], release: Callable[[], None]) -> None:
        super().__init__(said, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer, and the place given back."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


async def events(desk: Desk, watcher: Watcher, threads: FewThreads, after: int | None) -> AsyncIterator[bytes]:
    """The stream as bytes. Its time is the loop's own: a beat is real time, whatever the desk's clock says."""
    loop = asyncio.get_running_loop()
    next_beat_s = loop.time()
    greeted = False
    yield b": open\n\n"
    try:
        while not desk.live.closing:
            try:
                found = await threads(partial(watcher.look, after, beats=loop.time() >= next_beat_s))
            except SQLAlchemyError as wrong:
                _log.warning("stream_waits_for_the_ledger", error=type(wrong).__name__)
                await desk.live.beyond(LARGEST, RETRY)
                continue
            if found.bye is not None:
                yield event("stream.bye", {"reason": found.bye, "retry_ms": RETRY_MS})
                return
            if not greeted:
                greeted = True
                yield event("stream.hello", watcher.hello(found.heard_to if after is None else after))
            for said in found.lines:
                yield event(said.event, said.data, said.seq)
            after = found.heard_to
            if found.beat is not None:
                yield event("stream.beat", found.beat)
                next_beat_s = loop.time() + BEAT.total_seconds()
            if not found.more:
                await asyncio.sleep(BREATH.total_seconds())
                left_s = max(0.0, next_beat_s - loop.time())
                await desk.live.beyond(after, min(timedelta(seconds=left_s), LOOKS_EVERY))
        yield event("stream.bye", {"reason": "restart", "retry_ms": RETRY_MS})
    finally:
        watcher.close()


def event(name: str, data: Mapping[str, object], seq: int | None = None) -> bytes:
    """One event on the wire. JSON has no bare line end, so one `data:` line holds it."""
    number = b"" if seq is None else b"id: %d\n" % seq
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), number, msgspec.json.encode(data))
