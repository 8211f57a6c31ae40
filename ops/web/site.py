"""The plain page over HTTP: `/`, `/alerts/{alert_id}` (or the reference, which is what people say), the style sheet.

Drawn on the server with no script at all; the edge puts the strict policy of console.md 2.1 on every page. It shows and does nothing:
no command, no form. Reads what it is given and knows no store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.web.picture import Picture
from ops.web.visible import finalize
from ops.web.words import detail, wall
from schemas.alert import Alert

RELOADS_EVERY_S = 5
HERE = Path(__file__).parent
Look = Callable[[], Picture | None]
Find = Callable[[str], Alert | None]


def routes(look: Look, find: Find) -> APIRouter:
    """The pages. `look` gives None while Vigil is starting; `find` an alert by its id or its reference."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=finalize
    )
    style = (HERE / "static" / "vigil.css").read_bytes()

    def page(name: str, status: int = 200, **said: object) -> Response:
        text = templates.get_template(name).render(reloads_every_s=RELOADS_EVERY_S, **said)
        return Response(text, status, media_type="text/html")

    @router.get("/")
    def open_alerts(request: Request) -> Response:
        picture = look()
        still = "still" in request.query_params
        if picture is None:
            return page("starting.html", 503, still=still)
        return page("wall.html", wall=wall(picture), still=still)

    @router.get("/alerts/{name}")
    @router.get("/a/{name}")
    def one_alert(name: str) -> Response:
        picture = look()
        if picture is None:
            return page("starting.html", 503, still=False)
        alert = find(name)
        if alert is None:
            return page("not_found.html", 404, still=True)
        return page("alert.html", detail=detail(alert, picture.directory, picture.at), still=True)

    @router.get("/static/vigil.css")
    def style_sheet() -> Response:
        return Response(style, media_type="text/css")

    return router
