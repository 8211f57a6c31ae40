"""Answers of the identity provider, whole or not at all: within one time for all of it, and no longer than what it may be.

A provider that says a letter now and then, or never stops, must not hold whoever waits for it. Packed answers are not taken: a small
one may unpack to any size. Redirects are not followed. Used by `alerting.console.provider`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx

MOST_BYTES = 1024 * 1024


class WholeAnswers(httpx.BaseTransport):
    """The way of a client to the network. Late, too long or packed: an error of httpx, as where nobody answers."""

    def __init__(self, within: timedelta, most_bytes: int = MOST_BYTES) -> None:
        self._within_s = within.total_seconds()
        self._most_bytes = most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`. Blocks, and is called where no loop runs."""
        request.read()
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        try:
            async with asyncio.timeout(self._within_s), httpx.AsyncClient(timeout=self._within_s, follow_redirects=False) as out:
                answer = await out.send(request, stream=True)
                if "content-encoding" in answer.headers:
                    raise httpx.DecodingError("a packed answer, expected it as it is", request=request)
                body = b""
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) > self._most_bytes:
                        raise httpx.ReadError(f"an answer of over {self._most_bytes} bytes", request=request)
        except TimeoutError:
            raise httpx.ReadTimeout(f"no whole answer within {self._within_s:g} s", request=request) from None
        return httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)
