"""`/health/live`, `/health/ready` and `/metrics`: whether the process turns, whether it takes events, and its numbers (console.md 1.7).

That it turns and takes events is everybody's to know. Each part by name, and the numbers, go to whoever asks from this machine or
shows the token: they tell how much a force has to do, and where it is weak. Tells nothing of a person.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.problems import Problem
from streams.embedded.metrics import MEDIA_TYPE, Metrics

Word = Literal["pass", "warn", "fail"]
_PROXIES = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})
"""What a proxy says when it passes something on."""
_ASKED_BY = ["GET", "HEAD"]
"""Many balancers ask for the status alone."""


class Health(NamedTuple):
    """Whether events are taken, and each part by name."""

    ready: bool
    checks: Mapping[str, Word]


class Watchers(NamedTuple):
    """Who may know each part and the numbers. `token`: whoever shows it; empty: nobody. `anybody`: no stranger can reach the address."""

    token: str = ""
    anybody: bool = False

    def take_in(self, request: Request) -> bool:
        """Whether this one may. Behind a proxy nobody is of this machine, whoever the proxy is."""
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.anybody or (self.token and hmac.compare_digest(shown.encode(), self.token.encode())):
            return True
        return not _PROXIES.intersection(request.headers) and _loopback("" if request.client is None else request.client.host)


ANYBODY = Watchers(anybody=True)
"""Where nobody but this machine can reach the address."""


def watchers(environment: Mapping[str, str]) -> Watchers:
    """`VIGIL_METRICS_TOKEN`; and where the port is published on loopback alone, as compose does, whoever reaches it."""
    return Watchers(environment.get("VIGIL_METRICS_TOKEN", ""), environment.get("VIGIL_PUBLISHED_ON") == "loopback")


def routes(look: Callable[[], Health], metrics: Metrics, told: Watchers = ANYBODY) -> APIRouter:
    """The three routes. `look` is asked at each call."""
    router = APIRouter()

    @router.api_route("/health/live", methods=_ASKED_BY)
    async def live() -> Response:
        return _json(200, {"status": "pass"})

    @router.api_route("/health/ready", methods=_ASKED_BY)
    async def ready(request: Request) -> Response:
        health = look()
        status: Word = "fail" if not health.ready else "warn" if set(health.checks.values()) != {"pass"} else "pass"
        parts = {"checks": dict(health.checks)} if told.take_in(request) else {}
        return _json(200 if health.ready else 503, {"status": status, **parts})

    @router.get("/metrics")
    async def numbers(request: Request) -> Response:
        if not told.take_in(request):
            detail = "Expected a request from this machine, or `Authorization: Bearer` with the token of VIGIL_METRICS_TOKEN."
            raise Problem("not_signed_in", detail, headers={"WWW-Authenticate": "Bearer"})
        return Response(metrics.text(), headers={"Content-Type": MEDIA_TYPE})

    return router


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _json(status: int, said: dict[str, object]) -> Response:
    headers = {} if status == 200 else {"Retry-After": "1"}  # noqa: PLR2004  the status that it is
    return Response(msgspec.json.encode(said), status, headers, "application/json")
