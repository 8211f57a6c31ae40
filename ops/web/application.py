"""The HTTP application: routers with one edge around them, and every refusal a problem. Composed here, served by the command.

With a desk it has the console's routes, and answers to the hosts of its settings; without one it is intake alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from alerting.console.app import routers as console_routers
from alerting.console.desk import Desk
from ops.web.edge import (
    HERE,
    Answered,
    Edge,
    on_cut_off,
    on_http_exception,
    on_invalid,
    on_ledger_away,
    on_our_fault,
    on_problem,
)
from schemas.problems import Problem


def application(routers: Iterable[APIRouter], answered: Answered | None = None, *, desk: Desk | None = None) -> Edge:
    """Everything that answers, with its edge. `answered` hears of each answer."""
    app = routed(routers, desk)
    if desk is None:
        return Edge(app, hosts=HERE, answered=answered)
    return Edge(app, hosts=desk.settings.hosts, answered=answered, tls=desk.settings.tls)


def routed(routers: Iterable[APIRouter], desk: Desk | None = None) -> FastAPI:
    """The routes without their edge."""
    app = FastAPI(
        title="Vigil",
        version="1",
        openapi_url=None,  # the document is the console's to publish; its pages would be fetched from elsewhere
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_exception,
            RequestValidationError: on_invalid,
            ClientDisconnect: on_cut_off,
            DBAPIError: on_ledger_away,
            NoConnectionFree: on_ledger_away,
            Exception: on_our_fault,
        },
    )
    app.state.desk = desk
    for router in (*routers, *(() if desk is None else console_routers(desk))):
        app.include_router(router)
    return app
