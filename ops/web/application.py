"""The HTTP application: routers with one edge around them, and every refusal a problem. Composed here, served by the command."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ops.web.edge import Answered, Edge, on_cut_off, on_http_exception, on_our_fault, on_problem
from schemas.problems import Problem


def application(routers: Iterable[APIRouter], answered: Answered | None = None) -> Edge:
    """Everything that answers, with its edge. `answered` hears of each answer."""
    app = FastAPI(
        title="Vigil",
        openapi_url=None,  # the document is the console's to publish; its pages would be fetched from elsewhere
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_exception,
            ClientDisconnect: on_cut_off,
            Exception: on_our_fault,
        },
    )
    for router in routers:
        app.include_router(router)
    return Edge(app, answered=answered)
