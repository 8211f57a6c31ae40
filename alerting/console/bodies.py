"""What was sent with a command: read with a limit, then judged in the fixed order: 415, 413, 400, and 422 by its model.

Reading never refuses: what is wrong is said only when its turn comes, so that 401, 404 and 403 go first. A refusal names the
field and what was expected, never what was sent.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from alerting import reasons
from alerting.lifecycle.closing import RATIONALE_AT_LEAST
from schemas.json_text import parse
from schemas.problems import Code, Problem
from schemas.refusal import FieldError, Refused, field_errors

Said = TypeVar("Said", bound=BaseModel)
JSON_TYPE = "application/json"
WITHIN_S = 30.0
_REASONS = frozenset({"/rationale"})


class Sent(NamedTuple):
    """A body as it came. `raw` is empty where it was `too_large`, `packed` or did not come `whole`."""

    media_type: str
    raw: bytes
    most_bytes: int
    too_large: bool = False
    whole: bool = True
    packed: bool = False


async def read(request: Request, most_bytes: int, within_s: float = WITHIN_S) -> Sent:
    """The body, given up as soon as it is too large or does not come."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return Sent(media_type, b"", most_bytes, packed=True)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most_bytes:
        return Sent(media_type, b"", most_bytes, too_large=True)
    raw = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for piece in request.stream():
                raw += piece
                if len(raw) > most_bytes:
                    return Sent(media_type, b"", most_bytes, too_large=True)
    except (TimeoutError, ClientDisconnect):
        return Sent(media_type, b"", most_bytes, whole=False)
    return Sent(media_type, bytes(raw), most_bytes)


def parsed(sent: Sent) -> dict[str, object]:
    """The object that was sent; nothing at all is an empty one. Raises 415, 413, 400."""
    if sent.packed:
        as_it_is = {"Accept-Post": JSON_TYPE, "Accept-Encoding": "identity"}
        raise Problem("unsupported_media_type", "Expected the body as it is, without Content-Encoding.", headers=as_it_is)
    if sent.media_type != JSON_TYPE and (sent.raw or sent.too_large or sent.media_type):
        raise Problem("unsupported_media_type", f"Expected Content-Type: {JSON_TYPE}.", headers={"Accept-Post": JSON_TYPE})
    if sent.too_large:
        raise Problem("too_large", f"Expected at most {sent.most_bytes} bytes.", more={"max_bytes": sent.most_bytes})
    if not sent.whole:
        raise Problem("malformed", "The body did not arrive whole. Nothing was done: send it again.")
    if not sent.raw:
        return {}
    try:
        return parse(sent.raw)
    except Refused as refused:
        raise Problem("malformed", "Expected one JSON object in UTF-8.", errors=refused.errors) from None


def validated(model: type[Said], said: dict[str, object]) -> Said:
    """What was said, as its model. Raises 422: `rationale_needed` where nothing else is wrong."""
    try:
        return model.model_validate(said)
    except ValidationError as wrong:
        raise not_valid(field_errors(wrong, said)) from None


def reasoned(rationale: str | None) -> str:
    """A rationale long enough to be read in a review. Raises 422 `rationale_needed`."""
    said = (rationale or "").strip()
    if reasons.length(said) < RATIONALE_AT_LEAST:
        wrong = FieldError("/rationale", "too short", f"{RATIONALE_AT_LEAST} characters or more")
        raise Problem("rationale_needed", f"Nothing was done: expected a rationale of {wrong.expected}.", errors=(wrong,))
    return said


def not_valid(errors: tuple[FieldError, ...]) -> Problem:
    """422 with its errors in one sentence too."""
    code: Code = "rationale_needed" if {error.pointer for error in errors} == _REASONS else "invalid"
    wrong = "; ".join(f"{error.pointer or '/'} {error.reason}, expected {error.expected}" for error in errors)
    return Problem(code, f"Nothing was done: {wrong}.", errors=errors)
