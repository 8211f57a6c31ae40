"""The console's routes, module by module: the visible list. The edge around them and the serving are `ops.web`'s.

Each module gives `routes(desk)`; nothing else is looked for. A module that stands here and not in console.md, or the reverse,
fails the suite, as does a route that names no line of the permission table.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from alerting.console import (
    absences,
    alerts,
    audit,
    break_glass,
    changes,
    chronology,
    commands,
    coverage,
    disclosures,
    evidence,
    exercises,
    facts,
    feeds,
    handovers,
    identity,
    insights,
    intelligence,
    local,
    officers,
    oidc,
    openapi,
    people,
    person_places,
    push,
    quarantine,
    receipts,
    reveal,
    rota,
    rules,
    searching,
    shifts,
    sign_in,
    stream,
    timeline,
    webhooks,
)
from alerting.console.desk import Desk

API = "/api/v1"
MODULES: tuple[Callable[[Desk], APIRouter], ...] = (
    openapi.routes,
    sign_in.routes,
    alerts.routes,
    evidence.routes,
    commands.routes,
    handovers.routes,
    changes.routes,
    stream.routes,
    officers.routes,
    rota.routes,
    absences.routes,
    shifts.routes,
    push.routes,
    receipts.routes,
    webhooks.routes,
    exercises.routes,
    feeds.routes,
    rules.routes,
    insights.routes,
    audit.routes,
    quarantine.routes,
    identity.routes,
    searching.routes,
    people.routes,
    timeline.routes,
    chronology.routes,
    person_places.routes,
    coverage.routes,
    facts.routes,
    reveal.routes,
    break_glass.routes,
    intelligence.routes,
    disclosures.routes,
)
"""`routes` of every module of the API."""


def routers(desk: Desk) -> tuple[APIRouter, ...]:
    """Every route of the console: those of the API under `/api/v1`, and the pages of signing in."""
    api = APIRouter(prefix=API)
    for routes in MODULES:
        api.include_router(routes(desk))
    entry = local.pages(desk) if desk.settings.oidc is None else oidc.pages(desk)
    return (api, sign_in.pages(desk), entry)
