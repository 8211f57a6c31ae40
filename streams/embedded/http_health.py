"""`/health/live`, `/health/ready` and `/metrics`: whether the process turns, whether it takes events, and its numbers (console.md 1.7).

Answers whoever can reach the address, which is the loopback alone. Tells nothing of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Response

from streams.embedded.metrics import MEDIA_TYPE, Metrics

Word = Literal["pass", "warn", "fail"]


class Health(NamedTuple):
    """Whether events are taken, and each part by name."""

    ready: bool
    checks: Mapping[str, Word]


def routes(look: Callable[[], Health], metrics: Metrics) -> APIRouter:
    """The three routes. `look` is asked at each call."""
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> Response:
        return _json(200, {"status": "pass"})

    @router.get("/health/ready")
    async def ready() -> Response:
        health = look()
        status: Word = "fail" if not health.ready else "warn" if set(health.checks.values()) != {"pass"} else "pass"
        return _json(200 if health.ready else 503, {"status": status, "checks": dict(health.checks)})

    @router.get("/metrics")
    async def numbers() -> Response:
        return Response(metrics.text(), headers={"Content-Type": MEDIA_TYPE})

    return router


def _json(status: int, said: dict[str, object]) -> Response:
    headers = {} if status == 200 else {"Retry-After": "1"}  # noqa: PLR2004  the status that it is
    return Response(msgspec.json.encode(said), status, headers, "application/json")
