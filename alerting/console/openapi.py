"""The OpenAPI document, generated from the routes: served at `/api/v1/openapi.json` to anybody, because it holds no data.

Each operation says its line of the permission table as `x-right`. The document in the repository is written by
`python -m ops.web.publish`, and a test holds it against the routes and against console.md.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response

from alerting.console.desk import Desk
from alerting.console.lines import public
from schemas.problems import KINDS, MEDIA_TYPE

PATH = "/openapi.json"
PREFIX = "/api/v1"


def routes(_desk: Desk) -> APIRouter:
    """The one route."""
    router = APIRouter()

    @router.get(PATH, **public())
    def document_of_the_api(request: Request) -> Response:
        """This document."""
        app: FastAPI = request.app
        return Response(text(app), media_type="application/json")

    return router


def text(app: FastAPI) -> bytes:
    """The document of an application, the same bytes for the same routes."""
    return msgspec.json.format(msgspec.json.encode(document(app), order="sorted"), indent=2) + b"\n"


def document(app: FastAPI) -> dict[str, object]:
    """FastAPI's own, with our refusals in the place of its."""
    said = app.openapi()
    parts = said.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        parts.pop(name, None)
    parts["Problem"] = _PROBLEM
    for path, operations in said["paths"].items():
        for operation in operations.values() if path.startswith(PREFIX) else ():
            answers = operation["responses"]
            answers.pop("422", None)
            answers["default"] = {"description": "A refusal", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return said


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457, with the codes of this API.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "enum": sorted(KINDS)},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "reason", "expected"],
                "properties": {"pointer": {"type": "string"}, "reason": {"type": "string"}, "expected": {"type": "string"}},
            },
        },
    },
}
