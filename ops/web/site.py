"""The plain page over HTTP: `/`, `/alerts/{alert_id}` (or the reference, which is what people say), the style sheet.

Drawn on the server with no script at all; the edge puts the strict policy of console.md 2.1 on every page. Signed in, it lists
what is open within reach; signed out, a board that names nobody, and how to sign in. No command but signing out. Knows no
store: what is theirs to see, and that they read it, is the sight's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.web.picture import Picture
from ops.web.sight import Sight
from ops.web.visible import finalize
from ops.web.words import board_row, detail, time, wall

RELOADS_EVERY_S = 5
READ_RELOADS_EVERY_S = 30
"""Of a page that shows people: each time it is drawn is a reading in the log."""
HERE = Path(__file__).parent
Look = Callable[[], Picture | None]

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=finalize
)


def routes(look: Look, sight: Sight) -> APIRouter:
    """The pages. `look` gives None while Vigil is starting; its picture holds no alerts, which are the sight's."""
    router = APIRouter(include_in_schema=False)
    style = (HERE / "static" / "vigil.css").read_bytes()

    @router.get("/")
    def open_alerts(request: Request) -> Response:
        picture = look()
        still = "still" in request.query_params
        return _page("starting.html", 503, still=still) if picture is None else _open(sight, request, picture, still=still)

    @router.get("/alerts/{name}")
    @router.get("/a/{name}")
    def one_alert(request: Request, name: str) -> Response:
        picture = look()
        if picture is None:
            return _page("starting.html", 503, still=False)
        view = sight.view(request)
        if view is None:
            return _sign_in(request)  # the same for every name, true or not
        alert = view.one(name)
        decide_by_at = view.asked(name) if alert is None else None
        if decide_by_at is not None:
            return _page("decision.html", decide_by=time(decide_by_at), still=True, view=view)
        if alert is None:
            return _page("not_found.html", 404, still=True, view=view)
        return _page("alert.html", detail=detail(alert, picture.directory, picture.at), still=True, view=view)

    @router.get("/static/vigil.css")
    def style_sheet() -> Response:
        return Response(style, media_type="text/css")

    return router


def _open(sight: Sight, request: Request, picture: Picture, *, still: bool) -> Response:
    view = sight.view(request)
    if view is not None:
        alerts = view.open_alerts()
        said = wall(picture._replace(alerts=alerts or ()))
        name = "not_allowed.html" if alerts is None else "wall.html"
        return _page(name, wall=said, still=still, view=view, reloads_every_s=READ_RELOADS_EVERY_S)
    board = sight.board()
    if board is None:
        return _sign_in(request)
    rows = [board_row(one, picture.at) for one in board]
    return _page("board.html", wall=wall(picture._replace(alerts=())), rows=rows, still=still)


def _sign_in(request: Request) -> Response:
    return Response(status_code=303, headers={"Location": f"/sign-in?{urlencode({'next': request.url.path})}"})


def _page(name: str, status: int = 200, **said: object) -> Response:
    told = {"reloads_every_s": RELOADS_EVERY_S, "view": None, **said}
    return Response(_TEMPLATES.get_template(name).render(told), status, media_type="text/html")
