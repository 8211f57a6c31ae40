"""The OpenAPI document, generated from the routes: served at `/api/v1/openapi.json` to anybody, because it holds no data.

Each operation says its line of the permission table as `x-right`. The document in the repository is written by
`python -m ops.web.publish`, and a test holds it against the routes and against console.md.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel

from alerting.console.desk import Desk
from alerting.console.lines import public, said
from alerting.rights import Right
from schemas.problems import KINDS, MEDIA_TYPE

PATH = "/openapi.json"
PREFIX = "/api/v1"
_SCHEMAS = "#/components/schemas/{model}"
_PLACE = re.compile(r"{(\w+)}")
Operation = dict[str, object]


def routes(_desk: Desk) -> APIRouter:
    """The one route."""
    router = APIRouter()

    @router.get(PATH, **public())
    def document_of_the_api(request: Request) -> Response:
        """This document."""
        app: FastAPI = request.app
        return Response(text(app), media_type="application/json")

    return router


def described(right: Right | Literal["signed_in"], path: str, body: type[BaseModel], *, versioned: bool, keyed: bool) -> dict[str, object]:
    """What the document says of a command: FastAPI sees only its request, because a body is read when its turn comes."""
    schema = body.model_json_schema(ref_template=_SCHEMAS)
    headers = [("Idempotency-Key", {"type": "string", "format": "uuid"})] if keyed else []
    headers += [("If-Match", {"type": "string", "pattern": '^"[0-9]+"$'})] if versioned else []
    headers += [("X-CSRF-Token", {"type": "string"}), ("Origin", {"type": "string"})]
    return {
        **said(right),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(path)),
            *({"name": name, "in": "header", "required": True, "schema": kind} for name, kind in headers),
        ],
        "requestBody": {"content": {"application/json": {"schema": schema}}, "required": bool(schema.get("required"))},
    }


def text(app: FastAPI) -> bytes:
    """The document of an application, the same bytes for the same routes."""
    return msgspec.json.format(msgspec.json.encode(document(app), order="sorted"), indent=2) + b"\n"


def document(app: FastAPI) -> dict[str, object]:
    """FastAPI's own, of the API alone, with our refusals in the place of its."""
    made = app.openapi()
    parts: dict[str, object] = made.get("components", {}).get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        parts.pop(name, None)
    parts["Problem"] = _PROBLEM
    paths: dict[str, dict[str, Operation]] = {path: found for path, found in made["paths"].items() if path.startswith(PREFIX)}
    for operations in paths.values():
        for operation in operations.values():
            parts.update(_lifted(operation))
            operation["responses"] = {**_answers(operation), "default": _REFUSAL}
    return {**made, "paths": paths, "components": {"schemas": parts, "securitySchemes": _SCHEMES}, "security": [{"session": []}]}


def _answers(operation: Operation) -> dict[str, object]:
    answers = operation.get("responses")
    return {status: answer for status, answer in answers.items() if status != "422"} if isinstance(answers, dict) else {}


def _lifted(operation: Operation) -> dict[str, object]:
    """The parts of a body's schema, taken out of it to where its references lead."""
    body = operation.get("requestBody")
    content = body.get("content", {}) if isinstance(body, dict) else {}
    found: dict[str, object] = {}
    for kind in content.values():
        found |= kind.get("schema", {}).pop("$defs", {})
    return found


_SCHEMES = {"session": {"type": "apiKey", "in": "cookie", "name": "__Host-vigil"}}
_REFUSAL = {"description": "A refusal", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
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
