"""A refusal over HTTP says the same things in the same places, whatever was refused (RFC 9457, console.md 1.2)."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from schemas.problems import KINDS, Code, Problem, body, later
from schemas.refusal import FieldError


def said(problem: Problem) -> dict[str, object]:
    found = json.loads(body(problem, instance="/api/v1/events", request_id="rq_1"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("code", KINDS)
def test_every_problem_has_every_field(code: Code) -> None:
    kind = KINDS[code]

    assert {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": "Why.",
        "instance": "/api/v1/events",
        "code": code,
        "request_id": "rq_1",
        "errors": [],
    } == said(Problem(code, "Why."))


def test_every_code_has_its_kind() -> None:
    assert set(get_args(Code)) == set(KINDS)


def test_what_is_wrong_stands_by_its_place() -> None:
    error = FieldError("/data/latitude", "out of range", "-90 to 90")

    assert [{"pointer": "/data/latitude", "reason": "out of range", "expected": "-90 to 90"}] == said(
        Problem("invalid", "Why.", errors=(error,))
    )["errors"]


def test_what_time_mends_says_when() -> None:
    problem = later("not_durable", "Why.", 5)

    assert 5 == said(problem)["retry_after_s"]
    assert {"Retry-After": "5"} == problem.headers
    assert 503 == problem.status
