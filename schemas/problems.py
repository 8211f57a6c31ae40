"""Refusals over HTTP as values: RFC 9457 problems with the codes of console.md 1.2. Not the sending of them; the edge does that.

Called by the HTTP intake and the console. Pure: the same refusal gives the same bytes. What was sent is never repeated: it
could be personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from schemas.refusal import FieldError

MEDIA_TYPE = "application/problem+json"

Code = Literal[
    "malformed",
    "bad_cursor",
    "idempotency_key_needed",
    "not_signed_in",
    "not_allowed",
    "source_not_yours",
    "csrf",
    "step_up_needed",
    "not_found",
    "method_not_allowed",
    "not_possible_now",
    "id_reused",
    "stale_version",
    "too_large",
    "unsupported_media_type",
    "invalid",
    "rationale_needed",
    "same_person",
    "over_cap",
    "not_shelvable",
    "unknown_type",
    "idempotency_key_reused",
    "version_needed",
    "too_many",
    "our_fault",
    "not_durable",
    "starting",
]


class Kind(NamedTuple):
    """What all refusals of one code share."""

    status: int
    title: str


KINDS: Mapping[Code, Kind] = MappingProxyType(
    {
        "malformed": Kind(400, "This cannot be read"),
        "bad_cursor": Kind(400, "This cursor is not one of ours"),
        "idempotency_key_needed": Kind(400, "A command needs a key of its own"),
        "not_signed_in": Kind(401, "Say who you are"),
        "not_allowed": Kind(403, "Not allowed"),
        "source_not_yours": Kind(403, "This source is not yours to send"),
        "csrf": Kind(403, "This did not come from our own page"),
        "step_up_needed": Kind(403, "Sign in again to do this"),
        "not_found": Kind(404, "There is nothing here"),
        "method_not_allowed": Kind(405, "This cannot be done here"),
        "not_possible_now": Kind(409, "This cannot be done now"),
        "id_reused": Kind(409, "This id is already used for another event"),
        "stale_version": Kind(412, "Someone changed this alert first"),
        "too_large": Kind(413, "Too large"),
        "unsupported_media_type": Kind(415, "This type is not taken here"),
        "invalid": Kind(422, "Something in it is not as it must be"),
        "rationale_needed": Kind(422, "This needs its reasons"),
        "same_person": Kind(422, "This needs a second person"),
        "over_cap": Kind(422, "Longer than the policy allows"),
        "not_shelvable": Kind(422, "This cannot be shelved"),
        "unknown_type": Kind(422, "This event type is not known"),
        "idempotency_key_reused": Kind(422, "This key was used for something else"),
        "version_needed": Kind(428, "Say which version you saw"),
        "too_many": Kind(429, "Too many, too fast"),
        "our_fault": Kind(500, "Vigil has failed here"),
        "not_durable": Kind(503, "Not kept: send the same again"),
        "starting": Kind(503, "Vigil is starting"),
    }
)
"""Every code of console.md 1.2, and two that HTTP itself needs."""


class Problem(Exception):
    """A refusal on its way to whoever asked. `more`: fields of this code alone, as `quarantine_id`; `headers`: of the answer."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        more: Mapping[str, object] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keep what will be said."""
        self.code = code
        self.detail = detail
        self.errors = errors
        self.more = more
        self.headers = headers
        super().__init__(f"{code}: {detail}")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status


def later(code: Literal["too_many", "not_durable", "starting"], detail: str, retry_after_s: int) -> Problem:
    """A refusal that time mends: nothing was kept, and the same may be sent again."""
    return Problem(code, detail, more={"retry_after_s": retry_after_s}, headers={"Retry-After": str(retry_after_s)})


def body(problem: Problem, *, instance: str, request_id: str) -> bytes:
    """The problem as JSON. `instance`: the path that was asked for."""
    kind = KINDS[problem.code]
    said = {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
        "code": problem.code,
        "request_id": request_id,
        "errors": [error._asdict() for error in problem.errors],
        **problem.more,
    }
    return msgspec.json.encode(said)
