"""A parameter of a query is said once, unless it takes several words: of two, one would be taken without a word.

Called with the line of every route that shows something (`alerting.console.lines`). What a parameter may say is the route's own model's.
"""

from __future__ import annotations

from collections import Counter
from typing import get_origin

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from alerting.console.bodies import not_valid
from alerting.console.signed import SignedQuietly
from schemas.refusal import FieldError, pointer


def said_once(request: Request, _signed: SignedQuietly) -> None:
    """A dependency, after who asks. Raises 422 `invalid`, each parameter by its name."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    if len(times) == times.total():
        return
    several = _several(request.scope["route"])
    again = {name: count for name, count in times.items() if count > 1 and name not in several}
    if again:
        raise not_valid(tuple(FieldError(pointer(("query", name)), f"sent {count} times", "once") for name, count in again.items()))


def _several(route: object) -> frozenset[str]:
    """The parameters of a route that take several words."""
    models = [param.field_info.annotation for param in route.dependant.query_params] if isinstance(route, APIRoute) else []
    fields = (field for model in models if isinstance(model, type) and issubclass(model, BaseModel) for field in model.model_fields.items())
    return frozenset(name for name, field in fields if get_origin(field.annotation) is tuple)
