"""A client that begins a body and then waits is given up, and nothing of it is kept."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from schemas.problems import Problem
from streams.embedded.http_intake import _body


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    sent = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        first = next(sent, None)
        if first is None:
            await asyncio.Event().wait()
        return first or {}

    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)

    with pytest.raises(Problem, match="did not arrive whole"):
        asyncio.run(_body(request, within_s=0.05))
