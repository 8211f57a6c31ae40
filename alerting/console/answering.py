"""The one door through which personal data leaves: the reading is written in the ledger first, and only then the bytes go.

When the ledger refuses the row, nothing leaves but 503 (Data Protection Act 2018 s.62; console 2.3). Also the row of a denial.
Called by every route that shows something; a command's answer is written with its effect by `alerting.console.commanding`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from fastapi import Request, Response
from sqlalchemy.exc import SQLAlchemyError

from alerting.console.signed import SignedIn, desk_of, route_of
from alerting.ledger import readings
from alerting.ledger.store import Writing
from schemas.problems import Problem, later

AGAIN_S = 5
JSON_TYPE = "application/json"


class Shown(NamedTuple):
    """What a response shows of people. `subject_ids`: all of them; `fields`: the groups of fields; `purpose` as in console 2.3.

    `role`: as which they see it (`alerting.ledger.reach.ground` says both); None: every role that they act as now.
    `report`: the report of code C that it tells of, by the source and id of its event: a row tells of one and no more.
    """

    purpose: str
    subject_ids: Sequence[str]
    fields: Sequence[str]
    reason: str | None = None
    role: str | None = None
    report: tuple[str, str] | None = None


NOBODY = Shown("", (), ())
"""An answer without personal data: no row is written."""


def reading(
    request: Request, signed: SignedIn, body: object, *shown: Shown, headers: Mapping[str, str] = MappingProxyType({}), status: int = 200
) -> Response:
    """A JSON answer that shows personal data: the row first, then the bytes. Raises 503 `not_durable` when it cannot be written."""
    return reading_bytes(request, signed, msgspec.json.encode(body), *shown, media_type=JSON_TYPE, headers=headers, status=status)


def reading_bytes(
    request: Request,
    signed: SignedIn,
    body: bytes,
    *shown: Shown,
    media_type: str,
    headers: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> Response:
    """The same for what is no JSON: a page, an export, CAP."""
    record_reading(request, signed, *shown)
    return Response(body, status, dict(headers), media_type)


def record_reading(request: Request, signed: SignedIn, *shown: Shown) -> None:
    """The rows alone, for what is drawn only afterwards. Raises 503."""
    rows = [one for one in shown if one.subject_ids]
    if not rows:
        return
    desk = desk_of(request)
    try:
        with desk.ledger.write(desk.clock()) as writing:
            for one in rows:
                write_reading(writing, request, signed, one)
    except (SQLAlchemyError, OSError):
        raise unread() from None


def plain(body: object, *, headers: Mapping[str, str] = MappingProxyType({}), status: int = 200) -> Response:
    """A JSON answer without personal data."""
    return Response(msgspec.json.encode(body), status, dict(headers), JSON_TYPE)


def write_reading(writing: Writing, request: Request, signed: SignedIn, shown: Shown, kind: str = "reading") -> None:
    """One row, in a transaction that is already under way."""
    report_source, report_event = shown.report or (None, None)
    readings.write(
        writing,
        readings.Reading(
            kind=kind,
            officer_id=signed.session.officer_id,
            role=shown.role or " ".join(sorted(signed.actor.acting_roles)),
            purpose=shown.purpose,
            reason=shown.reason,
            subject_ids=tuple(dict.fromkeys(shown.subject_ids)),
            fields=tuple(shown.fields),
            route=route_of(request),
            request_id=request.state.request_id,
            report_source=report_source,
            report_event=report_event,
        ),
    )


def denied(request: Request, signed: SignedIn, subject_ids: Sequence[str], problem: Problem) -> Problem:
    """Writes down that somebody asked for what is not theirs, and gives the problem back to be raised."""
    desk = desk_of(request)
    try:
        with desk.ledger.write(desk.clock()) as writing:
            write_denial(writing, request, signed, subject_ids, problem)
    except (SQLAlchemyError, OSError):
        raise unread() from None
    return problem


def write_denial(
    writing: Writing,
    request: Request,
    signed: SignedIn,
    subject_ids: Sequence[str],
    problem: Problem,
    report: tuple[str, str] | None = None,
) -> None:
    """The row of a denial, in a transaction that is already under way."""
    write_reading(writing, request, signed, Shown("denied", subject_ids, (), problem.code, report=report), kind="denial")


def not_yours(request: Request, signed: SignedIn, *subject_ids: str) -> Problem:
    """404 for something that exists and is not theirs to know; the denial is logged. For what does not exist: `nothing_here`."""
    return denied(request, signed, subject_ids, nothing_here())


def nothing_here() -> Problem:
    """404, the same words whether it exists or not."""
    return Problem("not_found", "There is nothing here that is yours to see.")


class Hidden(Exception):
    """Raised by the `find` of a command: it exists and is not theirs to know. Answered as `nothing_here`, and logged."""

    def __init__(self, *subject_ids: str) -> None:
        """Keep whom they asked about."""
        self.subject_ids = subject_ids
        super().__init__()


def unread() -> Problem:
    """503: what cannot be written down is not shown."""
    return later("not_durable", "The ledger did not take this. Nothing was done and nothing is shown: ask again.", AGAIN_S)
